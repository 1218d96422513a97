"""Changes of state, checked: the only place that moves tasks, reservations and operators.

Everything here works within a transaction of the caller's. Rows are locked in one order, task,
reservation, operator, so that processes can wait for each other but never in a circle.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.errors import NotFoundError, StateConflictError
from routing.events import record
from routing.queue.states import (
    IN_CALL,
    RESERVATION_STEPS,
    TASK_STEPS,
    Ending,
    OperatorState,
    ReservationState,
    TaskState,
)
from routing.tables import OperatorRow, ReservationRow, TaskRow

_STAFFED: Final = frozenset({OperatorState.AVAILABLE, *IN_CALL})
_Row = TypeVar("_Row", TaskRow, OperatorRow, ReservationRow)
_WORKED: Final = frozenset({OperatorState.BUSY, OperatorState.WRAP_UP})


def locked_task(session: Session, task_id: str) -> TaskRow:
    """A task, for this transaction only.

    Raises:
        NotFoundError: there is none.
    """
    return found(_locked(session, TaskRow, task_id), "task", task_id)


def locked_operator(session: Session, operator_id: str) -> OperatorRow:
    """An operator, for this transaction only.

    Raises:
        NotFoundError: there is none.
    """
    return found(_locked(session, OperatorRow, operator_id), "operator", operator_id)


def locked_reservation(
    session: Session, reservation_id: str
) -> tuple[TaskRow, ReservationRow, OperatorRow]:
    """A reservation with its task and operator, for this transaction only.

    Raises:
        NotFoundError: there is none.
    """
    seen = found(session.get(ReservationRow, reservation_id), "reservation", reservation_id)
    task = locked_task(session, seen.task_id)
    row = _locked(session, ReservationRow, reservation_id)
    assert row is not None, "reservations are never deleted while their task is there"
    return task, row, locked_operator(session, row.operator_id)


def found(row: _Row | None, what: str, row_id: str) -> _Row:
    """The row that was looked for.

    Raises:
        NotFoundError: it is not there.
    """
    if row is None:
        raise NotFoundError(f"no {what} {row_id}")
    return row


def _locked(session: Session, table: type[_Row], row_id: str) -> _Row | None:
    """A row as it stands now, not as this transaction saw it before."""
    return session.scalar(
        select(table)
        .where(table.id == row_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def move_task(row: TaskRow, state: TaskState) -> None:
    """Let a task enter a state.

    Raises:
        StateConflictError: it may not follow the present one.
    """
    if state not in TASK_STEPS[TaskState(row.state)]:
        raise StateConflictError(f"task {row.id} is {row.state}: it cannot become {state}")
    row.state = state.value


def move_reservation(row: ReservationRow, state: ReservationState, now: datetime) -> None:
    """Let a reservation enter a state.

    Raises:
        StateConflictError: it may not follow the present one.
    """
    if state not in RESERVATION_STEPS[ReservationState(row.state)]:
        raise StateConflictError(f"reservation {row.id} is {row.state}: it cannot become {state}")
    row.state = state.value
    if not RESERVATION_STEPS[state]:
        row.ended_at = now


def move_operator(row: OperatorRow, state: OperatorState, now: datetime) -> None:
    """Let an operator enter a state, and count the time it spent in the last one."""
    before, spent = OperatorState(row.state), max(0.0, (now - row.since).total_seconds())
    if before in _STAFFED:
        row.staffed_s += spent
    if before in _WORKED:
        row.worked_s += spent
    if before is OperatorState.BUSY:
        row.talked_s += spent
    row.state, row.since = state.value, now


def release_operator(row: OperatorRow, now: datetime) -> None:
    """Let an operator be what it chose to be, now that no call holds it."""
    row.wrap_up_until = None
    move_operator(row, OperatorState(row.activity), now)


def end_task(session: Session, row: TaskRow, ending: Ending, now: datetime, **data: Any) -> None:
    """End a task; an ended one is never changed again."""
    done = ending in (Ending.ANSWERED, Ending.REDIRECTED, Ending.UNREACHED)
    move_task(row, TaskState.COMPLETED if done else TaskState.CANCELED)
    row.ending, row.ended_at = ending.value, now
    row.held_for = row.held_until = row.held_to = row.next_due_at = row.reservation_id = None
    record_task(session, row, now, "task.ended", ending=ending.value, **data)


def record_task(session: Session, row: TaskRow, now: datetime, kind: str, **data: Any) -> None:
    """Note a change of a task."""
    record(
        session,
        now,
        kind,
        call_id=row.call_id,
        task_id=row.id,
        organisation=row.organisation,
        task=row.state,
        queue=row.queue,
        **data,
    )


def record_reservation(
    session: Session,
    task: TaskRow,
    row: ReservationRow,
    operator: OperatorRow,
    now: datetime,
    kind: str,
    **data: Any,
) -> None:
    """Note a change of a reservation, with the states that its task and operator are in now."""
    record(
        session,
        now,
        kind,
        call_id=task.call_id,
        task_id=task.id,
        operator_id=operator.id,
        organisation=task.organisation,
        reservation_id=row.id,
        reservation=row.state,
        task=task.state,
        operator=operator.state,
        queue=task.queue,
        **data,
    )
