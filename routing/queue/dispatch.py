"""Offers waiting tasks to free operators: one offer at a time for each operator and each task.

Processes that share a database do this at the same time. An operator is locked first, then the
task, and a row that another process has locked is passed over; should both miss, the database's
unique indexes refuse the second offer.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, text, union_all
from sqlalchemy.orm import Session

from routing.errors import ConflictError
from routing.queue.changes import move_operator, move_task, record_reservation
from routing.queue.matching import ALL_QUEUES, Abilities, OperatorKind, lane_of
from routing.queue.ranking import microseconds
from routing.queue.records import Reservation
from routing.queue.rows import profile_of, queue_of, reservation_of
from routing.queue.states import OperatorState, ReservationState, TaskState
from routing.queue.strategies import STRATEGIES, Candidate
from routing.store import Store
from routing.tables import OperatorQueueRow, OperatorRow, QueueRow, ReservationRow, TaskRow

_HEADS: Final = 8
"""Tasks of a lane that are looked at: the first few may be locked, or declined by this operator."""
_LANES: Final = text(
    """
    WITH RECURSIVE waiting(lane) AS (
        SELECT min(lane) FROM tasks WHERE state = 'pending' AND held_for IS NULL
        UNION ALL
        SELECT (SELECT min(t.lane) FROM tasks t
                WHERE t.state = 'pending' AND t.held_for IS NULL AND t.lane > waiting.lane)
        FROM waiting WHERE waiting.lane IS NOT NULL
    )
    SELECT lane FROM waiting WHERE lane IS NOT NULL
    """
)
"""Lanes with somebody waiting: one look into the index for each, however many wait."""
_OFFERABLE: Final = (TaskRow.state == TaskState.PENDING.value, TaskRow.held_for.is_(None))

log = logging.getLogger(__name__)


class Dispatcher:
    """Matches tasks and operators. Blocks for milliseconds; thread-safe."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def serve_operator(self, operator_id: str) -> Reservation | None:
        """Offer a free operator the task that is first among those it may take.

        Returns:
            The offer; None if the operator is not free or nothing waits for it.
        """
        now = self._now()
        try:
            with self._store.transaction() as session:
                row = _offer(session, operator_id, now)
                return None if row is None else reservation_of(row)
        except ConflictError:  # another process was faster
            log.info("operator %s was offered another task at the same moment", operator_id)
            return None

    def serve_task(self, task_id: str) -> Reservation | None:
        """Find an operator for a waiting task, by its queue's strategy.

        An operator is always given the first of the tasks that it may take. Where that is another
        one, this task tries the next operator.

        Returns:
            The offer of this task; None if it has to wait.
        """
        with self._store.reading() as session:
            candidates = _candidates(session, task_id, self._now())
        for candidate in candidates:
            offer = self.serve_operator(candidate.id)
            if offer is not None and offer.task_id == task_id:
                return offer
        return None

    def serve_waiting(self) -> int:
        """Offer whatever can be offered: after a restart, or what another process left undone.

        Returns:
            How many offers were made.
        """
        made = 0
        with self._store.reading() as session:
            lanes = list(session.scalars(_LANES))
        for lane in lanes:
            while True:
                with self._store.reading() as session:
                    heads = _heads(session, [lane])
                offers = [offer for head in heads if (offer := self.serve_task(head[1]))]
                made += len(offers)
                if not offers or len(heads) < _HEADS:
                    break
        return made


def _offer(session: Session, operator_id: str, now: datetime) -> ReservationRow | None:
    operator = session.scalar(
        select(OperatorRow)
        .where(
            OperatorRow.id == operator_id,
            OperatorRow.state == OperatorState.AVAILABLE.value,
            OperatorRow.disabled.is_(False),
        )
        .with_for_update(skip_locked=True)
    )
    if operator is None:
        return None
    queues = session.scalars(
        select(OperatorQueueRow.queue).where(OperatorQueueRow.operator_id == operator_id)
    )
    abilities = profile_of(operator, tuple(queues)).abilities
    lanes = [lane for lane in session.scalars(_LANES) if abilities.fits(lane_of(lane), now.date())]
    for _, task_id, declined in _heads(session, lanes):
        if declined.get(operator_id, 0) > now.timestamp():
            continue
        task = session.scalar(
            select(TaskRow)
            .where(TaskRow.id == task_id, *_OFFERABLE)
            .with_for_update(skip_locked=True)
        )
        if task is not None:
            return _reserve(session, task, operator, now)
    return None


def _heads(session: Session, lanes: Sequence[str]) -> list[tuple[int, str, dict[str, float]]]:
    """The first tasks of each lane, all in order: rank, id, who declined them."""
    if not lanes:
        return []
    each = [
        select(
            select(TaskRow.rank, TaskRow.id, TaskRow.declined)
            .where(TaskRow.lane == lane, *_OFFERABLE)
            .order_by(TaskRow.rank, TaskRow.id)
            .limit(_HEADS)
            .subquery()
        )
        for lane in lanes
    ]
    rows = session.execute(each[0] if len(each) == 1 else union_all(*each)).all()
    return sorted((row[0], row[1], row[2]) for row in rows)


def _reserve(
    session: Session, task: TaskRow, operator: OperatorRow, now: datetime
) -> ReservationRow:
    rules = queue_of(session.get_one(QueueRow, task.queue)).rules
    row = ReservationRow(
        id=str(uuid.uuid4()),
        task_id=task.id,
        operator_id=operator.id,
        state=ReservationState.PENDING.value,
        created_at=now,
        expires_at=now + timedelta(seconds=rules.offer_s),
    )
    session.add(row)
    move_task(task, TaskState.RESERVED)
    task.reservation_id = row.id
    task.offers += 1
    move_operator(operator, OperatorState.RESERVED, now)
    operator.last_offer_us = microseconds(now)
    record_reservation(session, task, row, operator, now, "reservation.created")
    return row


def _candidates(session: Session, task_id: str, now: datetime) -> list[Candidate]:
    """Free operators who may take a waiting task, best first."""
    task = session.execute(
        select(TaskRow.queue, TaskRow.lane, TaskRow.declined).where(
            TaskRow.id == task_id, *_OFFERABLE
        )
    ).first()
    if task is None:
        return []
    lane, today, stamp = lane_of(task.lane), now.date(), now.timestamp()
    rows = session.execute(
        select(
            OperatorRow.id,
            OperatorRow.kind,
            OperatorRow.site,
            OperatorRow.skills,
            OperatorRow.topics,
            OperatorRow.agreement_until,
            OperatorRow.since,
            OperatorRow.idle_since,
            OperatorRow.worked_s,
            OperatorRow.talked_s,
            OperatorRow.staffed_s,
            OperatorRow.last_offer_us,
        ).where(
            OperatorRow.state == OperatorState.AVAILABLE.value,
            OperatorRow.disabled.is_(False),
            OperatorRow.id.in_(
                select(OperatorQueueRow.operator_id).where(
                    or_(OperatorQueueRow.queue == task.queue, OperatorQueueRow.queue == ALL_QUEUES)
                )
            ),
        )
    ).all()
    able = frozenset({ALL_QUEUES})  # the query has looked at the queues
    found = []
    for row in rows:
        topics = None if row.topics is None else frozenset(row.topics)
        abilities = Abilities(
            OperatorKind(row.kind), able, row.site, row.skills, topics, row.agreement_until
        )
        if abilities.fits(lane, today) and task.declined.get(row.id, 0) <= stamp:
            found.append(
                Candidate(
                    row.id,
                    idle_s=(now - row.idle_since).total_seconds(),
                    worked_s=row.worked_s,
                    talked_s=row.talked_s,
                    staffed_s=row.staffed_s + max(0.0, (now - row.since).total_seconds()),
                    last_offer_us=row.last_offer_us,
                    skills=row.skills,
                )
            )
    rules = queue_of(session.get_one(QueueRow, task.queue)).rules
    return STRATEGIES[rules.strategy].order(found, lane.skills)
