"""Who may take which call, who goes first, and what is done for those who wait long."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from bench.queue_people import Agent, month_of_calls
from bench.queue_policies import Asterisk, Ours
from bench.queue_simulation import Centre
from routing.errors import RulesError
from routing.queue.candidates import shortlist
from routing.queue.figures import jain
from routing.queue.intake import take_in
from routing.queue.invariants import check_store
from routing.queue.matching import OperatorKind
from routing.queue.records import NewTask, Organisation, Site
from routing.queue.rules import OverflowAction, OverflowStep, QueueRules
from routing.queue.states import Activity, Ending, OperatorState, TaskKind, TaskState
from routing.queue.strategies import STRATEGIES, Candidate
from routing.request_records import RequestRecords
from routing.requests import NewRequest, RequestKind
from routing.tables import OperatorRow
from tests.routing.shop import AT, PHONE, Shop


def test_a_medical_call_does_not_go_to_a_volunteer_without_that_topic(shop: Shop) -> None:
    shop.operator("vera", kind=OperatorKind.VOLUNTEER)
    shop.operator("grisha", kind=OperatorKind.VOLUNTEER, topics=("social_benefits",))
    shop.call("medical", topic="covid_info")
    assert shop.offered("vera") is shop.offered("grisha") is None
    shop.call("social", topic="social_benefits")
    assert shop.offered("grisha") == "social"
    assert shop.offered("vera") is None


def test_an_operator_whose_agreement_has_ended_gets_no_calls(shop: Shop) -> None:
    shop.operator("anna", agreement_until=date(2026, 11, 23))
    shop.operator("boris", agreement_until=date(2026, 11, 24), available=False)
    shop.call()
    assert shop.offered("anna") is None
    shop.desk.operators.set_activity("boris", Activity.AVAILABLE)
    assert shop.offered("boris") == "call"


def test_a_disabled_operator_gets_no_calls(shop: Shop) -> None:
    shop.operator("anna", disabled=True)
    shop.call()
    assert shop.offered("anna") is None


def test_skills_count_with_their_levels(shop: Shop) -> None:
    shop.operator("anna", skills={"medicine": 4})
    shop.call("hard", skills={"medicine": 5})
    assert shop.offered("anna") is None
    shop.operator("boris", skills={"medicine": 5})
    assert shop.offered("boris") == "hard"


def test_the_best_skilled_goes_first_where_the_rules_say_so(shop: Shop) -> None:
    shop.queue("health", strategy="skill_level", skills={"medicine": 1})
    shop.operator("anna", skills={"medicine": 3})
    shop.operator("boris", skills={"medicine": 8})
    shop.call(queue="health")
    assert shop.offered("boris") == "call"


def test_a_call_reaches_an_operator_of_another_site_with_the_same_brief(shop: Shop) -> None:
    """1.2: a territorially distributed centre is one queue."""
    directory = shop.desk.directory
    directory.put_organisation(Organisation("social", "Министерство социального развития"))
    for site in ("perm", "kungur"):
        directory.put_site(Site(site, "social", site))
    steps = (OverflowStep(30, OverflowAction.SITE),)
    shop.queue("support", organisation="social", overflow=steps)
    shop.operator("anna", site="kungur", organisation="social")
    brief = {"topic": "social_benefits", "slots": {"child": "second"}}
    task = shop.call(queue="support", site="perm", topic="social_benefits", brief=brief)
    assert shop.offered("anna") is None
    shop.pass_by(31)
    assert shop.offered("anna") == "call"
    assert shop.desk.tasks.get(shop.offer("anna").task_id).brief == brief
    assert shop.task(task).organisation == "social"


def test_overflow_lowers_the_level_and_then_drops_the_skill(shop: Shop) -> None:
    steps = (
        OverflowStep(30, OverflowAction.WIDEN),
        OverflowStep(60, OverflowAction.WIDEN, drop=("medicine",)),
    )
    shop.queue("health", skills={"medicine": 7}, overflow=steps)
    shop.operator("anna", skills={"medicine": 2})
    shop.operator("boris")
    shop.call("first", "health")
    shop.call("second", "health")
    shop.pass_by(31)
    assert (shop.offered("anna"), shop.offered("boris")) == ("first", None)
    shop.accept("anna")
    shop.pass_by(30)
    assert shop.offered("boris") == "second"


def test_overflow_goes_to_another_organisation_only_while_it_is_open(store_url: str) -> None:
    opened = {"neighbour": False}
    shop = Shop(store_url, open_at=lambda at, queue: opened.get(queue, True))
    steps = (
        OverflowStep(30, OverflowAction.QUEUE, queue="neighbour"),
        OverflowStep(60, OverflowAction.QUEUE, queue="neighbour"),
    )
    shop.desk.directory.put_organisation(Organisation("other", "Соседи"))
    shop.queue("general", overflow=steps)
    shop.queue("neighbour", organisation="other")
    task = shop.call(brief={"topic": "operator"})
    shop.pass_by(31)
    assert shop.task(task).queue == "general"
    opened["neighbour"] = True
    shop.pass_by(30)
    moved = shop.task(task)
    assert (moved.queue, moved.organisation) == ("neighbour", "other")
    assert moved.brief == {"topic": "operator"}
    shop.close()


def test_who_waits_long_and_agreed_is_called_back_others_are_asked(shop: Shop) -> None:
    shop.queue(overflow=(OverflowStep(120, OverflowAction.CALLBACK),))
    agreed = shop.call("agreed", phone=PHONE, callback_agreed=True)
    asked = shop.call("asked", phone=PHONE)
    shop.pass_by(121)
    assert shop.task(agreed).ending is Ending.CALLBACK
    assert shop.task(asked).state is TaskState.PENDING
    offers = [event for event in shop.events() if event.kind == "task.callback_offered"]
    assert [event.task_id for event in offers] == [asked.id]


def test_a_deadline_puts_a_call_ahead_of_everybody(shop: Shop) -> None:
    shop.call("important", priority=9)
    urgent = shop.call("urgent", deadline=shop.at + timedelta(seconds=60))
    assert shop.desk.tasks.position(urgent.id) == 2
    shop.pass_by(61)
    assert shop.desk.tasks.position(urgent.id) == 1


def test_who_calls_again_after_waiting_in_vain_goes_ahead(shop: Shop) -> None:
    first = shop.call("gives up", phone=PHONE)
    shop.desk.tasks.caller_left(first.id)
    shop.call("somebody else")
    again = shop.call("again", phone="8" + PHONE[1:])
    assert shop.desk.tasks.position(again.id) == 1
    shop.pass_by(4000)
    shop.desk.tasks.caller_left(again.id)
    shop.pass_by(4000)
    late = shop.call("much later", phone=PHONE)
    assert shop.desk.tasks.position(late.id) == 2


def test_an_after_hours_call_becomes_a_call_back_in_the_morning(shop: Shop) -> None:
    shop.store.begin_call("night", AT, caller=PHONE)
    shop.store.hand_over("night", "callback", {"topic": "covid_info"}, AT)
    (promised,) = shop.desk.tasks.of_call("night")
    assert (promised.kind, promised.phone) == (TaskKind.CALLBACK, PHONE)
    shop.operator("anna")
    assert shop.offer().task_id == promised.id
    shop.accept()
    shop.complete()
    assert shop.task(promised).ending is Ending.ANSWERED


def test_a_call_back_that_a_flow_promised_reaches_an_operator(shop: Shop) -> None:
    shop.store.begin_call("one", AT)
    request = NewRequest("one:callback:1", RequestKind.CALLBACK, "one", AT, {"topic": "x"}, PHONE)
    for _ in range(2):  # a repetition stays one
        RequestRecords(shop.store).keep(request, AT)
    shop.store.end_call("one", "callback", AT)
    shop.operator("anna", available=False)
    shop.pass_by(1)
    shop.desk.operators.set_activity("anna", Activity.AVAILABLE)
    (promised,) = shop.desk.tasks.of_call("one")
    assert shop.offer().task_id == promised.id
    assert (promised.kind, promised.phone, promised.topic) == (TaskKind.CALLBACK, PHONE, "x")
    assert check_store(shop.store, shop.at) == []


def test_a_promise_that_nobody_keeps_is_noticed(shop: Shop) -> None:
    shop.store.begin_call("one", AT)
    shop.store.end_call("one", "callback", AT)
    shop.store.begin_call("two", AT)
    (violation,) = check_store(shop.store, AT)
    assert (violation.rule, violation.id) == ("a promised call-back is a task", "one")
    later = check_store(shop.store, AT + timedelta(hours=5))
    assert [v.id for v in later] == ["one", "two"]


def test_a_ministry_sees_its_own_calls_only(shop: Shop) -> None:
    """3.2.11."""
    for name in ("minzdrav", "minsoc"):
        shop.desk.directory.put_organisation(Organisation(name, name))
        shop.queue(name, organisation=name)
        shop.call(f"to-{name}", name)
    listed = shop.desk.tasks.listing(organisation="minzdrav")
    assert [task.key for task in listed] == ["to-minzdrav"]
    assert {e.organisation for e in shop.desk.events.after(0, organisation="minsoc")} == {"minsoc"}
    span = AT - timedelta(hours=1), AT + timedelta(hours=1)
    assert shop.desk.statistics.report(*span, organisation="minsoc").total.offered == 1


def test_a_tired_operator_rests_after_a_call(shop: Shop) -> None:
    shop.queue(wrap_up_s=10, max_occupancy=0.5, rest_s=60)
    shop.operator("anna")
    shop.call("long")
    shop.accept()
    shop.pass_by(2000)
    shop.desk.reservations.end_talk(shop.offer().id)
    shop.pass_by(11)
    assert shop.desk.operators.get("anna").state is OperatorState.WRAP_UP
    shop.pass_by(60)
    assert shop.desk.operators.get("anna").state is OperatorState.AVAILABLE


def test_equal_operators_work_evenly_and_more_so_than_by_chance() -> None:
    """4.4.1: Jain's index of occupancy is 0.95 or more, and above that of random choice."""

    def evenness(policy: Ours | Asterisk) -> float:
        calls = month_of_calls(2, 600, 180, 1, bursty=False)
        agents = [Agent(f"o{n:02}", n, lambda day: True) for n in range(12)]
        outcome = Centre(calls, agents, policy, 1).run(2)
        assert outcome.lost == 0
        return jain([agent.worked_s / agent.staffed_s for agent in agents]) or 0.0

    for strategy in ("least_occupied", "longest_idle"):
        assert evenness(Ours(strategy)) >= 0.97
        assert evenness(Ours(strategy)) > evenness(Asterisk("random"))


def test_strategies_order_by_what_they_say() -> None:
    fresh = Candidate("fresh", idle_since=90, worked_s=10, staffed_s=100, last_offer_us=3)
    tired = Candidate("tired", idle_since=1, worked_s=90, staffed_s=100, last_offer_us=2)
    new = Candidate("new", idle_since=100, worked_s=0, staffed_s=0, last_offer_us=1)

    def first(strategy: str) -> str:
        key = STRATEGIES[strategy].key
        return min([fresh, tired, new], key=lambda one: key(one, {})).id

    assert first("longest_idle") == "tired"
    assert first("least_occupied") == "new"
    assert first("round_robin") == "new"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_database_orders_operators_as_the_strategies_do(shop: Shop, strategy: str) -> None:
    """One definition, twice evaluated: on columns by the database, on values by the simulation."""
    rng = random.Random(122)
    shop.queue("health", strategy=strategy, skills={"medicine": 2, "law.civil": 1})
    needs = {"medicine": 2, "law.civil": 1}
    known = []
    for number in range(40):
        name = f"o{number:02}"
        skills = {"medicine": rng.randint(1, 4), "law.civil": rng.randint(1, 2)}
        shop.operator(name, skills=skills, available=False)
        staffed = rng.choice([0, 100, 1000])
        one = Candidate(
            name, rng.randint(1, 9), rng.choice([0, 40, 90]), rng.choice([0, 30]), staffed,
            rng.randint(0, 5), skills,
        )  # fmt: skip
        if skills["medicine"] >= 2:
            known.append(one)
        with shop.store.transaction() as session:
            row = session.get_one(OperatorRow, name)
            row.state = row.activity = "available"
            row.since, row.idle_since = shop.at, AT - timedelta(days=1 - one.idle_since / 1e5)
            row.worked_s, row.talked_s, row.staffed_s = one.worked_s, one.talked_s, staffed
            row.last_offer_us = one.last_offer_us
    with shop.store.transaction() as session:
        task, _ = take_in(session, NewTask("call", "health"), shop.at, shop.store.sealer)
    found: list[str] = []
    with shop.store.reading() as session:
        while page := shortlist(session, task, shop.at, found):
            found += page
    key = STRATEGIES[strategy].key
    assert found == [one.id for one in sorted(known, key=lambda one: key(one, needs))]


def test_those_whom_no_topic_fits_do_not_hide_the_one_behind_them(shop: Shop) -> None:
    for number in range(20):
        shop.operator(f"o{number:02}", topics=("benefits",))
    shop.pass_by(60)
    shop.operator("zoya")
    shop.call(topic="vaccination")
    assert shop.offered("zoya") == "call"


@pytest.mark.parametrize(
    "wrong",
    [
        {"offer_s": 0},
        {"priority": 11},
        {"skills": {"medicine": 11}},
        {"max_occupancy": 1.5},
        {"unknown": 1},
        {"offer_s": "soon"},
        {"offer_s": None},
        {"break_after_no_answer": "maybe"},
        {"strategy": ["least_occupied"]},
        {"skills": ["medicine"]},
        {"callback_attempts": 1.5},
        {"callback_retry_s": 1e308},
        {"overflow": 5},
        {"overflow": ["site"]},
        {"overflow": [{"after_s": 1e308, "action": "site"}]},
        {"overflow": [{"after_s": 60, "action": "site", "then": "fly"}]},
        {"overflow": [{"after_s": 60, "action": "queue"}]},
        {"overflow": [{"after_s": 60, "action": "fly"}]},
        {"overflow": [{"after_s": 60, "action": "site"}, {"after_s": 30, "action": "site"}]},
    ],
)
def test_rules_out_of_their_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RulesError):
        QueueRules.from_json(wrong)


def test_rules_survive_the_way_through_the_store(shop: Shop) -> None:
    steps = (OverflowStep(30, OverflowAction.WIDEN, drop=("a",)),)
    shop.queue("health", overflow=steps, wrap_up_s=12)
    assert shop.desk.directory.queue("health").rules == QueueRules(overflow=steps, wrap_up_s=12)
    with pytest.raises(RulesError, match="longest_idle"):
        shop.queue("health", strategy="by_name")
