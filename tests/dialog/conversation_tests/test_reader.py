"""Editors' conversation tests are read as they were meant, or refused at their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.content.findings import Finding
from dialog.content.yaml_files import read_folder
from dialog.conversation_tests.reader import read_tests
from dialog.conversation_tests.script_lines import ConversationTest, Does, Register

TOPICS = ("make_appointment", "covid_info")
RESPONSES = ("utter_covid_info", "utter_ask_specialty")


def read(tmp_path: Path, text: str) -> tuple[tuple[ConversationTest, ...], tuple[Finding, ...]]:
    path = tmp_path / "tests" / "conversations" / "a.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    files, _ = read_folder(tmp_path)
    return read_tests({file.name: file for file in files}, TOPICS, RESPONSES)


def test_a_call_in_plain_words(tmp_path: Path) -> None:
    tests, findings = read(
        tmp_path,
        """\
conversations:
  - name: запись ночью
    at: 2026-11-25T23:59
    register: pending
    caller_number: "+79120000000"
    steps:
      - {rings: yes, says: робот}
      - {caller: запишите к врачу, topic: make_appointment, asks: utter_ask_specialty}
      - caller: кирургу
        meaning: none
        hearing: 0.4
        line_db: 5
        alternatives: [к хирургу, кирпичу]
        slots: {specialty: surgeon, visit_day: null}
      - {keys: 1, at: "2026-11-26T00:01", files: appointment}
      - {silence: yes, not_says: [вас плохо слышно]}
      - {hangs_up: yes, hangup: caller_hung_up}
""",
    )
    assert findings == ()
    (test,) = tests
    assert (test.name, test.line, test.register) == ("запись ночью", 2, Register.PENDING)
    assert test.caller == "+79120000000"
    ring, words, misheard, key, silent, gone = test.lines
    assert ring.does is Does.RINGS
    assert ring.expected.says == ("робот",)
    assert words.expected.asks == ("utter_ask_specialty",)
    assert (misheard.hearing.meaning, misheard.hearing.confidence) == ("none", 0.4)
    assert misheard.hearing.alternatives == ("к хирургу", "кирпичу")
    assert misheard.expected.slots == {"specialty": "surgeon", "visit_day": None}
    assert (key.does, key.words, key.at) == (Does.PRESSES, "1", "2026-11-26T00:01")
    assert silent.expected.not_says == ("вас плохо слышно",)
    assert gone.expected.hangup == "caller_hung_up"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{caler: да}", "caler"),
        ("{caller: да, keys: 1}", "ровно одно"),
        ("{topic: covid_info}", "ровно одно"),
        ("{caller: да, topic: covid}", "covid_info"),
        ("{caller: да, meaning: covid}", "covid_info"),
        ("{caller: да, answer: utter_covid}", "utter_covid_info"),
        ("{caller: да, asks: utter_ask_speciality}", "utter_ask_specialty"),
        ("{caller: да, hearing: плохо}", "не число"),
        ("{caller: да, at: завтра}", "2026-11-25T10:00"),
        ("{keys: 1a}", "клавиши"),
        ("просто слова", "ключ: значение"),
    ],
)
def test_what_is_misspelt_is_named_at_its_line(tmp_path: Path, step: str, said: str) -> None:
    tests, (finding,) = read(
        tmp_path, f"conversations:\n  - name: разговор\n    steps:\n      - {step}\n"
    )
    assert tests == ()
    assert (finding.file, finding.line) == ("tests/conversations/a.yml", 4)
    assert said in f"{finding.message} {finding.mend}"


def test_two_calls_of_one_name_are_refused(tmp_path: Path) -> None:
    call = "  - name: один\n    steps:\n      - {silence: yes}\n"
    tests, (finding,) = read(tmp_path, f"conversations:\n{call}{call}")
    assert len(tests) == 1
    assert finding.line == 5
    assert "a.yml:2" in finding.message


def test_one_broken_call_leaves_the_others(tmp_path: Path) -> None:
    tests, findings = read(
        tmp_path,
        "conversations:\n  - name: пустой\n  - name: целый\n    steps:\n      - {silence: yes}\n",
    )
    assert [test.name for test in tests] == ["целый"]
    assert [finding.line for finding in findings] == [2]


def test_a_file_without_calls_is_named(tmp_path: Path) -> None:
    tests, (finding,) = read(tmp_path, "разговоры: []\n")
    assert tests == ()
    assert "conversations:" in finding.message
