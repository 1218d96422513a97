"""Approved answers: short enough to be heard, with a source, and spoken only while they hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dialog.content.findings import Severity
from dialog.content.responses_reader import check_dates, load_responses, read_responses
from dialog.errors import ContentError

TODAY = date(2026, 11, 23)


def answer(name: str, text: str = "Ответ.", **metadata: str) -> str:
    fields = {
        "owner": "Минздрав",
        "sources": "[{title: Приказ, url: 'https://example.org', date: 2026-01-01}]",
        "checked": "2026-11-01",
        "valid_until": "null",
        "confidence": "high",
        "topic": "lab_results",
        "use": "answer",
    } | metadata
    lines = "".join(f"      {key}: {value}\n" for key, value in fields.items() if value)
    return f'  {name}:\n  - text: "{text}"\n    metadata:\n{lines}'


def write(folder: Path, *answers: str, name: str = "a.yml") -> None:
    text = 'version: "3.1"\nresponses:\n' + "".join(answers)
    (folder / name).write_text(text, encoding="utf-8")


def errors_of(folder: Path, **options: object) -> list[str]:
    _, findings = read_responses(folder, **options)  # type: ignore[arg-type]
    return [str(f) for f in findings if f.severity is Severity.ERROR]


def test_an_answer_carries_its_owner_sources_and_dates(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_lab_results", valid_until="2026-12-31", review_by="2026-12-01"))
    (found,) = load_responses(tmp_path).answers["utter_lab_results"]
    assert (found.text, found.owner, found.topic) == ("Ответ.", "Минздрав", "lab_results")
    assert found.sources == ("Приказ, https://example.org, 2026-01-01",)
    assert (found.checked, found.valid_until) == (date(2026, 11, 1), date(2026, 12, 31))
    assert (found.file, found.line) == ("a.yml", 4)


def test_an_answer_is_spoken_to_its_last_day_and_never_after(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a", valid_until="2026-11-23"), answer("utter_b"))
    responses = load_responses(tmp_path)
    assert responses.spoken("utter_a", TODAY)
    assert not responses.spoken("utter_a", date(2026, 11, 24))
    assert responses.spoken("utter_b", date(2036, 1, 1))
    assert not responses.spoken("utter_nobody_wrote", TODAY)


@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("2026-11-22", "действовал до 22.11.2026"),
        ("2026-11-23", "осталось дней: 0"),
        ("2026-12-23", "осталось дней: 30"),
    ],
)
def test_expired_and_soon_expiring_answers_are_found(tmp_path: Path, until: str, says: str) -> None:
    write(tmp_path, answer("utter_a", valid_until=until))
    (finding,) = check_dates(load_responses(tmp_path), TODAY)
    assert says in finding.message
    assert "оператор" in finding.consequence
    assert "Минздрав" in finding.mend


def test_answers_that_hold_for_long_are_not_mentioned(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a", valid_until="2026-12-24"), answer("utter_b"))
    assert check_dates(load_responses(tmp_path), TODAY) == ()


def test_a_missed_review_is_found(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a", review_by="2026-11-01"))
    (finding,) = check_dates(load_responses(tmp_path), TODAY)
    assert "перепроверить до 01.11.2026" in finding.message


def test_35_words_may_be_spoken_and_36_may_not(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a", " ".join(["слово"] * 35)))
    assert errors_of(tmp_path) == []
    write(tmp_path, answer("utter_a", " ".join(["слово"] * 36)))
    (error,) = errors_of(tmp_path)
    assert error.startswith("a.yml:4: в ответе utter_a слов: 36")


def test_one_answer_in_two_files_is_refused_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a"))
    write(tmp_path, answer("utter_b"), answer("utter_a"), name="b.yml")
    with pytest.raises(ContentError, match=r"b\.yml:14: .*utter_a определён дважды.*a\.yml:4"):
        load_responses(tmp_path)


def test_one_answer_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a"), answer("utter_a"))
    assert any("дважды" in error for error in errors_of(tmp_path))


@pytest.mark.parametrize("key", ["owner", "sources", "checked"])
def test_a_fact_without_its_source_is_refused(tmp_path: Path, key: str) -> None:
    write(tmp_path, answer("utter_a", **{key: ""}))
    (error,) = errors_of(tmp_path)
    assert f"нет {key}" in error


def test_a_phrase_needs_no_source(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "responses:\n  utter_greet:\n  - text: Здравствуйте!\n  - text: Добрый день!\n",
        encoding="utf-8",
    )
    assert len(load_responses(tmp_path).answers["utter_greet"]) == 2


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"use": "never"}, "так отвечать нельзя"),
        ({"use": "sometimes"}, "use «sometimes»"),
        ({"confidence": "sure"}, "confidence «sure»"),
        ({"valid_until": "31.12.2026"}, "«31.12.2026» не дата"),
    ],
)
def test_metadata_that_means_nothing_is_refused(
    tmp_path: Path, fields: dict[str, str], says: str
) -> None:
    write(tmp_path, answer("utter_a", **fields))
    (error,) = errors_of(tmp_path)
    assert says in error


def test_an_unknown_topic_is_refused_where_the_known_are_given(tmp_path: Path) -> None:
    write(tmp_path, answer("utter_a", topic="weather"))
    (error,) = errors_of(tmp_path, known_topics={"lab_results"})
    assert "неизвестная тема «weather»" in error


def test_names_texts_and_letters_are_checked(tmp_path: Path) -> None:
    write(tmp_path, answer("greeting"), answer("utter_b", ""), answer("utter_c", "Вpач примет."))
    said = " ".join(errors_of(tmp_path))
    assert "имя ответа «greeting»" in said
    assert "у ответа utter_b нет text" in said
    assert "«вpач»".lower() in said.lower()


def test_an_empty_answer_and_a_file_without_answers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("responses:\n  utter_a:\n", encoding="utf-8")
    (tmp_path / "b.yml").write_text("answers:\n  utter_b:\n", encoding="utf-8")
    first, second = errors_of(tmp_path)
    assert "ответ utter_a пуст" in first
    assert "нет раздела «responses:»" in second
