"""Position and estimated wait of callers who wait, from the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue.candidates import staffed
from routing.queue.changes import found
from routing.queue.estimate import QueueState, WaitEstimate, estimate, patience
from routing.queue.matching import lane_of
from routing.queue.states import Ending, OperatorState, TaskKind, TaskState
from routing.queue.tasks import people_ahead
from routing.store import Store
from routing.tables import ReservationRow, TaskRow

_LAST: Final = 50
"""So many last calls are looked at."""


@dataclass(frozen=True)
class Place:
    """Where a caller stands."""

    position: int
    """From 1."""
    wait: WaitEstimate | None
    """None where there is nothing to base it on: then it is not announced."""


class Estimates:
    """What a waiting caller may be told. Blocks for milliseconds; thread-safe."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def place(self, task_id: str) -> Place | None:
        """Position and estimated wait; None for a task that does not wait.

        Raises:
            NotFoundError: there is no such task.
            StoreError: the database failed.
        """
        now = self._now()
        with self._store.reading() as session:
            row = found(session.get(TaskRow, task_id), "task", task_id)
            if row.state not in (TaskState.PENDING, TaskState.RESERVED):
                return None
            ahead = people_ahead(session, row)
            return Place(ahead + 1, estimate(self._state(session, row, ahead, now)))

    def _state(self, session: Session, row: TaskRow, ahead: int, now: datetime) -> QueueState:
        staff = staffed(session, lane_of(row.lane), now)
        waits = session.execute(
            select(TaskRow.created_at, TaskRow.answered_at, TaskRow.ended_at, TaskRow.ending)
            .where(
                TaskRow.queue == row.queue,
                TaskRow.kind == TaskKind.CALL.value,
                TaskRow.ended_at.is_not(None),
            )
            .order_by(TaskRow.ended_at.desc())
            .limit(_LAST)
        ).all()
        spent = [((w.answered_at or w.ended_at) - w.created_at).total_seconds() for w in waits]
        left = sum(w.answered_at is None and w.ending == Ending.HUNG_UP for w in waits)
        return QueueState(
            ahead,
            len(staff),
            staff.count(OperatorState.AVAILABLE),
            _handling(session, row.queue),
            [s for s, w in zip(spent, waits, strict=True) if w.answered_at is not None],
            patience(sum(spent), left),
        )


def _handling(session: Session, queue: str) -> list[float]:
    """Talk and wrap-up of the last calls of a queue (s)."""
    rows = session.execute(
        select(ReservationRow.accepted_at, ReservationRow.ended_at)
        .join(TaskRow, TaskRow.id == ReservationRow.task_id)
        .where(
            TaskRow.queue == queue,
            ReservationRow.accepted_at.is_not(None),
            ReservationRow.ended_at.is_not(None),
        )
        .order_by(ReservationRow.ended_at.desc())
        .limit(_LAST)
    )
    return [max(0.0, (row.ended_at - row.accepted_at).total_seconds()) for row in rows]
