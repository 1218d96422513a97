"""Free operators for a waiting task, best first.

With a thousand operators free, the order is made from plain columns; documents (skills, topics) are
read for the first few only, and for all where the task needs skills.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from routing.queue.matching import ALL_QUEUES, Lane, lane_of
from routing.queue.rows import profile_of, queue_of
from routing.queue.states import OperatorState, TaskState
from routing.queue.strategies import STRATEGIES, Candidate
from routing.tables import OperatorQueueRow, OperatorRow, QueueRow, TaskRow

CHUNK: Final = 16
"""So many operators are looked at more closely at a time."""
_PLAIN: Final = (
    OperatorRow.id,
    OperatorRow.since,
    OperatorRow.idle_since,
    OperatorRow.worked_s,
    OperatorRow.talked_s,
    OperatorRow.staffed_s,
    OperatorRow.last_offer_us,
)


def candidates(session: Session, task_id: str, now: datetime) -> list[str]:
    """Ids of free operators for a task, by its queue's strategy; none if it does not wait.

    Whether one `may_take` it, for all but the queue and its skills, is not known yet.
    """
    task = session.execute(
        select(TaskRow.queue, TaskRow.lane, TaskRow.declined).where(
            TaskRow.id == task_id,
            TaskRow.state == TaskState.PENDING.value,
            TaskRow.held_for.is_(None),
        )
    ).first()
    if task is None:
        return []
    lane, stamp = lane_of(task.lane), now.timestamp()
    free = [
        _candidate(row, now)
        for row in session.execute(_free(lane))
        if task.declined.get(row.id, 0) <= stamp
    ]
    rules = queue_of(session.get_one(QueueRow, task.queue)).rules
    fit = [one for one in free if one.has(lane.skills)]
    return [one.id for one in STRATEGIES[rules.strategy].order(fit, lane.skills)]


def may_take(session: Session, task_id: str, operators: list[str], now: datetime) -> list[str]:
    """Who of these operators may take a task, in the same order."""
    key = session.scalar(select(TaskRow.lane).where(TaskRow.id == task_id))
    if key is None:
        return []
    rows = session.scalars(select(OperatorRow).where(OperatorRow.id.in_(operators)))
    lane, today = lane_of(key), now.date()
    able = {row.id for row in rows if profile_of(row, (ALL_QUEUES,)).abilities.fits(lane, today)}
    return [name for name in operators if name in able]


def _free(lane: Lane) -> Any:
    columns = (*_PLAIN, OperatorRow.skills) if lane.skills else _PLAIN
    return select(*columns).where(
        OperatorRow.state == OperatorState.AVAILABLE.value,
        OperatorRow.disabled.is_(False),
        OperatorRow.id.in_(
            select(OperatorQueueRow.operator_id).where(
                or_(OperatorQueueRow.queue == lane.queue, OperatorQueueRow.queue == ALL_QUEUES)
            )
        ),
    )


def _candidate(row: Row[Any], now: datetime) -> Candidate:
    return Candidate(
        row.id,
        idle_s=(now - row.idle_since).total_seconds(),
        worked_s=row.worked_s,
        talked_s=row.talked_s,
        staffed_s=row.staffed_s + max(0.0, (now - row.since).total_seconds()),
        last_offer_us=row.last_offer_us,
        skills=row._mapping.get("skills", {}),
    )
