"""What must always be true, checked on the store as it stands and on its events.

Nobody is lost: every call ends as answered, resolved by the assistant, redirected and answered,
called back, or hung up by the caller; and what has not ended is where somebody takes care of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from routing.events import Event
from routing.queue.states import IN_CALL, Ending, ReservationState, TaskState
from routing.store import Store
from routing.tables import CallRow, OperatorRow, ReservationRow, TaskRow

_HELD_BY: Final = {
    ReservationState.PENDING: (TaskState.RESERVED, "reserved"),
    ReservationState.ACCEPTED: (TaskState.ASSIGNED, "busy"),
}
"""Reservation -> the states that its task and operator must have."""
_OPEN: Final = [s.value for s in (*_HELD_BY, ReservationState.WRAPPING)]
OUTCOMES: Final = frozenset({"resolved", "redirected", "caller_hung_up", "handed_over", "callback"})
"""How the assistant's part of a call may end; a call handed over ends as its task does."""
STALE: Final = timedelta(hours=4)
"""A call that goes on for longer was left behind by a crash: its caller is not on the line."""


@dataclass(frozen=True)
class Violation:
    """Something that must not be."""

    rule: str
    """Which rule is broken."""
    id: str
    """Of the call, task, reservation or operator."""
    detail: str


def check_store(store: Store, now: datetime) -> list[Violation]:
    """Every broken rule; empty when all is well."""
    with store.reading() as session:
        return [
            *_tasks(session),
            *_reservations(session),
            *_operators(session),
            *_calls(session, now),
        ]


def _tasks(session: Session) -> Iterable[Violation]:
    held = exists().where(
        ReservationRow.id == TaskRow.reservation_id, ReservationRow.state.in_(_OPEN)
    )
    outside = (TaskRow.state == TaskState.ASSIGNED.value) & TaskRow.reservation_id.is_(None)
    with_operator = [TaskState.RESERVED, TaskState.ASSIGNED, TaskState.WRAPPING]
    alone = select(TaskRow.id).where(TaskRow.state.in_(with_operator), ~held, ~outside)
    for task_id in session.scalars(alone):
        yield Violation("a task that is with an operator has a reservation", task_id, "none")
    later = aliased(TaskRow)
    dropped = select(TaskRow.id).where(
        TaskRow.ending == Ending.CALLBACK.value, ~exists().where(later.continues == TaskRow.id)
    )
    for task_id in session.scalars(dropped):
        yield Violation("a promised call-back is a task", task_id, "nothing continues it")
    stuck = select(TaskRow.id).where(TaskRow.held_for.is_not(None), TaskRow.next_due_at.is_(None))
    for task_id in session.scalars(stuck):
        yield Violation("a hold ends", task_id, "held without end")
    endless = TaskRow.answered_at.is_(None) | TaskRow.next_due_at.is_(None)
    for task_id in session.scalars(select(TaskRow.id).where(outside, endless)):
        yield Violation("a talk outside the desk ends", task_id, "not answered, or without end")


def _reservations(session: Session) -> Iterable[Violation]:
    for row in session.execute(
        select(
            ReservationRow.id,
            ReservationRow.state,
            TaskRow.state.label("task"),
            OperatorRow.state.label("operator"),
        )
        .join(TaskRow, TaskRow.id == ReservationRow.task_id)
        .join(OperatorRow, OperatorRow.id == ReservationRow.operator_id)
        .where(ReservationRow.state.in_([state.value for state in _HELD_BY]))
    ):
        if (row.task, row.operator) != _HELD_BY[ReservationState(row.state)]:
            yield Violation(
                "a reservation, its task and its operator agree",
                row.id,
                f"{row.state}, {row.task}, {row.operator}",
            )


def _operators(session: Session) -> Iterable[Violation]:
    held = exists().where(
        ReservationRow.operator_id == OperatorRow.id, ReservationRow.state.in_(_OPEN)
    )
    busy = [state.value for state in IN_CALL]
    for row in session.execute(
        select(OperatorRow.id, OperatorRow.state).where(OperatorRow.state.in_(busy) != held)
    ):
        yield Violation("an operator in a call has a reservation", row.id, row.state)


def _calls(session: Session, now: datetime) -> Iterable[Violation]:
    queued = exists().where(TaskRow.call_id == CallRow.id)
    calls = select(CallRow.id).where(~queued)
    for call_id in session.scalars(calls.where(CallRow.outcome == "handed_over")):
        yield Violation("a call that is handed over is in the queue", call_id, "no task")
    for call_id in session.scalars(calls.where(CallRow.outcome == "callback")):
        yield Violation("a promised call-back is a task", call_id, "no task")
    left = calls.where(CallRow.ended_at.is_(None), CallRow.started_at < now - STALE)
    for call_id in session.scalars(left):
        yield Violation("a call ends", call_id, "neither ended nor in the queue")
    odd = calls.where(CallRow.outcome.is_not(None), CallRow.outcome.not_in(OUTCOMES))
    for call_id in session.scalars(odd):
        yield Violation("a call has an allowed ending", call_id, "an unknown outcome")


@dataclass
class EventCheck:
    """Checks the story that the events tell: feed it all of them, in order."""

    violations: list[Violation] = field(default_factory=list)
    _seq: int = 0
    _holder: dict[str, str] = field(default_factory=dict)
    """Task -> the reservation that has it."""
    _busy: dict[str, str] = field(default_factory=dict)
    """Operator -> the reservation under way."""
    _ended: set[str] = field(default_factory=set)
    _accepted: set[str] = field(default_factory=set)

    def feed(self, events: Iterable[Event]) -> EventCheck:
        """Take in what happened next."""
        for event in events:
            if event.seq != self._seq + 1:
                self._note("events have no gaps", str(event.seq), f"after {self._seq}")
            self._seq = event.seq
            self._take(event)
        return self

    def _take(self, event: Event) -> None:
        task, operator = event.task_id or "", event.operator_id or ""
        if task in self._ended and event.kind.startswith("task."):
            self._note("an ended task stays as it is", task, event.kind)
        if event.kind == "task.ended":
            self._ended.add(task)
        if event.kind == "task.answered" and task in self._holder:
            self._note("two operators do not answer one call", task, self._holder[task])
        if not event.kind.startswith("reservation."):
            return
        reservation = event.data["reservation_id"]
        match event.kind.removeprefix("reservation."):
            case "created":
                if task in self._holder:
                    self._note("one offer at a time for a task", task, reservation)
                if operator in self._busy:
                    self._note("one offer at a time for an operator", operator, reservation)
                self._holder[task], self._busy[operator] = reservation, reservation
            case "accepted":
                if reservation in self._accepted or self._holder.get(task) != reservation:
                    self._note("two operators do not answer one call", task, reservation)
                self._accepted.add(reservation)
            case "wrapping":
                self._holder.pop(task, None)
            case _:
                if self._holder.get(task) == reservation:
                    del self._holder[task]
                self._busy.pop(operator, None)

    def _note(self, rule: str, id_: str, detail: str) -> None:
        self.violations.append(Violation(rule, id_, detail))
