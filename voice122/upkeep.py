"""What the service does on its own: offers, promises, requests, webhooks, clean-up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from routing.audit import AuditLog
from routing.errors import RoutingError
from routing.outbox import Outbox
from routing.privacy import Privacy, Retention
from routing.queue.desk import Desk
from routing.replays import Replays
from routing.store import Store
from routing.tables.calls import TurnRow
from routing.webhook_delivery import WebhookDelivery
from routing.webhook_target import TargetPolicy
from routing.webhooks import Webhooks
from telephony.recordings import Recordings

_CLEAN_EVERY_S: Final = 3600.0

log = logging.getLogger(__name__)


def forget_recordings(recordings: Recordings, store: Store) -> int:
    """Delete recordings that are too old, or of which no words are kept any more; how many.

    Raises:
        StoreError: nobody knows whose words are kept; only the old ones were deleted.
    """
    expired = recordings.expire()
    recorded = recordings.call_ids()
    with store.reading() as session:
        query = select(TurnRow.call_id).where(TurnRow.call_id.in_(recorded)).distinct()
        kept = set(session.scalars(query))
    return expired + recordings.erase(recorded - kept)


class Upkeep:
    """Background work over one store.

    Args:
        store: of the service.
        desk: the operator queue over it.
        outbox: requests on their way to the system of record.
        targets: where webhooks may be sent.
        now: the time of day, with a zone.
        audit_kept: after this time entries of the audit log are forgotten.
        retention: how long personal data are kept.
        recordings: deleted with the words of their calls.
    """

    def __init__(
        self,
        store: Store,
        desk: Desk,
        outbox: Outbox,
        targets: TargetPolicy,
        now: Callable[[], datetime],
        audit_kept: timedelta,
        retention: Retention,
        recordings: Recordings,
    ) -> None:
        self._store = store
        self._recordings = recordings
        self._desk = desk
        self._outbox = outbox
        self._webhooks = WebhookDelivery(Webhooks(store, now), desk.events, targets, now)
        self._replays = Replays(store, now)
        self._audit = AuditLog(store)
        self._privacy = Privacy(store, now, retention)
        self._now = now
        self._audit_kept = audit_kept

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while inside."""
        works: tuple[Coroutine[Any, Any, None], ...] = (
            self._outbox.keep_delivering(),
            self._webhooks.keep_delivering(),
            self._desk.timekeeper.keep_time(),
            self._keep_clean(),
        )
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_clean(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._replays.purge)
                await asyncio.to_thread(self._privacy.expire)
                await asyncio.to_thread(forget_recordings, self._recordings, self._store)
                await asyncio.to_thread(self._audit.purge, self._now() - self._audit_kept)
            except RoutingError as error:
                log.error("clean-up waits: %s", error)
            await asyncio.sleep(_CLEAN_EVERY_S)
