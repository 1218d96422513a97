"""What must never be said does not come back, not even in other words."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.content.claims import check_claims
from tests.dialog.content.small_content import answer_with, change, found_by, write_content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path)


def say(content: Path, text: str) -> None:
    (content / "responses" / "more.yml").write_text(answer_with(text), encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "Повестку вручают лично под подпись, через интернет не отправляют.",
        "Повестки вручат вам лично и под подпись.",
        "По интернету повестка не придёт.",
        "Через интернет повестки не отправляются, их вручают под подпись.",
    ],
)
def test_a_forbidden_claim_is_found_in_its_words_and_in_others(content: Path, text: str) -> None:
    say(content, text)
    (finding,) = found_by(check_claims, content)
    assert finding.place == "nlu_data/responses/more.yml:3"
    assert "правило 2022 года" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "Порядок вручения повесток менялся, спросите в военкомате.",
        "Заявление подают лично под подпись.",
    ],
)
def test_the_subject_alone_is_no_claim(content: Path, text: str) -> None:
    say(content, text)
    assert found_by(check_claims, content) == []


def test_nothing_is_taken_from_a_blocked_site(content: Path) -> None:
    change(content, "responses/all.yml", "https://example.org", "https://plohoy-sayt.ru/x")
    (finding,) = found_by(check_claims, content)
    assert "plohoy-sayt.ru" in finding.message


def test_a_claim_that_cannot_be_recognized_is_found(content: Path) -> None:
    change(content, "never_say.yml", "    signs:", "    other:")
    (finding,) = found_by(check_claims, content)
    assert finding.place == "nlu_data/never_say.yml:2"


def test_a_missing_list_is_named(content: Path) -> None:
    (content / "never_say.yml").unlink()
    assert [f.file for f in found_by(check_claims, content)] == ["nlu_data/never_say.yml"]
