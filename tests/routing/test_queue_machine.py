"""Whatever callers, operators and time do, in whatever order: nobody is lost, nothing doubles."""

from __future__ import annotations

import itertools
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from routing.errors import RefusedError, StateConflictError
from routing.queue.figures import figures
from routing.queue.invariants import EventCheck, check_store
from routing.queue.replay import Replay
from routing.queue.rules import OverflowAction, OverflowStep
from routing.queue.states import Activity, Ending, TaskKind, TaskState
from tests.routing.postgres import Postgres
from tests.routing.shop import PHONE, Shop

OPERATORS = ("anna", "boris", "vera")
QUEUES = ("general", "health")


class QueueMachine(RuleBasedStateMachine):
    """Drives the services; checks the store and its events after every step."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.shop = Shop(url)
        self.numbers = itertools.count()
        self.began = self.shop.at
        overflow = (
            OverflowStep(60, OverflowAction.QUEUE, queue="health"),
            OverflowStep(120, OverflowAction.CALLBACK),
        )
        self.shop.queue("general", overflow=overflow, callback_attempts=2, callback_retry_s=60)
        self.shop.queue("health", strategy="longest_idle")
        self.shop.operator("anna", available=False)
        self.shop.operator("boris", available=False, queues=("general",))
        self.shop.operator("vera", available=False, queues=("health",), skills={"medicine": 5})
        self.created: list[str] = []
        self.check, self.replay = EventCheck(), Replay()
        self.seen = 0

    def teardown(self) -> None:
        self.shop.close()

    @rule(
        queue=st.sampled_from(QUEUES),
        priority=st.integers(-2, 3),
        phone=st.sampled_from([None, PHONE]),
        agreed=st.booleans(),
        skills=st.sampled_from([{}, {"medicine": 3}]),
    )
    def call(
        self, queue: str, priority: int, phone: str | None, agreed: bool, skills: dict[str, int]
    ) -> None:
        key = f"c{next(self.numbers)}"
        task = self.shop.call(
            key,
            queue,
            call_id=key,
            priority=priority,
            phone=phone,
            callback_agreed=agreed,
            skills=skills,
        )
        self.created.append(task.id)

    @rule(operator=st.sampled_from(OPERATORS), activity=st.sampled_from(list(Activity)))
    def choose(self, operator: str, activity: Activity) -> None:
        self.shop.desk.operators.set_activity(operator, activity)

    @rule(
        operator=st.sampled_from(OPERATORS),
        does=st.sampled_from(["accept", "reject", "end_talk", "complete", "not_reached"]),
    )
    def act(self, operator: str, does: str) -> None:
        held = self.shop.desk.reservations.open_of(operator)
        if held is None:
            return
        try:
            if does == "not_reached":
                self.shop.desk.reservations.complete(held.id, reached=False)
            else:
                getattr(self.shop.desk.reservations, does)(held.id)
        except StateConflictError:
            pass

    @rule(
        number=st.integers(0, 30),
        does=st.sampled_from(
            ["caller_left", "redirect", "redirect_answered", "redirect_failed", "move", "promise"]
        ),
    )
    def happen(self, number: int, does: str) -> None:
        if number >= len(self.created):
            return
        task, tasks = self.created[number], self.shop.desk.tasks
        try:
            match does:
                case "redirect":
                    tasks.redirect(task, "103")
                case "move":
                    tasks.move(task, "general")
                case "promise":
                    tasks.promise_callback(task)
                case _:
                    getattr(tasks, does)(task)
        except (StateConflictError, RefusedError):
            pass

    @rule(
        number=st.integers(0, 30),
        does=st.sampled_from(["answered", "left", "returned", "redirecting"]),
    )
    def telephone_system_tells(self, number: int, does: str) -> None:
        delivery, call_id = self.shop.desk.delivery, f"c{number}"
        if does == "redirecting":
            delivery.redirecting(call_id, "103")
        else:
            getattr(delivery, does)(call_id)

    @rule(seconds=st.sampled_from([1, 25, 70, 3600, -600]))
    def wait(self, seconds: int) -> None:
        self.shop.pass_by(seconds)

    @invariant()
    def all_is_well(self) -> None:
        self.store_and_events_are_sound()
        self.no_task_is_lost()
        self.figures_from_events_are_the_live_ones()

    def store_and_events_are_sound(self) -> None:
        assert check_store(self.shop.store, self.shop.at) == []
        events = self.shop.desk.events.after(self.seen)
        self.seen += len(events)
        self.check.feed(events)
        self.replay.feed(events)
        assert self.check.violations == []

    def no_task_is_lost(self) -> None:
        tasks = {task.id: task for task in self.shop.desk.tasks.listing(limit=1000)}
        assert set(self.created) <= set(tasks)
        for task in tasks.values():
            ended = task.state in (TaskState.COMPLETED, TaskState.CANCELED)
            assert ended == (task.ending is not None)
            assert task.ending is not Ending.UNREACHED or task.kind is TaskKind.CALLBACK
        assert self.replay.states == {task.id: task.state for task in tasks.values()}

    def figures_from_events_are_the_live_ones(self) -> None:
        day = timedelta(days=400)
        live = self.shop.desk.statistics.facts(self.began - day, self.began + day)
        told = self.replay.facts(self.shop.at)
        assert set(told.calls) == set(live.calls)
        assert set(told.handled) == set(live.handled)
        assert figures(told.calls, told.handled) == figures(live.calls, live.handled)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_queue_keeps_its_promises(kind: str, request: pytest.FixtureRequest) -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count()

        def fresh() -> QueueMachine:
            if kind == "sqlite":
                return QueueMachine(f"sqlite:///{Path(folder) / f'{next(numbers)}.sqlite'}")
            server = request.getfixturevalue("postgres")
            assert isinstance(server, Postgres)
            return QueueMachine(server.new_database())

        run_state_machine_as_test(
            fresh,
            settings=settings(
                max_examples=15 if kind == "sqlite" else 4,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
