"""Slots in a call: asked, in passing, asked back, corrected, typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dialog.acts import Act, AnswerKind, Ask, Transfer
from dialog.engine import Engine
from dialog.events import CallStarted, Event, Heard, Keys, Silence
from dialog.flow.checks import check_script
from dialog.flow.slot_schema import Slot
from dialog.nlu.interpreter import Parse, Ranked
from dialog.state import State
from tests.dialog.scripts import APPOINTMENT, script_with

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


class Call:
    """An appointment up to the question that a test is about."""

    def __init__(self, *said: str, slot: Slot | None = None) -> None:
        script = script_with(APPOINTMENT)
        if slot is not None:  # the same flow, asking for something else
            script = replace(script, slots={**script.slots, "visit_day": slot})
        self.engine = Engine(script)
        self.state = State()
        self.acts: tuple[Act, ...] = ()
        self.does(CallStarted(AT, True))
        self.says("запишите меня", "make_appointment")
        for text in said:
            self.says(text)

    def does(self, event: Event) -> None:
        self.state, self.acts = self.engine.step(self.state, event)

    def says(
        self,
        text: str,
        intent: str | None = None,
        asr_confidence: float = 0.9,
        alternatives: tuple[str, ...] = (),
    ) -> None:
        ranking = () if intent is None else (Ranked(intent, 0.9),)
        parse = Parse(text, intent, 0.9, ranking)
        self.does(Heard(AT, True, parse, asr_confidence, 25.0, alternatives))

    @property
    def asked(self) -> str:
        ask = self.acts[-1]
        assert isinstance(ask, Ask)
        return ask.text


def test_everything_named_at_once_is_asked_only_to_be_confirmed() -> None:
    call = Call("к хирургу в чусовом завтра к девяти")
    assert call.state.slots == {
        "specialty": "surgeon",
        "municipality": "chusovoy",
        "visit_day": "2026-11-25T09:00",
    }
    assert call.state.step == "confirmed"
    assert "двадцать пятого ноября, среда, в девять часов" in call.asked


def test_towns_that_sound_alike_are_asked_back() -> None:
    call = Call("к лору", "березняки")
    assert call.asked == "Уточните, пожалуйста: в Березниках или в Берёзовке?"
    assert isinstance(call.acts[-1], Ask)
    assert call.acts[-1].expects is AnswerKind.CHOICE
    assert "municipality" not in call.state.slots


@pytest.mark.parametrize(
    ("said", "town"),
    [
        ("в берёзовке", "beryozovka"),
        ("второе", "beryozovka"),
        ("первое", "berezniki"),
        ("нет в березниках", "berezniki"),
        ("вообще-то в кунгуре", "kungur"),
    ],
)
def test_a_question_between_two_is_answered_by_name_or_number(said: str, town: str) -> None:
    call = Call("к лору", "березняки", said)
    assert call.state.slots["municipality"] == town
    assert call.state.options == ()


def test_a_question_between_two_is_answered_by_a_key() -> None:
    call = Call("к лору", "березняки")
    call.does(Keys(AT, True, "2"))
    assert call.state.slots["municipality"] == "beryozovka"


def test_who_means_neither_is_asked_the_question_itself() -> None:
    call = Call("к лору", "березняки")
    call.says("нет", "deny")
    assert "В каком городе" in call.asked
    call.says("второе")
    assert "municipality" not in call.state.slots


def test_silence_after_a_question_between_two_leaves_it_open() -> None:
    call = Call("к лору", "березняки")
    call.does(Silence(AT, True))
    assert "один — в Березниках, два — в Берёзовке" in call.asked
    call.says("второе")
    assert call.state.slots["municipality"] == "beryozovka"


def test_the_same_doubt_again_and_again_ends_at_a_person() -> None:
    call = Call("к лору", "пермский", "пермский", "пермский")
    assert isinstance(call.acts[-1], Transfer)


def test_the_same_misheard_word_again_takes_the_nearer_of_the_two() -> None:
    call = Call("к лору", "березняки", "березняки")
    assert call.state.slots["municipality"] == "berezniki"


def test_a_confusable_town_is_asked_back_where_the_ear_was_unsure() -> None:
    call = Call("к лору")
    call.says("в юрле", asr_confidence=0.4)
    assert "в Юрле или в Юсьве" in call.asked
    sure = Call("к лору", "в юрле")
    assert sure.state.slots["municipality"] == "yurla"


def test_a_confusable_town_is_asked_back_where_another_reading_has_its_twin() -> None:
    call = Call("к лору")
    call.says("в юрле", alternatives=("в юсьве",))
    assert "в Юрле или в Юсьве" in call.asked


def test_another_reading_settles_a_doubt() -> None:
    call = Call("к лору")
    call.says("березняки", alternatives=("в березниках",))
    assert call.state.slots["municipality"] == "berezniki"


def test_seven_o_clock_is_asked_back_by_the_half_of_the_day() -> None:
    call = Call("к лору", "в кунгуре", "завтра в семь")
    assert call.asked == "Уточните, пожалуйста: семь утра или семь вечера?"
    call.says("вечера")
    assert call.state.slots["visit_day"] == "2026-11-25T19:00"


def test_a_day_that_cannot_be_read_is_asked_again() -> None:
    call = Call("к лору", "в кунгуре", "тридцатого февраля")
    assert "visit_day" not in call.state.slots
    assert "день" in call.asked


def test_a_correction_of_the_summary_changes_only_what_was_wrong() -> None:
    call = Call("к лору в кунгуре в следующий вторник после обеда")
    call.says("нет, на среду", "deny")
    assert call.state.slots["visit_day"] == "2026-11-25T12:00/17:00"
    assert call.state.slots["specialty"] == "ent"
    assert "Всё верно?" in call.asked
    call.says("к хирургу")
    assert call.state.slots["specialty"] == "surgeon"
    call.says("нет, в десять", "deny")
    assert call.state.slots["visit_day"] == "2026-11-25T10:00"


def test_a_hesitating_answer_is_neither_yes_nor_no() -> None:
    call = Call("к лору в кунгуре завтра")
    call.says("да нет наверное", "deny")
    assert call.state.step == "confirmed"
    assert "Всё верно?" in call.asked


def test_a_yes_in_other_words_is_the_interpreters_to_know() -> None:
    call = Call("к лору в кунгуре завтра")
    call.says("так тому и быть", "affirm")
    assert isinstance(call.acts[-1], Transfer)


def test_a_yes_that_goes_on_to_a_question_is_answered_first() -> None:
    call = Call("к лору в кунгуре завтра")
    call.says("да а скажите когда вы работаете", "working_hours")
    assert "Всё верно?" in call.asked


@pytest.mark.parametrize("keys", ["89123456789#", "89123456789", "9123456789#"])
def test_a_telephone_is_typed(keys: str) -> None:
    call = Call("к лору", "в кунгуре", slot=Slot(reads="phone"))
    call.does(Keys(AT, True, keys))
    assert call.state.slots["visit_day"] == "+79123456789"


def test_zero_alone_calls_a_person_even_where_digits_are_asked() -> None:
    call = Call("к лору", "в кунгуре", slot=Slot(reads="phone"))
    call.does(Keys(AT, True, "0"))
    assert isinstance(call.acts[-1], Transfer)


def test_a_doubt_is_part_of_the_state() -> None:
    state = Call("к лору", "березняки").state
    assert State.from_json(state.to_json()) == state
    assert state.options == ("berezniki", "beryozovka")


def test_a_slot_of_an_unknown_kind_is_refused() -> None:
    script = script_with(APPOINTMENT)
    broken = replace(script, slots={**script.slots, "visit_day": Slot(reads="moon")})
    found = [str(finding) for finding in check_script(broken, {"visit_day": ("a.yml", 3)})]
    assert any("visit_day" in text and "moon" in text and "day_and_time" in text for text in found)
