"""What is done for a caller who waits too long: the steps of the queue that it entered first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from routing.queue.changes import record_task
from routing.queue.intake import next_due
from routing.queue.matching import lane_of
from routing.queue.promises import promise
from routing.queue.queues import queue_in
from routing.queue.rules import OverflowAction, OverflowStep
from routing.queue.states import TaskKind, TaskState
from routing.sealing import Sealer
from routing.tables import TaskRow

OpenAt = Callable[[datetime, str], bool]
"""Whether a queue is served at a moment."""


def take_step(
    session: Session, row: TaskRow, now: datetime, open_at: OpenAt, sealer: Sealer
) -> None:
    """Take the next overflow step of a waiting task."""
    steps = queue_in(session, row.first_queue).rules.overflow
    if row.step >= len(steps):  # the rules became shorter meanwhile
        row.next_due_at = None
        return
    step = steps[row.step]
    row.step += 1
    if step.action is OverflowAction.CALLBACK:
        row.next_due_at = next_due(session, row)
        if row.callback_agreed and row.phone and row.kind == TaskKind.CALL:
            promise(session, row, now, sealer)
        elif row.kind == TaskKind.CALL:
            # Whoever holds the line asks the caller, and calls `promise_callback`.
            record_task(session, row, now, "task.callback_offered")
        return
    taken = step.queue is None or open_at(now, step.queue)
    if taken:
        _change_lane(session, row, step)
    row.next_due_at = next_due(session, row)
    record_task(
        session, row, now, "task.overflowed", action=step.action.value, step=row.step, taken=taken
    )


def _change_lane(session: Session, row: TaskRow, step: OverflowStep) -> None:
    lane = lane_of(row.lane).after(step)
    if lane.queue != row.queue:
        target = queue_in(session, lane.queue)
        row.queue, row.organisation = target.id, target.organisation
    row.lane = lane.key


def front_rank(session: Session, row: TaskRow) -> int:
    """A rank ahead of all who wait in the queue of a task."""
    first = session.scalar(
        select(func.min(TaskRow.rank)).where(
            TaskRow.queue == row.queue, TaskRow.state == TaskState.PENDING.value
        )
    )
    return row.rank if first is None else min(row.rank, first - 1)
