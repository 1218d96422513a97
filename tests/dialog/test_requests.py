"""What is filed: read back first, then told with its number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialog.acts import File, Say, Transfer
from dialog.events import Filed, Reconnected
from tests.dialog.callers import appointment, filed_visit, visit

# The summary


def test_no_with_the_name_of_a_slot_asks_only_for_that() -> None:
    caller = appointment("к лору в кунгуре завтра")
    caller.says("нет, город неправильный", "deny")
    assert caller.state.step == "municipality"
    assert caller.state.slots == {"specialty": "ent", "visit_day": "2026-11-25"}
    caller.says("в перми")
    assert "Всё верно?" in caller.asked


def test_a_key_says_what_is_wrong() -> None:
    caller = appointment("к лору в кунгуре завтра")
    caller.presses("2")
    assert caller.asked == "Что исправить: врача, город или день?"
    caller.presses("3")
    assert caller.state.step == "visit_day"


def test_nothing_is_wrong_after_all() -> None:
    caller = appointment("к лору в кунгуре завтра")
    caller.says("нет", "deny")
    caller.says("всё верно", "affirm")
    assert "Всё верно?" in caller.asked


def test_nothing_is_filed_before_it_was_read_back() -> None:
    caller = visit("мне", "кашель", "нет полиса")
    caller.presses("89123456789#")
    assert not any(isinstance(act, File) for act in caller.acts)
    caller.presses("1")
    assert isinstance(caller.acts[-1], File)


# Requests


def test_a_filed_request_is_told_with_its_number() -> None:
    caller = filed_visit()
    told = caller.is_filed()[0]
    assert isinstance(told, Say)
    assert told.protected
    assert "четыре ноль восемь один семь" in told.text


def test_a_request_without_an_answer_is_told_truthfully() -> None:
    caller = filed_visit()
    caller.is_filed("pending")
    assert "принята" not in caller.heard
    assert "подтверждения пока нет" in caller.heard


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_a_request_that_is_not_taken_goes_to_a_person(status: str) -> None:
    caller = filed_visit()
    caller.is_filed(status)
    assert isinstance(caller.acts[-1], Transfer)
    assert caller.acts[-1].queue == "home_visits"
    assert caller.acts[-1].brief["requests"][0]["status"] == status


def test_a_call_that_breaks_off_sends_the_same_request_again() -> None:
    caller = filed_visit()
    first = caller.acts[-1]
    caller.does(Reconnected(**caller.moment))
    assert caller.acts[-1] == first


def test_an_answer_for_another_request_changes_nothing() -> None:
    caller = filed_visit()
    waiting = caller.state
    caller.does(Filed(**caller.moment, key="another:1", status="filed", number="1"))
    assert caller.acts == ()
    assert replace(caller.state, turn=0) == replace(waiting, turn=0)
