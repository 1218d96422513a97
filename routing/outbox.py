"""Files requests so that none is lost or doubled, whatever the system of record does.

A request is kept before the system of record is asked. When that one does not answer in time,
nobody can know whether it has the request: it stays pending and is sent again in the background,
with the same key, until it is known. The caller meanwhile is told just that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from routing.bounded import Bounded
from routing.errors import FilingError, KeyReusedError, RequestRefused, RoutingError, StoreError
from routing.request_records import RequestRecords
from routing.requests import Connector, Filed, NewRequest, RequestStatus
from routing.store import Store

_PENDING: Final = Filed("pending", None)
_BATCH: Final = 10
"""Requests that are delivered at once."""

log = logging.getLogger(__name__)


class Outbox:
    """Keeps requests and hands them to the system of record. A `Connector` itself.

    Args:
        store: where requests are kept.
        system: the system of record.
        now: the time of day, with a zone.
        retry_s: a request that is not known to be filed is sent again after this time (s), then
            after twice as long, and so on up to ten minutes.
        store_s: how long the store may take to keep a request (s). One that it keeps later is not
            delivered any more: a person has the call by then.
    """

    def __init__(
        self,
        store: Store,
        system: Connector,
        now: Callable[[], datetime],
        retry_s: float = 15.0,
        store_s: float = 2.0,
    ) -> None:
        self.records = RequestRecords(store)
        self._system = system
        self._now = now
        self._retry_s = retry_s
        self._store_s = store_s

    async def file(self, request: NewRequest, timeout_s: float) -> Filed:
        """Keep `request` and file it; a repetition gets what is known by now.

        Args:
            timeout_s: how long the system of record may take (s); the store has `store_s` before.

        Raises:
            RequestRefused: it is kept, but only a person can help now.
            KeyReusedError: its key stands for other content; nothing was changed.
            FilingError: it could not be kept, not in time at least, and the system of record was
                not asked.
        """
        lease = timedelta(seconds=max(self._retry_s, 2 * timeout_s))
        given_up = Event()

        try:
            kept = await Bounded(self._store_s).run(
                self.records.keep, request, self._now() + lease, given_up.is_set
            )
        except StoreError as error:
            given_up.set()
            log.error("request %s cannot be kept: %s", request.key, error)
            raise FilingError("the request cannot be kept; give the call to a person") from error
        except KeyReusedError as error:
            log.error("%s", error)
            raise
        if kept.status is RequestStatus.FILED:
            return Filed("filed", kept.number)
        if kept.status is RequestStatus.REFUSED:
            raise RequestRefused(f"request {request.key} was refused")
        return await self._ask(request, timeout_s)

    async def deliver_due(self, timeout_s: float = 10.0) -> int:
        """Send again what is pending and due; the number of requests that are settled now.

        Raises:
            StoreError: the store failed; try later.
        """
        retry_in = timedelta(seconds=max(self._retry_s, 2 * timeout_s))
        due = await asyncio.to_thread(self.records.claim_due, self._now(), retry_in, _BATCH)
        settled = await asyncio.gather(*(self._settles(request, timeout_s) for request in due))
        return sum(settled)

    async def keep_delivering(self, every_s: float = 5.0) -> None:
        """Deliver in the background until cancelled; a failing store is tried again."""
        while True:
            try:
                while await self.deliver_due() == _BATCH:
                    pass  # there may be more
            except RoutingError as error:
                log.error("pending requests wait: %s", error)
            await asyncio.sleep(every_s)

    async def _settles(self, request: NewRequest, timeout_s: float) -> bool:
        try:
            return (await self._ask(request, timeout_s)).status == "filed"
        except FilingError:
            return True  # refused: written and logged

    async def _ask(self, request: NewRequest, timeout_s: float) -> Filed:
        try:
            async with asyncio.timeout(timeout_s):
                filed = await self._system.file(request, timeout_s)
        except (RequestRefused, KeyReusedError) as error:
            log.error("request %s is refused: %s", request.key, type(error).__name__)
            await self._settle(request, RequestStatus.REFUSED, reason=str(error)[:200])
            raise
        except Exception as error:
            # Whatever happened, the request may have arrived. Its text may be in the message.
            log.warning("request %s is pending: %s", request.key, type(error).__name__)
            return _PENDING
        if filed.status == "filed":
            await self._settle(request, RequestStatus.FILED, number=filed.number)
        return filed

    async def _settle(
        self,
        request: NewRequest,
        status: RequestStatus,
        number: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Write the outcome; if the store fails, it is asked for again in the background."""
        try:
            await asyncio.to_thread(self.records.settle, request.key, status, number, reason)
        except StoreError as error:
            log.error("request %s is %s, not written: %s", request.key, status, error)
