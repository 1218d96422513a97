"""Figures: a day with a known outcome, both definitions of the service level, Erlang C, waits."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from routing.erlang import Load, operators_needed, staffing, waiting_probability
from routing.errors import RulesError
from routing.queue.estimate import QueueState, estimate
from routing.queue.figures import Norms, OperatorTime, evenness, jain
from routing.queue.replay import Replay
from routing.queue.states import Activity
from routing.queue.statistics import By
from tests.routing.shop import AT, Shop


def known_day(shop: Shop) -> None:
    """Four answered (after 0, 10, 30 and 60 s), two gave up, one hung up at once.

    Anna takes 100 s for each, 80 of talk and 20 of the card.
    """
    shop.queue("health", wrap_up_s=20)
    shop.operator("anna", available=False)
    for n, wait_s in enumerate((0, 10, 30, 60)):
        task = shop.call(f"answered-{n}", "health", topic="vaccination_info")
        shop.pass_by(wait_s)
        shop.desk.operators.set_activity("anna", Activity.AVAILABLE)
        assert shop.offered() == task.key
        shop.accept()
        shop.desk.operators.set_activity("anna", Activity.BREAK)
        shop.pass_by(80)
        shop.desk.reservations.end_talk(shop.offer().id)
        shop.pass_by(20)
    for n, wait_s in enumerate((40, 40, 2)):
        task = shop.call(f"left-{n}", "health", topic="covid_info")
        shop.pass_by(wait_s)
        shop.desk.tasks.caller_left(task.id)


@pytest.fixture
def day(shop: Shop) -> Shop:
    known_day(shop)
    return shop


def test_a_known_day_gives_known_figures(day: Shop) -> None:
    report = day.desk.statistics.report(AT - timedelta(hours=1), AT + timedelta(hours=1))
    total = report.total
    assert (total.offered, total.answered, total.abandoned, total.short) == (7, 4, 2, 1)
    assert total.service_level == pytest.approx(2 / 6)
    assert total.service_level_answered == pytest.approx(2 / 4)
    assert total.asa_s == pytest.approx(25)
    assert total.aht_s == pytest.approx(100)
    assert total.talk_s == pytest.approx(80)
    assert total.abandonment == pytest.approx(2 / 6)
    assert total.meets_norm is False
    # The operator was ready for calls only while she worked: on a break otherwise.
    assert report.occupancy == pytest.approx(1.0)


def test_norms_are_settings(day: Shop) -> None:
    span = AT - timedelta(hours=1), AT + timedelta(hours=1)
    generous = Norms(target_s=60, target_share=0.6, short_abandon_s=0)
    total = day.desk.statistics.report(*span, norms=generous).total
    assert total.service_level == pytest.approx(4 / 7)
    assert total.meets_norm is False
    assert total.short == 0


def test_figures_come_by_interval_queue_topic_and_operator(day: Shop) -> None:
    span = AT - timedelta(hours=1), AT + timedelta(hours=1)
    report = day.desk.statistics.report
    assert {name: g.offered for name, g in report(*span, By.TOPIC).groups.items()} == {
        "covid_info": 3,
        "vaccination_info": 4,
    }
    assert report(*span, By.QUEUE).groups["health"].offered == 7
    assert report(*span, By.OPERATOR).groups["anna"].answered == 4
    intervals = report(*span, By.INTERVAL, interval_s=300).groups
    assert next(iter(intervals)) == "2026-11-24T10:00:00+05:00"
    assert sum(group.offered for group in intervals.values()) == 7


def test_a_report_is_a_document_and_a_table(day: Shop) -> None:
    report = day.desk.statistics.report(AT, AT + timedelta(hours=1), By.QUEUE)
    lines = report.to_csv().splitlines()
    assert lines[0].startswith("queue,offered,answered,in_target,abandoned")
    assert lines[1].startswith("health,7,4,2,2")
    assert report.to_json()["groups"]["health"]["asa_s"] == 25.0


def test_figures_from_events_are_those_of_the_tables(day: Shop) -> None:
    told = Replay().feed(day.events()).facts(day.at)
    live = day.desk.statistics.facts(AT - timedelta(hours=1), AT + timedelta(hours=1))
    assert set(told.calls) == set(live.calls)
    assert set(told.handled) == set(live.handled)
    anna = day.desk.operators.get("anna")
    assert told.operators["anna"].busy_s == pytest.approx(320)
    assert anna.talked_s == pytest.approx(320)
    assert told.operators["anna"].worked_s == pytest.approx(anna.worked_s)
    assert told.operators["anna"].staffed_s == pytest.approx(anna.staffed_s)


def test_containment_counts_calls_that_needed_no_operator(shop: Shop) -> None:
    for n in range(4):
        shop.store.begin_call(f"call-{n}", AT)
    for n in range(3):
        shop.store.end_call(f"call-{n}", "resolved", AT + timedelta(minutes=1))
    shop.store.hand_over("call-3", "general", {"topic": "operator"}, AT)
    report = shop.desk.statistics.report(AT - timedelta(hours=1), AT + timedelta(hours=1))
    assert (report.calls, report.contained, report.handed_over) == (4, 3, 1)
    assert report.containment == 0.75


def test_an_empty_span_is_refused_with_the_mend(shop: Shop) -> None:
    with pytest.raises(RulesError, match="later"):
        shop.desk.statistics.report(AT, AT)
    with pytest.raises(RulesError, match="divide a day"):
        shop.desk.statistics.report(AT, AT + timedelta(hours=1), By.INTERVAL, interval_s=7000)


def test_evenness_is_one_where_all_work_the_same() -> None:
    assert jain([0.5, 0.5, 0.5]) == pytest.approx(1)
    assert jain([1.0, 0, 0, 0]) == pytest.approx(0.25)
    assert evenness({"a": OperatorTime(available_s=10)}) is None


def test_erlang_c_agrees_with_the_published_example() -> None:
    """100 calls in half an hour, 3 minutes each, 14 operators, 20 s."""
    found = staffing(Load(100, 1800, 180), 14, 20)
    assert found.service_level == pytest.approx(0.888, abs=5e-4)
    assert found.asa_s == pytest.approx(7.8, abs=0.05)
    assert found.occupancy == pytest.approx(0.714, abs=5e-4)
    assert waiting_probability(10, 14) == pytest.approx(0.1741, abs=5e-4)


def test_staffing_names_the_fewest_operators_who_meet_the_norm() -> None:
    load = Load(100, 1800, 180)
    assert operators_needed(load, 0.8, 20).operators == 14
    assert staffing(load, 13, 20).service_level < 0.8
    assert staffing(load, 10, 20).asa_s == math.inf
    assert operators_needed(load, 0.8, 20, max_occupancy=0.65).operators == 16
    assert operators_needed(Load(0, 1800, 180), 0.8, 20).operators == 1
    with pytest.raises(RulesError):
        Load(-1, 1800, 180)


def test_a_wait_is_never_announced_without_data() -> None:
    assert estimate(QueueState(3, 5, 0)) is None
    assert estimate(QueueState(0, 0, 0, [180.0] * 9)) is None


def test_a_wait_follows_from_people_ahead_operators_and_handling_time() -> None:
    found = estimate(QueueState(ahead=3, operators=4, free=0, handling_s=[120.0] * 10))
    assert found is not None
    assert found.seconds == pytest.approx(4 * 120 / 4)
    assert (found.low_min, found.high_min) == (1, 3)
    sooner = estimate(QueueState(3, 4, 0, [120.0] * 10, patience_s=60))
    assert sooner is not None
    assert sooner.seconds < found.seconds


def test_without_handling_times_the_last_waits_are_taken() -> None:
    found = estimate(QueueState(2, 4, 0, waits_s=[60.0, 120.0, 180.0]))
    assert found is not None
    assert found.seconds == 120


def test_who_waits_hears_position_and_wait_once_there_are_figures(day: Shop) -> None:
    task = day.call("waits", "health")
    place = day.desk.estimates.place(task.id)
    assert place is not None
    assert (place.position, place.wait) == (1, None)  # the only operator is on a break
    day.desk.operators.set_activity("anna", Activity.AVAILABLE)
    day.accept()
    day.call("fifth-handled", "health")
    second = day.call("next", "health")
    day.pass_by(80)
    day.complete()
    day.accept()
    place = day.desk.estimates.place(second.id)
    assert place is not None
    assert place.wait is not None
    assert 30 < place.wait.seconds < 300
    assert day.desk.estimates.place(task.id) is None
