"""The operator queue, on both databases: from a call's arrival to its end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from routing.errors import KeyReusedError, NotFoundError, RefusedError, StateConflictError
from routing.queue.records import NewTask
from routing.queue.states import (
    Activity,
    Ending,
    OperatorState,
    ReservationState,
    TaskKind,
    TaskState,
)
from tests.routing.shop import PHONE, Shop


def test_a_call_goes_from_arrival_to_its_end(shop: Shop) -> None:
    shop.operator("anna")
    task = shop.call(brief={"topic": "vaccination_info"}, topic="vaccination_info")
    assert shop.task(task).state is TaskState.RESERVED
    assert shop.offer().task_id == task.id

    shop.pass_by(4)
    shop.accept()
    assert shop.task(task).state is TaskState.ASSIGNED
    assert shop.desk.operators.get("anna").state is OperatorState.BUSY

    shop.pass_by(120)
    shop.desk.reservations.end_talk(shop.offer().id)
    assert shop.task(task).state is TaskState.WRAPPING
    assert shop.desk.operators.get("anna").state is OperatorState.WRAP_UP

    shop.complete()
    ended = shop.task(task)
    assert (ended.state, ended.ending) == (TaskState.COMPLETED, Ending.ANSWERED)
    assert shop.desk.operators.get("anna").state is OperatorState.AVAILABLE
    assert shop.kinds() == [
        "operator.changed",
        "operator.activity",
        "task.created",
        "reservation.created",
        "reservation.accepted",
        "reservation.wrapping",
        "reservation.completed",
        "task.ended",
    ]


def test_the_same_key_is_the_same_task(shop: Shop) -> None:
    first = shop.call("k", topic="operator")
    assert shop.call("k", topic="operator") == first
    with pytest.raises(KeyReusedError):
        shop.call("k", queue="complaints")
    assert len(shop.desk.tasks.listing()) == 1


def test_who_waits_is_served_in_order_and_knows_the_position(shop: Shop) -> None:
    tasks = [shop.call(f"c{n}") for n in range(3)]
    assert [shop.desk.tasks.position(task.id) for task in tasks] == [1, 2, 3]
    shop.operator("anna")
    assert shop.offered() == "c0"
    shop.accept()
    assert shop.desk.tasks.position(tasks[0].id) is None
    assert shop.desk.tasks.position(tasks[2].id) == 2


def test_accepting_an_offer_that_is_over_is_a_conflict(shop: Shop) -> None:
    shop.operator("anna")
    shop.call()
    offer = shop.offer()
    shop.desk.reservations.reject(offer.id)
    with pytest.raises(StateConflictError, match="rejected"):
        shop.desk.reservations.accept(offer.id)
    with pytest.raises(NotFoundError):
        shop.desk.reservations.accept("unknown")


def test_an_offer_that_nobody_answers_goes_to_the_next_operator(shop: Shop) -> None:
    shop.operator("anna")
    task = shop.call()
    shop.operator("boris")
    first = shop.offer("anna")
    shop.pass_by(21)
    assert shop.desk.reservations.get(first.id).state is ReservationState.TIMEOUT
    assert shop.offer("boris").task_id == task.id
    assert shop.desk.operators.get("anna").state is OperatorState.BREAK


def test_a_rejected_call_keeps_its_place(shop: Shop) -> None:
    first, second = shop.call("first"), shop.call("second")
    shop.operator("anna")
    shop.desk.reservations.reject(shop.offer().id)
    # Anna is spared the call that she rejected, and gets the next one.
    assert shop.offered() == "second"
    assert shop.desk.tasks.position(first.id) == 1
    assert shop.task(second).state is TaskState.RESERVED
    shop.operator("boris")
    assert shop.offered("boris") == "first"


def test_an_operator_who_logs_out_gives_the_offer_back(shop: Shop) -> None:
    shop.operator("anna")
    task = shop.call()
    offer = shop.offer()
    shop.desk.operators.set_activity("anna", Activity.OFFLINE)
    assert shop.desk.reservations.get(offer.id).state is ReservationState.RESCINDED
    assert shop.task(task).state is TaskState.PENDING


def test_a_break_in_a_call_begins_after_its_wrap_up(shop: Shop) -> None:
    shop.operator("anna")
    shop.call()
    shop.accept()
    operator = shop.desk.operators.set_activity("anna", Activity.BREAK)
    assert operator.state is OperatorState.BUSY
    shop.complete()
    assert shop.desk.operators.get("anna").state is OperatorState.BREAK


def test_an_unanswered_redirect_brings_the_caller_back_to_the_same_place(shop: Shop) -> None:
    first, second = shop.call("first"), shop.call("second")
    shop.operator("anna")
    shop.accept()
    shop.desk.tasks.redirect(first.id, "103")
    assert shop.desk.operators.get("anna").state is OperatorState.WRAP_UP
    assert shop.desk.tasks.position(second.id) == 1
    shop.pass_by(10)
    back = shop.desk.tasks.redirect_failed(first.id)
    assert back.state is TaskState.PENDING
    assert shop.desk.tasks.position(first.id) == 1
    assert shop.desk.tasks.position(second.id) == 2


def test_a_redirect_that_nobody_reports_on_ends_by_itself(shop: Shop) -> None:
    task = shop.call()
    shop.desk.tasks.redirect(task.id, "103")
    shop.pass_by(31)
    assert shop.task(task).held_for is None
    assert shop.task(task).state is TaskState.PENDING


def test_an_answered_redirect_ends_the_call(shop: Shop) -> None:
    task = shop.call()
    shop.desk.tasks.redirect(task.id, "103")
    ended = shop.desk.tasks.redirect_answered(task.id)
    assert (ended.state, ended.ending) == (TaskState.COMPLETED, Ending.REDIRECTED)
    with pytest.raises(StateConflictError):
        shop.desk.tasks.redirect_failed(task.id)


def test_a_caller_who_agreed_and_hangs_up_is_called_back(shop: Shop) -> None:
    task = shop.call(phone=PHONE, callback_agreed=True, call_id="one")
    other = shop.call("other")
    ended = shop.desk.tasks.caller_left(task.id)
    assert (ended.state, ended.ending) == (TaskState.CANCELED, Ending.CALLBACK)
    promised = next(t for t in shop.desk.tasks.of_call("one") if t.kind is TaskKind.CALLBACK)
    assert promised.continues == task.id
    assert shop.desk.tasks.position(promised.id) == 1
    assert shop.desk.tasks.position(other.id) == 2


def test_a_caller_who_did_not_agree_is_left_in_peace(shop: Shop) -> None:
    task = shop.call(phone=PHONE)
    assert shop.desk.tasks.caller_left(task.id).ending is Ending.HUNG_UP
    assert len(shop.desk.tasks.listing()) == 1
    assert shop.desk.tasks.caller_left(task.id).ending is Ending.HUNG_UP


def test_a_call_back_is_tried_until_the_promise_is_kept(shop: Shop) -> None:
    shop.queue(callback_attempts=2, callback_retry_s=900)
    task = shop.call(phone=PHONE)
    promised = shop.desk.tasks.promise_callback(task.id)
    shop.operator("anna")
    for attempt in (1, 2):
        shop.accept()
        shop.complete(reached=False)
        assert shop.task(promised).attempts == attempt
        if attempt == 1:
            assert shop.offered() is None
            shop.pass_by(901)
    assert shop.task(promised).ending is Ending.UNREACHED


def test_a_call_back_needs_a_number(shop: Shop) -> None:
    task = shop.call()
    with pytest.raises(RefusedError, match="number"):
        shop.desk.tasks.promise_callback(task.id)
    assert shop.task(task).state is TaskState.PENDING


def test_a_call_back_waits_for_the_time_that_the_caller_named(shop: Shop) -> None:
    shop.operator("anna")
    shop.call(phone=PHONE, kind=TaskKind.CALLBACK, not_before=shop.at + timedelta(hours=1))
    assert shop.offered() is None
    shop.pass_by(3601)
    assert shop.offered() == "call"


def test_events_are_numbered_without_gaps_whoever_writes(shop: Shop) -> None:
    for name in ("anna", "boris", "vera"):
        shop.operator(name)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: shop.desk.tasks.create(NewTask(f"c{n}", "general")), range(40)))
    events = shop.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert shop.desk.events.last() == len(events)
    assert shop.desk.events.after(5)[0].seq == 6


def test_two_processes_that_take_in_the_same_call_at_once_get_one_task(shop: Shop) -> None:
    shop.operator()
    other = Shop(shop.url)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: (shop, other)[n % 2].call("one"), range(16)))
    other.close()
    assert len({task.id for task in made}) == 1
    assert shop.kinds().count("task.created") == shop.kinds().count("reservation.created") == 1


def test_a_call_that_an_operator_is_free_for_is_offered_in_the_transaction_that_takes_it_in(
    shop: Shop,
) -> None:
    shop.operator()
    assert shop.call().state is TaskState.RESERVED
