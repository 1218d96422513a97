"""The editors' own conversations: each goes as it is written, and together they go everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from dialog.content.findings import Finding
from dialog.content.folder import ContentFolder
from dialog.conversation_tests.coverage import PARTS
from dialog.load import load_script
from voice122.cli.main import cli
from voice122.content import check_content
from voice122.conversations import ConversationCheck, Rehearsal, rehearse
from voice122.settings import Settings

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def played() -> Rehearsal:
    """All of the project's conversations, with the trained interpreter."""
    settings = Settings()
    return rehearse(ContentFolder(ROOT / "nlu_data", TODAY), settings.nlu_model, settings.cache_dir)


def test_every_conversation_goes_as_it_is_written(played: Rehearsal) -> None:
    assert played.outcome.skipped == 0
    assert [finding.to_text() for finding in played.findings] == []
    assert len(played.tests) >= 150


@pytest.mark.parametrize("part", PARTS)
def test_conversations_go_everywhere(played: Rehearsal, part: str) -> None:
    touched, there_is = played.coverage.part(part)
    assert touched == there_is > 0


def test_topics_and_conversations_are_mirrored(played: Rehearsal) -> None:
    """A topic that is added without a conversation is noticed."""
    script = load_script(ROOT / "nlu_data")
    told = {line.expected.topic for test in played.tests for line in test.lines}
    control = {name for name, topic in script.topics.items() if topic.does == "control"}
    assert set(script.topics) - control - told - {"operator"} == set()


def test_the_list_of_keys_in_the_documents_is_up_to_date_and_keys_reach_everything() -> None:
    done = CliRunner().invoke(cli, ["content", "leaves"])
    assert done.exit_code == 0
    page = done.output.rstrip()
    assert (ROOT / "docs" / "keypad.md").read_text("utf-8").rstrip() == page, (
        "run: voice122 content leaves > docs/keypad.md"
    )
    assert "| 5 1 | соединение | 103 |" in page
    assert "такого нет" in page.splitlines()[-1]


@pytest.fixture
def content(tmp_path: Path) -> Iterator[Path]:
    """A copy with one conversation that needs no interpreter."""
    copy = shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data")
    shutil.rmtree(copy / "tests" / "conversations")
    (copy / "tests" / "conversations").mkdir()
    yield copy


def check(content: Path, steps: str) -> tuple[ConversationCheck, tuple[Finding, ...]]:
    text = f"conversations:\n  - name: проба\n    steps:\n{steps}"
    (content / "tests" / "conversations" / "a.yml").write_text(text, encoding="utf-8")
    settings = Settings()
    played = ConversationCheck(settings.nlu_model, settings.cache_dir)
    return played, check_content(content, TODAY, checks=(), rehearsal=played)


def test_a_conversation_that_went_wrong_is_named_with_what_the_caller_heard(content: Path) -> None:
    played, found = check(
        content,
        "      - {keys: 1, says: записаться}\n      - {keys: 1, asks: utter_ask_municipality}\n",
    )
    (text,) = (finding.to_text() for finding in found if "conversations/" in finding.file)
    assert text.startswith("nlu_data/tests/conversations/a.yml:5: ошибка")
    assert "ждали вопрос utter_ask_municipality" in text
    assert "К какому врачу вас записать?" in text
    places = {finding.place for finding in found}
    assert any(place.startswith("nlu_data/flows/complaints.yml:") for place in places)
    assert any(place.startswith("nlu_data/responses/health.yml:") for place in places)
    assert "nlu_data/menu.yml" in places
    assert "разговоры 1 из" in played.summary


def test_without_a_model_only_given_meanings_are_played(content: Path, tmp_path: Path) -> None:
    text = (
        "conversations:\n"
        "  - name: со смыслом\n    steps:\n"
        "      - {caller: сдать кровь, meaning: lab_test_addresses, topic: ct_scan}\n"
        "  - name: без смысла\n    steps:\n      - {caller: сдать кровь}\n"
    )
    (content / "tests" / "conversations" / "a.yml").write_text(text, encoding="utf-8")
    played = rehearse(ContentFolder(content, TODAY), tmp_path / "none", tmp_path)
    assert played.outcome.skipped == 1
    assert [f.line for f in played.findings] == [4, None]
    assert "voice122 train" in played.findings[-1].mend
