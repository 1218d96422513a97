"""The manners of a good telephone assistant: back, again, slower, never mind."""

from __future__ import annotations

import pytest

from dialog.acts import Ask, Say
from tests.dialog.callers import Caller, appointment, visit
from tests.dialog.scripts import real_script

# Words about the conversation


def test_back_asks_the_question_before_again() -> None:
    caller = appointment("к лору", "в кунгуре")
    caller.says("назад")
    assert caller.state.step == "municipality"
    assert caller.state.slots == {"specialty": "ent"}
    caller.presses("8")
    assert caller.state.step == "specialty"


def test_back_from_the_first_question_is_the_menu() -> None:
    caller = appointment()
    caller.says("назад")
    assert caller.state.flow is None
    assert "один — " in caller.asked


def test_repeat_says_everything_again_without_a_failure() -> None:
    caller = Caller()
    answer = caller.says("часы работы", "working_hours")[0]
    caller.says("что вы сказали", "repeat")
    assert isinstance(answer, Say)
    assert answer.text in caller.heard
    assert caller.state.call_failures == 0


def test_slower_holds_for_the_rest_of_the_call() -> None:
    caller = appointment("к лору")
    caller.says("помедленнее, пожалуйста", "slower")
    assert all(act.rate < 1 for act in caller.acts if isinstance(act, Say | Ask))
    caller.says("в кунгуре")
    assert isinstance(caller.acts[-1], Ask)
    assert caller.acts[-1].rate < 1


@pytest.mark.parametrize("words", ["отмена", "стоп, я передумал", "нет, не надо записывать"])
def test_cancel_drops_the_flow_and_offers_help(words: str) -> None:
    caller = appointment("к лору", "в кунгуре")
    caller.says(words, "deny")
    assert caller.state.flow is None
    assert caller.state.slots == {}
    assert isinstance(caller.acts[-1], Ask)


@pytest.mark.parametrize("words", ["пропустить", "не знаю", "нет полиса", "нет"])
def test_an_optional_question_may_be_skipped(words: str) -> None:
    caller = visit("мне", "кашель", words)
    assert caller.state.step == "phone"
    assert caller.state.skipped == ("policy",)


def test_an_optional_question_is_skipped_by_a_key() -> None:
    caller = visit("мне", "кашель")
    caller.presses("#")
    assert caller.state.step == "phone"


def test_a_needed_question_that_nobody_knows_gets_an_example() -> None:
    caller = appointment("не знаю")
    assert "например" in caller.heard.lower()
    assert caller.state.step == "specialty"


def test_alo_is_answered_and_is_no_failure_of_the_call() -> None:
    caller = appointment()
    caller.says("алло, алло")
    assert "К какому врачу" in caller.asked
    assert caller.state.call_failures == 0


def test_who_looks_for_something_is_waited_for() -> None:
    caller = visit("мне", "кашель")
    caller.says("сейчас, минутку")
    assert caller.asked == "Хорошо, жду."
    assert caller.state.step == "policy"


def test_the_menu_can_be_asked_for() -> None:
    caller = Caller()
    caller.says("какие есть кнопки")
    assert "один — " in caller.asked


def test_a_key_goes_a_level_up_in_the_menu() -> None:
    caller = Caller()
    path = next(
        (n, k)
        for n, option in enumerate(real_script().menu, 1)
        for k, below in enumerate(option.menu, 1)
        if below.menu
    )
    caller.presses(str(path[0]))
    level = caller.asked
    caller.presses(str(path[1]))
    assert caller.asked != level
    caller.presses("8")
    assert caller.asked == level


def test_yes_to_a_question_between_two_topics_is_asked_again() -> None:
    caller = Caller()
    caller.says("анализы", "lab_results", confidence=0.4, clarify=("lab_results", "ct_scan"))
    caller.says("да", "affirm")
    assert caller.state.topic is None
    assert "один — " in caller.asked


def test_the_word_that_began_a_flow_does_not_cancel_it() -> None:
    caller = Caller()
    caller.says("отмените запись", "cancel_appointment")
    caller.says("отменить", "cancel_appointment")
    assert caller.state.flow == "cancel_appointment"


def test_a_sure_question_is_no_answer_that_sounds_a_little_like_it() -> None:
    caller = visit()
    caller.says("какие брать документы", "dispensary_checkup", confidence=0.99)
    assert isinstance(caller.acts[0], Say)
    assert caller.state.slots == {}


def test_yes_at_the_beginning_is_listened_to() -> None:
    caller = Caller()
    caller.says("вы меня слышите")
    caller.says("да", "affirm")
    assert "один" not in caller.asked
    assert caller.state.call_failures == 0


# The beginning


def test_a_recorded_call_says_so() -> None:
    assert "записывается" in Caller(recording=True).heard
    assert "записывается" not in Caller(recording=False).heard


def test_a_caller_without_a_number_is_unknown() -> None:
    assert Caller(caller="anonymous").state.caller is None
    assert Caller(caller="+7 (912) 345-67-89").state.caller == "+79123456789"
