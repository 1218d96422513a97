"""When it does not work: a quick try, an example with keys, a person."""

from __future__ import annotations

import pytest

from dialog.acts import Ask, Hangup, Redirect, Say, Transfer
from dialog.events import RedirectFailed
from tests.dialog.callers import Caller, appointment, filed_visit

# When it does not work


def test_at_a_question_the_ladder_is_a_quick_try_then_an_example_with_keys_then_a_person() -> None:
    caller = appointment()
    question = caller.asked
    quick = caller.says("ля ля ля")
    assert len(quick) == 1
    assert caller.asked.endswith(question)
    help_, keys = caller.says("ля ля ля")
    assert isinstance(help_, Say)
    assert "например" in help_.text.lower()
    assert isinstance(keys, Ask)
    assert "один — " in keys.text
    assert isinstance(caller.says("ля ля ля")[-1], Transfer)


def test_three_failures_a_call_are_enough() -> None:
    caller = appointment("ля", "к лору", "ля", "в кунгуре", "ля")
    assert caller.state.ended is None
    caller.says("ля")
    assert isinstance(caller.acts[-1], Transfer)


def test_the_line_is_blamed_not_the_caller() -> None:
    caller = appointment()
    caller.says("шшш", snr_db=3.0)
    assert "На линии шум" in caller.heard
    assert "вас плохо слышно" not in caller.heard.lower()


def test_who_falls_silent_after_an_answer_is_not_passed_to_anybody() -> None:
    caller = Caller()
    caller.says("часы работы", "working_hours")
    caller.is_silent()
    assert isinstance(caller.acts[-1], Ask)
    assert caller.is_silent()[-1] == Hangup("resolved")


def test_an_error_message_cannot_be_cut_by_a_late_word() -> None:
    caller = appointment()
    caller.says("ля ля")
    assert isinstance(caller.acts[-1], Ask)
    assert caller.acts[-1].protected_s > 0


# Danger


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_danger_goes_before_everything(at: int) -> None:
    caller = appointment(*("к лору", "в кунгуре", "завтра")[:at], on_duty=False)
    caller.says("он не дышит", "ambulance_103", safety="breathing")
    assert caller.acts[-1] == Redirect("103")


def test_danger_goes_before_a_request_on_its_way() -> None:
    caller = filed_visit()
    caller.says("он не дышит", "ambulance_103", safety="breathing")
    assert caller.acts[-1] == Redirect("103")


def test_where_the_ambulance_does_not_answer_the_other_number_is_tried() -> None:
    caller = appointment()
    caller.says("он не дышит", "ambulance_103", safety="breathing")
    caller.does(RedirectFailed(**caller.moment, number="103"))
    assert caller.acts[-1] == Redirect("112")
    caller.does(RedirectFailed(**caller.moment, number="112"))
    assert isinstance(caller.acts[-1], Transfer | Ask)
