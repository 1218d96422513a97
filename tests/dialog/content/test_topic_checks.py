"""Topics and lists: what is missing is found at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.content.topic_checks import check_letters, check_lists, check_topics
from tests.dialog.content.small_content import change, found_by, write_content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path)


def test_nothing_is_found_where_everything_is_right(content: Path) -> None:
    for check in (check_topics, check_lists, check_letters):
        assert found_by(check, content) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("does: answer, title: узнать про томографию", "does: anser, title: т", 2, "anser"),
        ("does: answer, title: узнать про томографию", "does: answer", 2, "нет title"),
        ("does: answer, title: узнать про томографию", "does: [answer], title: т", 2, "does"),
    ],
)
def test_a_topic_that_is_not_whole_is_found(
    content: Path, old: str, new: str, line: int, says: str
) -> None:
    change(content, "intents.yml", old, new)
    (finding,) = found_by(check_topics, content)
    assert finding.place == f"nlu_data/intents.yml:{line}"
    assert says in finding.message


def test_topics_that_are_a_word_are_one_finding(content: Path) -> None:
    (content / "intents.yml").write_text("intents: темы\n", encoding="utf-8")
    (finding,) = found_by(check_topics, content)
    assert "нет ни одной темы" in finding.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("entries: [a, b]\n", "под «entries:»"),
        ("entries: {perm: {forms: [пермь]}}\n", "у записи perm нет name"),
    ],
)
def test_a_list_of_another_shape_is_found(content: Path, text: str, says: str) -> None:
    (content / "lists" / "places.yml").write_text(text, encoding="utf-8")
    (finding,) = found_by(check_lists, content)
    assert finding.place == "nlu_data/lists/places.yml:1"
    assert says in finding.message


def test_latin_letters_in_a_list_are_found(content: Path) -> None:
    text = "entries:\n  perm:\n    name: Пермь\n    forms: [перми, пepмь]\n"
    (content / "lists" / "places.yml").write_text(text, encoding="utf-8")
    (finding,) = found_by(check_letters, content)
    assert finding.place == "nlu_data/lists/places.yml:4"
    assert "«пермь»" in finding.mend
