"""Responses are found in what was said, whatever stands in their braces."""

from __future__ import annotations

import pytest

from dialog.acts import Ask, Hangup, Transfer
from dialog.content.responses_reader import Answer, Responses
from dialog.conversation_tests.compare import Spoken, differences
from dialog.conversation_tests.player import Played
from dialog.conversation_tests.script_lines import Does, Expected, ScriptLine
from dialog.state import State

TEXTS = {
    "utter_hours": "{hours} Точных часов я не знаю.",
    "utter_confirm": "Проверим. Приём {specialty}. Поликлиника: {clinic}. Всё верно?",
    "utter_ask_day": "На какой день?",
}
SPOKEN = Spoken(
    Responses({name: (Answer(name, text, "a.yml", 1),) for name, text in TEXTS.items()})
)


@pytest.mark.parametrize(
    ("said", "name", "is_in"),
    [
        ("Отвечаем с восьми. Точных часов я не знаю.", "utter_hours", True),
        ("Точных часов я не знаю.", "utter_hours", True),
        ("Отвечаем с восьми.", "utter_hours", False),
        ("Проверим. Приём к лору. Поликлиника: вторая. Всё верно?", "utter_confirm", True),
        ("Проверим. Приём к лору. Всё верно?", "utter_confirm", True),
        ("Приём к лору. Всё верно?", "utter_confirm", False),
        ("К лору. На какой день?", "utter_ask_day", True),
    ],
)
def test_a_response_is_found_by_its_text(said: str, name: str, is_in: bool) -> None:
    assert SPOKEN.contains(said, name) is is_in


def wrong(expected: Expected, *acts: Ask | Transfer | Hangup) -> list[str]:
    line = ScriptLine(1, Does.SAYS, "да", expected=expected)
    return list(differences(Played(line, State(), acts), SPOKEN))


def test_fragments_forgive_case_and_yo() -> None:
    assert wrong(Expected(says=("на КАКОЙ",), asks=("день",)), Ask("На какой день?")) == []


def test_what_differs_is_said_in_one_sentence() -> None:
    ask = Ask("На какой день?")
    assert "utter_confirm" in wrong(Expected(asks=("utter_confirm",)), ask)[0]
    assert "не прозвучало «час»" in wrong(Expected(says=("час",)), ask)[0]
    assert "а не должно" in wrong(Expected(not_says=("день",)), ask)[0]
    assert "ждали тему covid_info" in wrong(Expected(topic="covid_info"), ask)[0]
    assert "ждали «ent», а там ничего" in wrong(Expected(slots={"specialty": "ent"}), ask)[0]


def test_an_end_is_wrong_unless_it_was_expected() -> None:
    assert "вышло general" in wrong(Expected(), Transfer("general"))[0]
    assert "этого не было" in wrong(Expected(hangup="resolved"), Ask("Да?"))[0]
    assert wrong(Expected(hangup="yes"), Hangup("resolved")) == []
    brief = Transfer("general", {"slots": {"specialty": "ent"}})
    assert wrong(Expected(transfer="general", brief={"specialty": "ent"}), brief) == []
    assert "а прочтёт" in wrong(Expected(transfer="general", brief={"specialty": "x"}), brief)[0]
