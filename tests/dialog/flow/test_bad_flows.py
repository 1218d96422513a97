"""Broken flows are named by file and line, in Russian, and never loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dialog.content.findings import Finding, refuse_broken
from dialog.errors import ContentError
from dialog.flow.checks import check_script
from dialog.flow.reader import read_flows
from dialog.load import load_script
from tests.dialog.scripts import CONTENT, real_script, script_with

HEAD = """\
slots:
  a: {reads: yes_no}
  town: {reads: municipalities}
flows:
  test:
    name: проба
    steps:
"""
NEXT = "      - collect: a\n        next:\n"
ASK = "      - collect: a\n        ask: utter_ask_test\n"
TOWN = "      - collect: town\n        ask: utter_ask_test\n"


def read(tmp_path: Path, text: str) -> list[Finding]:
    (tmp_path / "bad.yml").write_text(text, encoding="utf-8")
    return list(read_flows(tmp_path)[1])


def checked(steps: str) -> list[Finding]:
    """What the checks of the whole content find in a flow that can be read."""
    found = check_script(script_with(HEAD + steps), {})
    return [f for f in found if f.file.startswith("flows/test")]


@pytest.mark.parametrize(
    ("steps", "line", "says"),
    [
        ("      - collect: a\n        next: nowhere\n", 8, "nowhere"),
        ("      - foo: a\n", 8, "нет действия"),
        ("      - action: utter_say_test\n        file: callback\n", 8, "два действия"),
        ("      - collect: a\n        colour: red\n", 9, "colour"),
        ("      - collect: a\n        optional: maybe\n", 9, "optional"),
        ("      - file: pizza\n", 8, "pizza"),
        ("      - id: x\n        action: utter_say_test\n      - id: x\n        collect: a\n",
         10, "уже"),
        (NEXT + "          - if: slots.a = 'yes'\n            then: END\n",
         10, "без else"),
        (NEXT + "          - else: END\n          - else: END\n",
         10, "после else"),
        (NEXT + "          - if: slots.a = = 1\n            then: END\n"
         "          - else: END\n", 10, "условие"),
        (NEXT + "          - if: slots.a = 'yes'\n          - else: END\n",
         10, "if с then"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, steps: str, line: int, says: str
) -> None:
    found = read(tmp_path, HEAD + steps)
    assert any(f.file == "bad.yml" and f.line == line and says in f.message for f in found), found
    with pytest.raises(ContentError, match=r"bad.yml:\d+"):
        refuse_broken(found)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("      - collect: unknown\n", "слот unknown"),
        ("      - action: utter_nowhere\n", "utter_nowhere"),
        ("      - collect: a\n        ask: utter_nowhere\n", "utter_nowhere"),
        (TOWN + "        help: utter_nowhere\n",
         "utter_nowhere"),
        (TOWN, "ни подсказки"),
        (TOWN + "        keys: {'1': narnia}\n", "narnia"),
        (TOWN + "        keys: {'7': perm}\n", "7"),
        (ASK + "        keys: {'1': {skip: yes}}\n",
         "обязательный"),
        ("      - collect: a\n        ask: utter_long_test\n", "слов:"),
        (ASK + "        next: END\n"
         "      - action: utter_say_test\n", "ни одна ветка"),
        ("      - id: x\n        action: utter_say_test\n        next: y\n"
         "      - id: y\n        noop: yes\n        next: x\n", "никогда не кончится"),
        ("      - id: x\n        collect: a\n        ask: utter_ask_test\n        next: x\n",
         "никогда не кончится"),
        ("      - call: nowhere\n", "nowhere"),
        ("      - set_slots: {nothing: x}\n", "nothing"),
        (ASK + "        next:\n"
         "          - if: slots.nothing = 1\n            then: END\n          - else: END\n",
         "nothing"),
    ],
)  # fmt: skip
def test_what_would_leave_a_caller_alone_is_found(steps: str, says: str) -> None:
    found = checked(steps)
    assert any(says in finding.message for finding in found), [f.message for f in found]
    assert all(finding.line for finding in found)


def test_the_editors_own_flows_are_sound() -> None:
    assert list(check_script(real_script(), {})) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("flows/after_hours.yml", "collect:", "colect:", r"after_hours.yml:\d+"),
        ("menu.yml", "topic:", "topik:", "menu.yml"),
        ("commands.yml", "back:", "beck:", "commands.yml"),
    ],
)
def test_broken_content_is_not_loaded(
    tmp_path: Path, name: str, old: str, new: str, says: str
) -> None:
    content = tmp_path / "nlu_data"
    shutil.copytree(CONTENT, content)
    path = content / name
    if not path.exists():
        path = next(p for p in (content / "flows").glob("*.yml") if old in p.read_text("utf-8"))
        says = rf"{path.name}:\d+"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=says):
        load_script(content)
