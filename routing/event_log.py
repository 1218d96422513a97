"""The feed of events, for dashboards, edges and webhooks; it can be resumed anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import or_, select

from routing.events import COUNTER, Event, event_of
from routing.store import Store
from routing.tables import EventCounterRow, EventRow

MAX_EVENTS: Final = 1000
"""The most events that one call gives."""


class EventLog:
    """Reads events. Blocks for milliseconds, `wait` for as long as it is told; thread-safe.

    Every method raises:
        StoreError: the database failed.
    """

    def __init__(
        self,
        store: Store,
        *,
        poll_s: float = 0.2,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._poll_s = poll_s
        self._monotonic = monotonic
        self._sleep = sleep

    def last(self) -> int:
        """The number of the newest event; 0 where nothing has happened."""
        with self._store.reading() as session:
            return (
                session.scalar(select(EventCounterRow.last).where(EventCounterRow.id == COUNTER))
                or 0
            )

    def after(
        self,
        seq: int,
        *,
        limit: int = MAX_EVENTS,
        organisation: str | None = None,
        operator_id: str | None = None,
        task_id: str | None = None,
        call_id: str | None = None,
    ) -> list[Event]:
        """Events that came after number `seq`, in order.

        Args:
            organisation, task_id, call_id: only what belongs to it.
            operator_id: besides what belongs to the organisation, what concerns this operator.
        """
        query = select(EventRow).where(EventRow.seq > seq).order_by(EventRow.seq)
        if organisation is not None:
            own = EventRow.organisation == organisation
            mine = EventRow.operator_id == operator_id
            query = query.where(own if operator_id is None else or_(own, mine))
        if task_id is not None:
            query = query.where(EventRow.task_id == task_id)
        if call_id is not None:
            query = query.where(EventRow.call_id == call_id)
        with self._store.reading() as session:
            rows = session.scalars(query.limit(min(limit, MAX_EVENTS)))
            return [event_of(row) for row in rows]

    def wait(self, seq: int, timeout_s: float, *, organisation: str | None = None) -> list[Event]:
        """The same, waiting until there is one; empty after `timeout_s`."""
        deadline = self._monotonic() + timeout_s
        while True:
            found = self.after(seq, organisation=organisation)
            if found or self._monotonic() >= deadline:
                return found
            self._sleep(self._poll_s)
