"""Offers waiting tasks to free operators: one offer at a time for each operator and each task.

Processes that share a database do this at the same time. An operator is locked first, then the
task, and a row that another process has locked is passed over; should both miss, the database's
unique indexes refuse the second offer.
"""

from __future__ import annotations

import heapq
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from routing.errors import ConflictError
from routing.queue.candidates import shortlist
from routing.queue.changes import move_operator, move_task, record_reservation
from routing.queue.matching import lane_of
from routing.queue.queues import queue_in
from routing.queue.ranking import microseconds
from routing.queue.records import Reservation
from routing.queue.rows import ABILITIES, abilities_of, reservation_of
from routing.queue.states import OperatorState, ReservationState, TaskState
from routing.store import Store
from routing.tables import OperatorQueueRow, OperatorRow, ReservationRow, TaskRow

_HEADS: Final = 8
"""Tasks of a lane that are looked at: the first few may be locked, or declined by this operator."""
_LANES: Final = text(
    """
    WITH RECURSIVE waiting(lane) AS (
        SELECT * FROM (
            SELECT lane FROM tasks WHERE state = 'pending' AND held_for IS NULL
            ORDER BY lane LIMIT 1
        ) AS first_lane
        UNION ALL
        SELECT (SELECT t.lane FROM tasks t
                WHERE t.state = 'pending' AND t.held_for IS NULL AND t.lane > waiting.lane
                ORDER BY t.lane LIMIT 1)
        FROM waiting WHERE waiting.lane IS NOT NULL
    )
    SELECT lane,
           (SELECT t.rank FROM tasks t
            WHERE t.lane = waiting.lane AND t.state = 'pending' AND t.held_for IS NULL
            ORDER BY t.rank LIMIT 1) AS first
    FROM waiting WHERE lane IS NOT NULL
    """
)
"""Lanes with somebody waiting, and the rank of the first: two looks into the index for each lane,
however many wait. No `min()`: where PostgreSQL has no statistics yet, it would read them all."""
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
        now, tried = self._now(), list[str]()
        while True:
            with self._store.reading() as session:
                task = session.scalar(select(TaskRow).where(TaskRow.id == task_id, *_OFFERABLE))
                best = [] if task is None else shortlist(session, task, now, tried)
            for operator_id in best:
                offer = self.serve_operator(operator_id)
                if offer is not None and offer.task_id == task_id:
                    return offer
            if not best:
                return None
            tried += best

    def serve_new(self, session: Session, task: TaskRow, now: datetime) -> bool:
        """Offer a task within the transaction that makes it, where the best operators are free.

        Nobody else knows the task yet, and whom others hold is passed over: nothing waits here.

        Returns:
            Whether it is offered now; `serve_task` looks further.
        """
        for operator_id in shortlist(session, task, now):
            row = _offer(session, operator_id, now)
            if row is not None and row.task_id == task.id:
                return True
        return False

    def serve_waiting(self) -> int:
        """Offer whatever can be offered: after a restart, or what another process left undone.

        Returns:
            How many offers were made.
        """
        made = 0
        with self._store.reading() as session:
            lanes = _served(session, self._now())
        for lane in lanes:
            while True:
                with self._store.reading() as session:
                    heads = _heads(session, lane)
                offers = [offer for head in heads if (offer := self.serve_task(head[2]))]
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
    abilities = abilities_of(operator, tuple(queues))
    today, stamp = now.date(), now.timestamp()
    lanes = [
        (row.first, row.lane)
        for row in session.execute(_LANES)
        if row.first is not None and abilities.fits(lane_of(row.lane), today)
    ]
    for task_id, declined in _in_order(session, lanes):
        if declined.get(operator_id, 0) > stamp:
            continue
        task = session.scalar(
            select(TaskRow)
            .where(TaskRow.id == task_id, *_OFFERABLE)
            .with_for_update(skip_locked=True)
        )
        if task is not None:
            return _reserve(session, task, operator, now)
    return None


def _served(session: Session, now: datetime) -> list[str]:
    """Lanes with somebody waiting that a free operator fits."""
    free = session.execute(
        select(*ABILITIES).where(
            OperatorRow.state == OperatorState.AVAILABLE.value, OperatorRow.disabled.is_(False)
        )
    ).all()
    if not free:
        return []
    queues: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in session.scalars(select(OperatorQueueRow)):
        queues[row.operator_id] += (row.queue,)
    able = [abilities_of(row, queues[row.id]) for row in free]
    lanes = [row.lane for row in session.execute(_LANES)]
    return [key for key in lanes if any(one.fits(lane_of(key), now.date()) for one in able)]


def _in_order(
    session: Session, lanes: list[tuple[int, str]]
) -> Iterator[tuple[str, dict[str, float]]]:
    """The first tasks of all lanes by rank; a lane is read when its turn comes.

    Args:
        lanes: rank of the first task, lane.
    """
    heap: list[tuple[int, str, str, dict[str, float]]] = [(r, lane, "", {}) for r, lane in lanes]
    heapq.heapify(heap)
    while heap:
        _, lane, task_id, declined = heapq.heappop(heap)
        if task_id:
            yield task_id, declined
        else:
            for head in _heads(session, lane):
                heapq.heappush(heap, head)


def _heads(session: Session, lane: str) -> list[tuple[int, str, str, dict[str, float]]]:
    """The first tasks of a lane: rank, lane, id, who declined it."""
    rows = session.execute(
        select(TaskRow.rank, TaskRow.id, TaskRow.declined)
        .where(TaskRow.lane == lane, *_OFFERABLE)
        .order_by(TaskRow.rank, TaskRow.id)
        .limit(_HEADS)
    )
    return [(row.rank, lane, row.id, row.declined) for row in rows]


def _reserve(
    session: Session, task: TaskRow, operator: OperatorRow, now: datetime
) -> ReservationRow:
    rules = queue_in(session, task.queue).rules
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
