"""Flows and menus that would lose a caller are named by the check, with file and line, and are not
loaded."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from dialog.errors import ContentError
from dialog.load import load_script
from voice122.content import check_content, check_flows

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)

FLOW = """\
slots:
  mood: {{reads: text}}
flows:
  probe:
    name: проба
    steps:
{steps}"""

BROKEN = {
    "a missing step": (
        "      - action: utter_listening\n        next: nowhere\n",
        7,
        "nowhere",
    ),
    "an unknown slot": ("      - collect: weather\n", 7, "слот weather"),
    "a loop without exit": (
        "      - id: here\n        action: utter_listening\n        next: here\n",
        7,
        "никогда не кончится",
    ),
    "a step that nothing leads to": (
        "      - action: utter_listening\n        next: END\n      - action: utter_thanks\n",
        9,
        "ни одна ветка",
    ),
    "a question without a ladder": (
        "      - collect: mood\n        ask: utter_ask_symptoms\n",
        7,
        "ни подсказки",
    ),
    "a fork without an else": (
        "      - action: utter_listening\n        next:\n"
        "          - if: on_duty\n            then: END\n",
        9,
        "без else",
    ),
    "a question too long": (
        "      - collect: mood\n        ask: utter_family_support\n        help: utter_thanks\n",
        7,
        "слов:",
    ),
    "an answer that is not there": ("      - action: utter_nothing\n", 7, "utter_nothing"),
    "an aside that is not there": (
        "      - action: utter_listening\n    details:\n"
        "      a: {answer: utter_nothing, title: о том, words: [то]}\n",
        7,
        "utter_nothing",
    ),
}  # fmt: skip


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data")


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_flow_is_named_at_its_line_and_not_loaded(content: Path, what: str) -> None:
    steps, line, said = BROKEN[what]
    (content / "flows" / "probe.yml").write_text(FLOW.format(steps=steps), encoding="utf-8")
    found = check_content(content, TODAY, checks=(check_flows,))
    (finding,) = (f for f in found if said in f.message)
    assert (finding.file, finding.line) == ("nlu_data/flows/probe.yml", line)
    with pytest.raises(ContentError, match=said):
        load_script(content)


def test_all_that_is_wrong_is_named_not_just_the_first(content: Path) -> None:
    steps = "      - action: utter_nothing\n      - action: utter_neither\n"
    (content / "flows" / "probe.yml").write_text(FLOW.format(steps=steps), encoding="utf-8")
    found = check_content(content, TODAY, checks=(check_flows,))
    assert [f.line for f in found] == [7, 8]


def test_a_menu_over_five_is_named_at_its_line(content: Path) -> None:
    path = content / "menu.yml"
    text = path.read_text(encoding="utf-8")
    sixth = "      - {title: очень тяжело на душе, topic: crisis}\n"
    path.write_text(text.replace(sixth, sixth * 2), encoding="utf-8")
    (finding,) = check_content(content, TODAY, checks=(check_flows,))
    lines = text.splitlines()
    assert finding.file == "nlu_data/menu.yml"
    assert finding.line is not None
    assert "title: срочное" in lines[finding.line - 1]
    assert "пунктов 6" in finding.message
