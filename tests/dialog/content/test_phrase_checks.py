"""Phrases that would confuse topics, teach nothing, or make a test look better than it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.content import phrase_checks
from dialog.content.findings import Severity
from tests.dialog.content.small_content import change, found_by, write_content

ALL = (
    phrase_checks.check_topics_have_phrases,
    phrase_checks.check_entities,
    phrase_checks.check_near,
    phrase_checks.check_leaks,
)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path)


def add(content: Path, intent: str, phrase: str, folder: str = "nlu") -> None:
    text = f"nlu:\n- intent: {intent}\n  examples: |\n    - {phrase}\n"
    (content / folder / "more.yml").write_text(text, encoding="utf-8")


def test_nothing_is_found_where_everything_is_right(content: Path) -> None:
    assert [finding for check in ALL for finding in found_by(check, content)] == []


@pytest.mark.parametrize(
    "phrase",
    [
        "а где можно сделать томографию головы",
        "томографию головы где сделать",
        "здравствуйте подскажите пожалуйста где сделать томографию голов",
        "где сделал томографии головы",
    ],
)
def test_a_phrase_too_near_to_another_topics_is_found(content: Path, phrase: str) -> None:
    add(content, "lab_results", phrase)
    (finding,) = found_by(phrase_checks.check_near, content)
    assert finding.severity is Severity.WARNING
    assert finding.place == "nlu_data/nlu/more.yml:4"
    assert "nlu/all.yml:4" in finding.message


@pytest.mark.parametrize(
    "phrase", ["где сделать прививку ребёнку", "где не сделали томографию головы", "голова болит"]
)
def test_a_phrase_of_other_words_or_denied_is_not_near(content: Path, phrase: str) -> None:
    add(content, "lab_results", phrase)
    assert found_by(phrase_checks.check_near, content) == []


def test_near_phrases_of_one_topic_are_its_own_business(content: Path) -> None:
    add(content, "ct_scan", "а где можно сделать томографию головы")
    assert found_by(phrase_checks.check_near, content) == []


def test_a_topic_without_phrases_is_found_at_the_topic(content: Path) -> None:
    change(content, "nlu/all.yml", "- intent: thanks", "- intent: ct_scan")
    (finding,) = found_by(phrase_checks.check_topics_have_phrases, content)
    assert finding.place == "nlu_data/intents.yml:5"


def test_an_unknown_intent_is_found_where_it_stands(content: Path) -> None:
    add(content, "ct_skan", "томография сердца")
    (error,) = (
        f for f in found_by(phrase_checks.check_phrases, content) if f.severity is Severity.ERROR
    )
    assert error.place == "nlu_data/nlu/more.yml:2"
    assert "неизвестное намерение «ct_skan»" in error.message


@pytest.mark.parametrize("folder", ["nlu", "tests/nlu"])
def test_an_unknown_entity_is_found_with_those_that_are_known(content: Path, folder: str) -> None:
    add(content, "ct_scan", "снимок [головы](bodypart) где делают", folder)
    (finding,) = found_by(phrase_checks.check_entities, content)
    assert finding.place == f"nlu_data/{folder}/more.yml:4"
    assert "«bodypart»" in finding.message
    assert "specialty" in finding.mend


def test_a_test_phrase_that_stands_in_the_training_is_found(content: Path) -> None:
    add(content, "ct_scan", "Где сделать томографию головы?", "tests/nlu")
    (finding,) = found_by(phrase_checks.check_leaks, content)
    assert finding.severity is Severity.WARNING
    assert "nlu/all.yml:4" in finding.message


def test_what_everybody_says_may_be_trained_and_tested(content: Path) -> None:
    add(content, "thanks", "спасибо большое")
    add(content, "thanks", "спасибо большое", "tests/nlu")
    assert found_by(phrase_checks.check_leaks, content) == []


def test_a_test_that_contradicts_the_training_is_an_error(content: Path) -> None:
    add(content, "lab_results", "где сделать томографию головы", "tests/nlu")
    (finding,) = found_by(phrase_checks.check_leaks, content)
    assert finding.severity is Severity.ERROR
    assert "lab_results, а в обучении ct_scan" in finding.message
