"""What operators do with offers: accept, reject, end the talk, complete."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.errors import StateConflictError
from routing.queue.changes import (
    end_task,
    found,
    locked_reservation,
    move_operator,
    move_reservation,
    move_task,
    record_reservation,
    release_operator,
)
from routing.queue.intake import CALLBACK, next_due
from routing.queue.queues import queue_in
from routing.queue.records import Reservation
from routing.queue.rows import reservation_of
from routing.queue.rules import QueueRules
from routing.queue.service import QueueService
from routing.queue.states import (
    Activity,
    Ending,
    OperatorState,
    ReservationState,
    TaskKind,
    TaskState,
)
from routing.tables import OperatorRow, ReservationRow, TaskRow

_OPEN = [s.value for s in (ReservationState.PENDING, ReservationState.ACCEPTED,
                           ReservationState.WRAPPING)]  # fmt: skip
_REST_AFTER_S = 1800.0
"""Occupancy says little about a shorter shift."""


class Reservations(QueueService):
    """Offers and what became of them."""

    def get(self, reservation_id: str) -> Reservation:
        """One reservation."""
        with self._store.reading() as session:
            return reservation_of(
                found(session.get(ReservationRow, reservation_id), "reservation", reservation_id)
            )

    def open_of(self, operator_id: str) -> Reservation | None:
        """What the operator is offered, or talks about, or wraps up; None if nothing."""
        with self._store.reading() as session:
            row = session.scalar(
                select(ReservationRow).where(
                    ReservationRow.operator_id == operator_id, ReservationRow.state.in_(_OPEN)
                )
            )
            return None if row is None else reservation_of(row)

    def of_task(self, task_id: str) -> list[Reservation]:
        """All offers of a task, oldest first."""
        with self._store.reading() as session:
            rows = session.scalars(
                select(ReservationRow)
                .where(ReservationRow.task_id == task_id)
                .order_by(ReservationRow.created_at, ReservationRow.id)
            )
            return [reservation_of(row) for row in rows]

    def accept(self, reservation_id: str) -> Reservation:
        """The operator takes the call: from now on it talks to the caller."""
        now = self._now()
        with self._store.transaction() as session:
            task, row, operator = locked_reservation(session, reservation_id)
            move_reservation(row, ReservationState.ACCEPTED, now)
            move_task(task, TaskState.ASSIGNED)
            move_operator(operator, OperatorState.BUSY, now)
            row.accepted_at = now
            task.next_due_at = None
            first = task.answered_at is None
            task.answered_at = task.answered_at or now
            waited_s = (now - task.created_at).total_seconds()
            record_reservation(
                session, task, row, operator, now, "reservation.accepted",
                task_kind=task.kind, first=first, waited_s=waited_s,
            )  # fmt: skip
            return reservation_of(row)

    def reject(self, reservation_id: str) -> Reservation:
        """The operator does not take it: the caller keeps the place and goes to another one."""
        return self._give_back(reservation_id, ReservationState.REJECTED)

    def expire(self, reservation_id: str) -> Reservation:
        """Nobody answered in time: the same, and the operator is put on a break."""
        return self._give_back(reservation_id, ReservationState.TIMEOUT)

    def rescind(self, reservation_id: str) -> Reservation:
        """Take the offer back: the operator went away."""
        return self._give_back(reservation_id, ReservationState.RESCINDED)

    def end_talk(self, reservation_id: str) -> Reservation:
        """The caller and the operator have parted; the operator finishes the card."""
        now = self._now()
        with self._store.transaction() as session:
            task, row, operator = locked_reservation(session, reservation_id)
            wrap_up(session, task, row, operator, now)
            move_task(task, TaskState.WRAPPING)
            record_reservation(session, task, row, operator, now, "reservation.wrapping",
                               talk_s=_talk_s(row))  # fmt: skip
            return reservation_of(row)

    def complete(self, reservation_id: str, *, reached: bool = True) -> Reservation:
        """The operator is done with the call and the card.

        Args:
            reached: of a call-back: whether the caller was reached. If not, the call-back is due
                again later, until the rules' number of attempts.
        """
        now = self._now()
        with self._store.transaction() as session:
            task, row, operator = locked_reservation(session, reservation_id)
            was_wrapping = row.state == ReservationState.WRAPPING
            move_reservation(row, ReservationState.COMPLETED, now)
            row.talk_ended_at = row.talk_ended_at or now
            operator.handled += 1
            if not was_wrapping:
                operator.idle_since = now
            release_operator(operator, now)
            mine = task.reservation_id == row.id
            again = mine and self._due_again(session, task, reached, now)
            record_reservation(
                session, task, row, operator, now, "reservation.completed",
                talk_s=_talk_s(row), reached=reached,
            )  # fmt: skip
            if mine and not again:
                ending = Ending.ANSWERED if reached else Ending.UNREACHED
                end_task(session, task, ending, now)
        self._dispatcher.serve_operator(operator.id)
        return reservation_of(row)

    def _due_again(self, session: Session, task: TaskRow, reached: bool, now: datetime) -> bool:
        if task.kind != TaskKind.CALLBACK:
            if not reached:
                raise StateConflictError("only a call-back can be completed as not reached")
            return False
        task.attempts += 1
        rules = _rules(session, task)
        if reached or task.attempts >= rules.callback_attempts:
            return False
        move_task(task, TaskState.PENDING)
        task.reservation_id = None
        task.held_for = CALLBACK
        task.held_until = now + timedelta(seconds=rules.callback_retry_s)
        task.next_due_at = task.held_until
        return True

    def _give_back(self, reservation_id: str, state: ReservationState) -> Reservation:
        now = self._now()
        with self._store.transaction() as session:
            task, row, operator = locked_reservation(session, reservation_id)
            give_back(session, task, row, operator, state, now)
            record_reservation(session, task, row, operator, now, f"reservation.{state.value}",
                               activity=operator.activity)  # fmt: skip
        self._dispatcher.serve_task(task.id)
        self._dispatcher.serve_operator(operator.id)
        return reservation_of(row)


def give_back(
    session: Session,
    task: TaskRow,
    row: ReservationRow,
    operator: OperatorRow,
    state: ReservationState,
    now: datetime,
) -> None:
    """End an offer that was not accepted; the task waits again at its place."""
    move_reservation(row, state, now)
    move_task(task, TaskState.PENDING)
    task.reservation_id = None
    task.next_due_at = next_due(session, task)
    rules = _rules(session, task)
    spared = (now + timedelta(seconds=rules.spare_s)).timestamp()
    task.declined = {**task.declined, operator.id: spared}
    if state is ReservationState.TIMEOUT and rules.break_after_no_answer:
        operator.activity = Activity.BREAK.value
    release_operator(operator, now)


def wrap_up(
    session: Session, task: TaskRow, row: ReservationRow, operator: OperatorRow, now: datetime
) -> None:
    """Let the operator finish the card: no queue offers it anything meanwhile."""
    move_reservation(row, ReservationState.WRAPPING, now)
    move_operator(operator, OperatorState.WRAP_UP, now)
    row.talk_ended_at = now
    operator.idle_since = now
    rules = _rules(session, task)
    seconds = rules.wrap_up_s
    tired = operator.worked_s > rules.max_occupancy * operator.staffed_s
    if operator.staffed_s > _REST_AFTER_S and tired:
        seconds += rules.rest_s
    operator.wrap_up_until = now + timedelta(seconds=seconds)


def _rules(session: Session, task: TaskRow) -> QueueRules:
    return queue_in(session, task.queue).rules


def _talk_s(row: ReservationRow) -> float:
    if row.accepted_at is None or row.talk_ended_at is None:
        return 0.0
    return max(0.0, (row.talk_ended_at - row.accepted_at).total_seconds())
