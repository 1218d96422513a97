"""A person: at once, with a brief, and what is done when none answers."""

from __future__ import annotations

import pytest

from dialog.acts import Ask, File, Hangup, Say, Transfer
from dialog.events import QueueUnanswered
from tests.dialog.callers import Caller, appointment, filed_visit
from tests.dialog.scripts import APPOINTMENT

# A person


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_person_at_the_first_request_from_anywhere(at: int) -> None:
    caller = appointment(*("к лору", "в кунгуре", "завтра")[:at])
    caller.says("дайте человека", "operator", safety="operator")
    (say, transfer) = caller.acts
    assert isinstance(say, Say)
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"
    assert transfer.brief["topic"] == "make_appointment"
    assert transfer.brief["flow"] == "make_appointment"
    assert transfer.brief["question"]


def test_the_brief_tells_everything_that_was_said_and_tried() -> None:
    caller = Caller(APPOINTMENT)
    caller.says("часы работы", "working_hours")
    caller.says("к лору в кунгуре", "make_appointment")
    caller.says("ля ля ля", snr_db=12.0)
    transfer = caller.presses("0")[-1]
    assert isinstance(transfer, Transfer)
    brief = transfer.brief
    assert brief["slots"] == {"specialty": "ent", "municipality": "kungur"}
    assert brief["spoken"] == {"specialty": "к лору", "municipality": "в Кунгуре"}
    assert brief["tried"] == ["working_hours", "make_appointment"]
    assert brief["last_words"] == "ля ля ля"
    assert brief["line"] == "noisy"
    assert brief["failures"] == 1
    assert "На какой день" in brief["question"]


def test_after_hours_nobody_is_promised() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.says("оператора", "operator", safety="operator")
    assert "завтра с восьми часов" in caller.heard
    assert "оставайтесь" not in caller.heard.lower()
    assert isinstance(caller.acts[-1], Ask)


def test_a_dictated_telephone_is_no_last_words_of_a_call_back() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.says("оператора", "operator", safety="operator")
    caller.says("да", "affirm")
    caller.says("восемь девятьсот двенадцать пятьсот пятьдесят пять ноль один ноль два")
    (filed,) = [act for act in caller.acts if isinstance(act, File)]
    assert filed.phone == "+79125550102"
    assert filed.fields["last_words"] == "да"


def test_after_hours_who_does_not_want_a_call_back_goes_on_where_he_was() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.says("оператора", "operator", safety="operator")
    caller.says("нет", "deny")
    assert caller.asked.endswith("В каком городе или округе?")
    assert caller.state.slots["specialty"] == "ent"


def test_after_hours_the_known_number_is_offered() -> None:
    caller = Caller(on_duty=False, caller="89123456789")
    caller.says("оператора", "operator", safety="operator")
    caller.says("да", "affirm")
    assert caller.asked.startswith("Какой у вас вопрос?")
    caller.says("по поводу субсидии")
    if not any(isinstance(act, File) for act in caller.acts):
        caller.says("да", "affirm")
    (file,) = [act for act in caller.acts if isinstance(act, File)]
    assert file.phone == "+79123456789"


def test_after_hours_the_call_back_knows_what_it_is_about() -> None:
    caller = appointment("к лору", on_duty=False, caller="89123456789")
    caller.presses("0")
    caller.presses("1")
    if not any(isinstance(act, File) for act in caller.acts):
        caller.presses("1")
    (file,) = [act for act in caller.acts if isinstance(act, File)]
    assert file.fields["specialty"] == "ent"
    assert file.fields["topic"] == "make_appointment"


# Nobody takes the call


def back_from_the_queue(*said: str, queue: str = "appointments", **more: object) -> Caller:
    caller = appointment(*said, **more)
    caller.presses("0")
    assert isinstance(caller.acts[-1], Transfer)
    caller.does(QueueUnanswered(**caller.moment, queue=queue))
    return caller


def test_who_waited_in_vain_is_told_so_and_offered_a_call_back() -> None:
    caller = back_from_the_queue("к лору")
    assert caller.heard == (
        "Операторы пока заняты, к вам никто не подошёл. Простите за ожидание."
        " Записать ваш номер, чтобы вам перезвонили?"
    )


@pytest.mark.parametrize("keys", [True, False])
def test_the_call_back_is_taken_by_voice_or_keys(keys: bool) -> None:
    caller = back_from_the_queue("к лору", caller="89123456789")
    for _ in range(2):
        if keys:
            caller.presses("1")
        else:
            caller.says("да", "affirm")
    (file,) = [act for act in caller.acts if isinstance(act, File)]
    assert (file.kind, file.phone) == ("callback", "+79123456789")
    assert file.fields["specialty"] == "ent"
    caller.is_filed()
    assert caller.says("нет", "deny")[-1] == Hangup("callback")


def test_who_wants_no_call_back_goes_on_where_he_was() -> None:
    caller = back_from_the_queue("к лору")
    caller.presses("2")
    assert caller.asked.endswith("В каком городе или округе?")
    assert caller.state.slots["specialty"] == "ent"


@pytest.mark.parametrize("offered", ["", "1"])
def test_who_asks_for_an_operator_again_is_back_in_the_same_queue(offered: str) -> None:
    caller = back_from_the_queue("к лору", queue="appointments_kungur", caller="89123456789")
    caller.presses(f"{offered}0")
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments_kungur"
    caller.does(QueueUnanswered(**caller.moment, queue=transfer.queue))
    assert caller.asked == "Записать ваш номер, чтобы вам перезвонили?"


def test_a_queue_of_its_own_hours_is_waited_for_again_at_night() -> None:
    caller = Caller(on_duty=False)
    caller.says("не хочу жить", "crisis", safety="suicide")
    caller.does(QueueUnanswered(**caller.moment, queue="crisis"))
    caller.says("оператора", "operator", safety="operator")
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "crisis"


def test_who_waited_until_the_shift_was_over_hears_when_it_begins() -> None:
    caller = appointment("к лору")
    caller.presses("0")
    caller.on_duty = False
    caller.does(QueueUnanswered(**caller.moment, queue="appointments"))
    assert "пока заняты" not in caller.heard
    assert "начнут завтра с восьми часов" in caller.heard
    assert caller.asked == "Записать ваш номер, чтобы вам перезвонили?"


def test_a_call_back_that_cannot_be_kept_leads_back_to_the_queue() -> None:
    caller = back_from_the_queue("к лору", caller="89123456789")
    caller.presses("11")
    caller.is_filed("failed")
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"


def test_a_request_on_its_way_is_asked_after_first() -> None:
    caller = filed_visit()
    first = caller.acts[-1]
    caller.presses("0")
    caller.does(QueueUnanswered(**caller.moment, queue="home_visits"))
    assert "пока заняты" in caller.heard
    assert caller.acts[-1] == first


@pytest.mark.parametrize("on_duty", [True, False])
def test_a_flow_whose_end_is_a_person_is_over_when_no_call_back_is_wanted(on_duty: bool) -> None:
    caller = appointment("к лору", "в кунгуре", "завтра")
    caller.on_duty = on_duty
    caller.says("да", "affirm")
    if on_duty:
        caller.does(QueueUnanswered(**caller.moment, queue="appointments"))
    caller.presses("2")
    assert "оставайтесь" not in caller.heard.lower()
    assert caller.asked == caller.engine.script.answers.answers["utter_anything_else"][0].text


def test_an_operator_who_begins_his_shift_during_the_offer_takes_the_call() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.presses("0")
    caller.on_duty = True
    transfer = caller.presses("0")[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"
