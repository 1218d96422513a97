"""How a task gets into the queue, within a transaction of the caller's."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from routing.errors import KeyReusedError
from routing.events import record
from routing.queue.matching import Lane
from routing.queue.queues import queue_in
from routing.queue.ranking import entered, rank
from routing.queue.records import NewTask, Queue
from routing.queue.states import Ending, TaskState
from routing.sealing import Sealer
from routing.tables import TaskRow

REDIRECT = "redirect"
CALLBACK = "callback"
"""Why a task that waits is not offered."""


def take_in(session: Session, new: NewTask, now: datetime, sealer: Sealer) -> tuple[TaskRow, bool]:
    """Put a task into its queue; the row, and whether it is new.

    Raises:
        KeyReusedError: its key stands for another task.
    """
    known = session.scalar(select(TaskRow).where(TaskRow.key == new.key))
    if known is not None:
        if known.digest != new.digest:
            raise KeyReusedError(f"task key {new.key} is in use for another task")
        return known, False
    queue = queue_in(session, new.queue)
    lane = Lane(new.queue, new.topic, new.site, {**queue.rules.skills, **new.skills})
    index = sealer.index(new.phone) if new.phone else None
    priority = queue.rules.priority if new.priority is None else new.priority
    returning = index is not None and _returns(session, sealer.indexes(new.phone or ""), queue, now)
    if returning:
        priority = min(priority + queue.rules.returning_priority, 10)
    entry = entered(now, last_entry(session, new.queue))
    held = new.not_before is not None and new.not_before > now
    row = TaskRow(
        id=str(uuid.uuid4()),
        key=new.key,
        digest=new.digest,
        kind=new.kind.value,
        call_id=new.call_id,
        queue=queue.id,
        first_queue=queue.id,
        organisation=queue.organisation,
        site=new.site,
        topic=new.topic,
        skills=dict(new.skills),
        lane=lane.key,
        step=0,
        priority=priority,
        brief=dict(new.brief),
        phone=new.phone,
        phone_index=index,
        callback_agreed=new.callback_agreed,
        state=TaskState.PENDING.value,
        held_for=CALLBACK if held else None,
        held_until=new.not_before if held else None,
        entered_us=entry,
        rank=rank(entry, priority, queue.rules.ageing_s),
        declined={},
        deadline=new.deadline,
        created_at=now,
    )
    row.next_due_at = next_due(session, row)
    session.add(row)
    record(
        session,
        now,
        "task.created",
        call_id=row.call_id,
        task_id=row.id,
        organisation=row.organisation,
        task=row.state,
        task_kind=row.kind,
        queue=row.queue,
        topic=row.topic,
        priority=priority,
        returning=returning,
        held_for=row.held_for,
    )
    session.flush()
    return row, True


def last_entry(session: Session, queue: str) -> int | None:
    """The latest entry among those who wait in a queue (microseconds since 1970)."""
    return session.scalar(
        select(func.max(TaskRow.entered_us)).where(
            TaskRow.queue == queue, TaskRow.state == TaskState.PENDING.value
        )
    )


def next_due(session: Session, row: TaskRow) -> datetime | None:
    """When the clock next has something to do with a task."""
    if row.state != TaskState.PENDING:
        return None
    if row.held_until is not None:
        return row.held_until
    moments = [] if row.deadline is None else [row.deadline]
    steps = queue_in(session, row.first_queue).rules.overflow
    if row.step < len(steps):
        moments.append(row.created_at + timedelta(seconds=steps[row.step].after_s))
    return min(moments, default=None)


def _returns(session: Session, indexes: list[str], queue: Queue, now: datetime) -> bool:
    """Whether this caller hung up waiting a short while ago, and reached nobody since."""
    last = session.execute(
        select(TaskRow.ending)
        .where(
            TaskRow.phone_index.in_(indexes),
            TaskRow.ended_at >= now - timedelta(seconds=queue.rules.returning_s),
        )
        .order_by(TaskRow.ended_at.desc())
        .limit(1)
    ).first()
    return last is not None and last.ending == Ending.HUNG_UP
