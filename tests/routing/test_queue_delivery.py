"""Calls that the telephone system delivers past our desk: it tells, and the queue knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.errors import StateConflictError
from routing.queue.delivery import LONGEST_TALK
from routing.queue.figures import figures
from routing.queue.invariants import EventCheck, check_store
from routing.queue.records import Task
from routing.queue.replay import Replay
from routing.queue.states import Ending, ReservationState, TaskKind, TaskState
from routing.queue.statistics import By
from tests.routing.shop import AT, PHONE, Shop

BRIEF = {"topic": "operator"}


def handed_over(shop: Shop, call_id: str = "one") -> Task:
    """The task of a call that the assistant has handed over."""
    shop.store.begin_call(call_id, shop.at)
    shop.store.hand_over(call_id, "general", BRIEF, shop.at)
    shop.store.end_call(call_id, "handed_over", shop.at)
    return shop.desk.tasks.of_call(call_id)[0]


def sound(shop: Shop) -> None:
    """Nothing that must hold is broken, and events tell the same as tables."""
    assert check_store(shop.store, shop.at) == []
    assert EventCheck().feed(shop.events()).violations == []
    day = timedelta(days=2)
    live = shop.desk.statistics.facts(AT - day, AT + day)
    told = Replay().feed(shop.events()).facts(shop.at)
    assert (told.calls, told.handled) == (live.calls, live.handled)


def test_an_operator_at_a_telephone_answers_and_talks_until_the_call_is_over(shop: Shop) -> None:
    task = handed_over(shop)
    shop.pass_by(12)
    assert shop.desk.delivery.answered("one")
    talking = shop.task(task)
    assert (talking.state, talking.answered_at) == (TaskState.ASSIGNED, shop.at)
    sound(shop)
    shop.pass_by(90)
    assert shop.desk.delivery.left("one")
    ended = shop.task(task)
    assert (ended.state, ended.ending) == (TaskState.COMPLETED, Ending.ANSWERED)
    assert shop.kinds()[-2:] == ["task.answered", "task.ended"]
    facts = shop.desk.statistics.facts(AT, shop.at)
    total = figures(facts.calls, facts.handled)
    assert (total.answered, total.asa_s, total.talk_s, total.abandoned) == (1, 12, 90, 0)
    sound(shop)


def test_who_is_answered_outside_is_no_operator_of_the_figures(shop: Shop) -> None:
    handed_over(shop)
    shop.desk.delivery.answered("one")
    report = shop.desk.statistics.report(AT, shop.at + timedelta(days=1), By.OPERATOR)
    assert report.total.answered == 1
    assert report.groups == {}


def test_a_caller_who_hangs_up_waiting_is_offered_to_nobody(shop: Shop) -> None:
    task = handed_over(shop)
    shop.pass_by(40)
    shop.desk.delivery.left("one")
    assert (shop.task(task).state, shop.task(task).ending) == (
        TaskState.CANCELED,
        Ending.HUNG_UP,
    )
    shop.operator("anna")
    assert shop.offered() is None
    facts = shop.desk.statistics.facts(AT, shop.at)
    assert figures(facts.calls, facts.handled).abandoned == 1
    sound(shop)


def test_telling_it_again_changes_nothing(shop: Shop) -> None:
    handed_over(shop)
    tell = shop.desk.delivery
    for news in (tell.answered, tell.left):
        assert news("one")
        events = len(shop.events())
        assert news("one")
        assert len(shop.events()) == events
    assert tell.answered("one")  # late: it is over
    assert tell.returned("one")
    assert tell.redirecting("one", "103")
    assert len(shop.events()) == events
    sound(shop)


def test_of_a_call_that_is_not_known_nothing_is_noted(shop: Shop) -> None:
    tell = shop.desk.delivery
    assert not tell.answered("nobody")
    assert not tell.left("nobody")
    assert not tell.returned("nobody")
    assert not tell.redirecting("nobody", "103")
    assert shop.events() == []


def test_an_offer_at_the_desk_is_taken_back_when_a_telephone_answers(shop: Shop) -> None:
    handed_over(shop)
    shop.operator("anna")
    shop.desk.timekeeper.tick()
    offer = shop.offer()
    other = shop.call("other")
    shop.desk.delivery.answered("one")
    assert shop.desk.reservations.get(offer.id).state is ReservationState.RESCINDED
    assert shop.offered() == other.key
    with pytest.raises(StateConflictError):
        shop.desk.reservations.accept(offer.id)
    sound(shop)


def test_who_has_accepted_at_the_desk_keeps_the_call(shop: Shop) -> None:
    task = handed_over(shop)
    shop.operator("anna")
    shop.desk.timekeeper.tick()
    shop.accept()
    shop.desk.delivery.answered("one")
    assert "task.answered" not in shop.kinds()
    shop.desk.delivery.left("one")
    assert shop.task(task).state is TaskState.WRAPPING
    sound(shop)


def test_a_talk_outside_is_not_moved_from_here(shop: Shop) -> None:
    task = handed_over(shop)
    shop.desk.delivery.answered("one")
    for move in (
        lambda: shop.desk.tasks.redirect(task.id, "103"),
        lambda: shop.desk.tasks.move(task.id, "health"),
    ):
        with pytest.raises(StateConflictError, match="not with this desk"):
            move()
    sound(shop)


def test_a_talk_whose_end_nobody_tells_is_over_some_day(shop: Shop) -> None:
    task = handed_over(shop)
    shop.desk.delivery.answered("one")
    shop.pass_by(LONGEST_TALK.total_seconds() - 1)
    assert shop.task(task).state is TaskState.ASSIGNED
    shop.pass_by(1)
    assert shop.task(task).ending is Ending.ANSWERED
    sound(shop)


def test_who_comes_back_unanswered_keeps_the_place(shop: Shop) -> None:
    first, second = handed_over(shop, "one"), handed_over(shop, "two")
    shop.desk.delivery.answered("one")  # an operator who hung up before a word was said
    assert shop.desk.tasks.position(second.id) == 1
    shop.desk.delivery.returned("one")
    assert shop.desk.tasks.position(first.id) == 1
    assert shop.desk.tasks.position(second.id) == 2
    sound(shop)
    shop.store.hand_over("one", "complaints", BRIEF, shop.at)
    assert [task.id for task in shop.desk.tasks.of_call("one")] == [first.id]


def test_a_place_is_held_while_the_outside_number_rings(shop: Shop) -> None:
    first, second = handed_over(shop, "one"), handed_over(shop, "two")
    shop.desk.delivery.redirecting("one", "103")
    assert (shop.task(first).held_for, shop.task(first).held_to) == ("redirect", "103")
    shop.operator("anna")
    shop.desk.timekeeper.tick()
    assert shop.offered() == second.key
    shop.desk.delivery.returned("one")
    assert shop.task(first).held_for is None
    assert shop.desk.tasks.position(first.id) == 1
    sound(shop)


@pytest.mark.parametrize("rings_s", [5, 60])
def test_an_outside_number_that_answers_has_the_call(shop: Shop, rings_s: float) -> None:
    """Also later than the place is held."""
    task = handed_over(shop)
    shop.store.begin_call("one", shop.at)  # nobody answered in the queue
    shop.store.end_call("one", "redirected", shop.at)
    shop.desk.delivery.redirecting("one", "103")
    shop.pass_by(rings_s)
    shop.desk.delivery.answered("one")
    ended = shop.task(task)
    assert (ended.state, ended.ending) == (TaskState.COMPLETED, Ending.REDIRECTED)
    sound(shop)


def test_a_redirect_that_was_never_in_a_queue_is_told_by_its_events(shop: Shop) -> None:
    shop.store.begin_call("one", shop.at)
    shop.store.end_call("one", "redirected", shop.at)
    for _ in range(2):
        assert shop.desk.delivery.answered("one")
    assert shop.desk.delivery.left("one")
    assert shop.kinds() == ["call.started", "call.ended", "call.redirect_answered"]
    sound(shop)


def test_a_promised_call_back_outlives_the_call(shop: Shop) -> None:
    shop.store.begin_call("one", shop.at, caller=PHONE)
    shop.store.hand_over("one", "callback", BRIEF, shop.at)
    shop.desk.delivery.answered("one")
    shop.desk.delivery.left("one")
    assert [task.ending for task in shop.desk.tasks.of_call("one")] == [None]


def test_who_came_back_from_the_queue_and_was_promised_a_call_back_gets_it(shop: Shop) -> None:
    waiting = handed_over(shop)
    shop.desk.delivery.returned("one")
    promise = {**BRIEF, "slots": {"phone": PHONE}}
    for _ in range(2):
        shop.store.hand_over("one", "callback", promise, shop.at)
    assert shop.kinds().count("task.callback_agreed") == 1
    shop.desk.delivery.left("one")
    assert shop.task(waiting).ending is Ending.CALLBACK
    kinds = {task.kind: task for task in shop.desk.tasks.of_call("one")}
    assert kinds[TaskKind.CALLBACK].phone == PHONE
    assert kinds[TaskKind.CALLBACK].continues == waiting.id
    assert kinds[TaskKind.CALLBACK].brief == promise
    sound(shop)
