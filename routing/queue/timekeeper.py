"""What happens because time passes: offers that expire, wrap-ups, overflow, call-backs.

Every process runs this; each of the due things is done by one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from routing.errors import NotFoundError, RoutingError, StateConflictError
from routing.queue.changes import end_task, locked_task, record_task
from routing.queue.dispatch import Dispatcher
from routing.queue.intake import CALLBACK, REDIRECT, next_due
from routing.queue.overflow import OpenAt, front_rank, take_step
from routing.queue.reservations import Reservations
from routing.queue.states import Ending, OperatorState, ReservationState, TaskState
from routing.queue.tasks import let_go
from routing.store import Store
from routing.tables import OperatorRow, ReservationRow, TaskRow

_SKEW: Final = timedelta(seconds=5)
"""What began so much later than now began before the clock was set back: its time is over."""
_BATCH: Final = 200

log = logging.getLogger(__name__)


class Timekeeper:
    """Call `tick` every second or so.

    Args:
        open_at: whether a queue is served at a moment; overflow goes to open queues only.
    """

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        reservations: Reservations,
        now: Callable[[], datetime],
        open_at: OpenAt = lambda at, queue: True,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._reservations = reservations
        self._now = now
        self._open_at = open_at

    def tick(self) -> int:
        """Do what is due, and offer what can be offered.

        Returns:
            How many things were done.

        Raises:
            StoreError: the database failed; what is left is done by the next tick.
        """
        done = self._expire_offers() + self._end_wrap_ups() + self._move_tasks()
        return done + self._dispatcher.serve_waiting()

    async def keep_time(self, every_s: float = 1.0) -> None:
        """Tick in the background until cancelled; a failing store is tried again."""
        while True:
            try:
                await asyncio.to_thread(self.tick)
            except RoutingError as error:
                log.error("the queue waits: %s", error)
            await asyncio.sleep(every_s)

    def _expire_offers(self) -> int:
        now = self._now()
        with self._store.reading() as session:
            due = session.scalars(
                select(ReservationRow.id)
                .where(
                    ReservationRow.state == ReservationState.PENDING.value,
                    or_(ReservationRow.expires_at <= now, ReservationRow.created_at > now + _SKEW),
                )
                .limit(_BATCH)
            ).all()
        return sum(self._do(self._reservations.expire, id_) for id_ in due)

    def _end_wrap_ups(self) -> int:
        now = self._now()
        with self._store.reading() as session:
            due = session.scalars(
                select(ReservationRow.id)
                .join(OperatorRow, OperatorRow.id == ReservationRow.operator_id)
                .where(
                    ReservationRow.state == ReservationState.WRAPPING.value,
                    OperatorRow.state == OperatorState.WRAP_UP.value,
                    or_(OperatorRow.wrap_up_until <= now, OperatorRow.since > now + _SKEW),
                )
                .limit(_BATCH)
            ).all()
        return sum(self._do(self._reservations.complete, id_) for id_ in due)

    def _move_tasks(self) -> int:
        with self._store.reading() as session:
            due = session.scalars(
                select(TaskRow.id).where(TaskRow.next_due_at <= self._now()).limit(_BATCH)
            ).all()
        return sum(self._do(self._move_task, id_) for id_ in due)

    def _move_task(self, task_id: str) -> None:
        now = self._now()
        with self._store.transaction() as session:
            row = locked_task(session, task_id)
            if row.next_due_at is None or row.next_due_at > now:
                return  # another process did it
            if row.state == TaskState.ASSIGNED and row.reservation_id is None:
                end_task(session, row, Ending.ANSWERED, now)  # nobody told us of its end
            elif row.state != TaskState.PENDING:
                row.next_due_at = None  # an operator has it; its return sets a new moment
            elif row.held_for == REDIRECT:
                let_go(session, row, now, "task.redirect_failed", to=row.held_to)
            elif row.held_for == CALLBACK:
                let_go(session, row, now, "task.callback_due")
            elif row.deadline is not None and row.deadline <= now:
                row.deadline = None
                row.rank = front_rank(session, row)
                row.next_due_at = next_due(session, row)
                record_task(session, row, now, "task.overdue")
            else:
                take_step(session, row, now, self._open_at, self._store.sealer)
        self._dispatcher.serve_task(task_id)

    def _do(self, action: Callable[[str], object], id_: str) -> int:
        try:
            action(id_)
        except (StateConflictError, NotFoundError):
            return 0  # somebody else was faster
        except RoutingError as error:
            log.error("left for the next tick: %s", error)
            return 0
        return 1
