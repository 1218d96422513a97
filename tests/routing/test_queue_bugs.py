"""Bugs that other queue engines are known for, each with the test that we do not have it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.errors import StateConflictError
from routing.queue.states import Activity, OperatorState, TaskState
from tests.routing.shop import Shop


def test_wrap_up_skipped_for_an_operator_in_several_queues(shop: Shop) -> None:
    for queue in ("health", "complaints"):
        shop.queue(queue, wrap_up_s=30)
    shop.operator("anna", queues=("health", "complaints"))
    shop.call("first", "health")
    shop.accept()
    shop.desk.reservations.end_talk(shop.offer().id)
    shop.call("second", "complaints")
    shop.pass_by(29)
    assert shop.offered() == "first"
    assert shop.desk.operators.get("anna").state is OperatorState.WRAP_UP
    shop.pass_by(2)
    assert shop.offered() == "second"


def test_two_operators_answer_one_call(shop: Shop) -> None:
    names = [f"o{n}" for n in range(6)]
    for name in names:
        shop.operator(name, available=False)
    task = shop.call()
    with ThreadPoolExecutor(6) as pool:  # all come in at the same moment
        list(pool.map(lambda n: shop.desk.operators.set_activity(n, Activity.AVAILABLE), names))
    (offer,) = shop.desk.reservations.of_task(task.id)

    def accept(_: int) -> bool:
        try:
            shop.desk.reservations.accept(offer.id)
        except StateConflictError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(accept, range(6))) == 1
    states = [shop.desk.operators.get(name).state for name in names]
    assert states.count(OperatorState.BUSY) == 1


def test_a_call_starved_by_weights(shop: Shop) -> None:
    """A low priority waits at most (difference of priorities) x ageing longer, whoever comes."""
    shop.queue(ageing_s=60)
    patient = shop.call("patient", priority=0)
    waited, served = 0, []
    shop.operator("anna", available=False)
    for n in range(20):
        shop.call(f"important-{n}", priority=5)
        shop.desk.operators.set_activity("anna", Activity.AVAILABLE)
        served.append(shop.offered())
        shop.accept()
        shop.desk.operators.set_activity("anna", Activity.BREAK)
        shop.complete()
        if served[-1] == "patient":
            break
        shop.pass_by(30, tick=False)
        waited += 30
    assert served[-1] == "patient"
    assert waited <= 5 * 60 + 30
    assert shop.task(patient).answered_at is not None


def test_an_answered_call_stays_listed(shop: Shop) -> None:
    task, other = shop.call("first"), shop.call("second")
    shop.operator("anna")
    shop.accept()
    listed = shop.desk.tasks.listing(state=TaskState.PENDING)
    assert [item.key for item in listed] == ["second"]
    assert shop.desk.tasks.position(other.id) == 1
    assert shop.desk.tasks.position(task.id) is None
    assert [q.waiting for q in shop.desk.statistics.queues_now()] == [1]


def test_last_call_time_reset_by_a_transfer(shop: Shop) -> None:
    """Anna passes her call on to Boris; when Boris ends it, her idle time goes on from her part."""
    shop.queue("health", strategy="longest_idle", wrap_up_s=0)
    shop.queue("complaints", strategy="longest_idle", wrap_up_s=0)
    shop.operator("anna", queues=("health",))
    shop.operator("boris", queues=("complaints",))
    task = shop.call("transferred", "health")
    shop.accept("anna")
    shop.pass_by(60)
    shop.desk.tasks.move(task.id, "complaints")
    shop.pass_by(1)
    ended = shop.desk.operators.get("anna").idle_since
    shop.accept("boris")
    shop.pass_by(300)
    shop.complete("boris")
    assert shop.desk.operators.get("anna").idle_since == ended
    assert shop.desk.operators.get("boris").idle_since == shop.at


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_clock_that_jumps_changes_no_positions(shop: Shop, jump_s: int) -> None:
    before = [shop.call(f"before-{n}") for n in range(3)]
    shop.pass_by(jump_s)
    after = [shop.call(f"after-{n}") for n in range(3)]
    places = [shop.desk.tasks.position(task.id) for task in before + after]
    assert places == [1, 2, 3, 4, 5, 6]


def test_an_offer_made_before_the_clock_was_set_back_does_not_hang(shop: Shop) -> None:
    shop.operator("anna")
    shop.call()
    shop.operator("boris")
    assert shop.offered("anna") == "call"
    shop.pass_by(-3600)
    assert shop.offered("boris") == "call"
