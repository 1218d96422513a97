"""Lets any number of streams follow the events of the store, at the cost of one reader.

A stream holds no events: it asks for the next page when the one before has been sent, so a slow
client costs no memory, only its own delay.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from routing.errors import StoreError
from routing.event_log import EventLog
from routing.events import Event

_PAGE: Final = 100

log = logging.getLogger(__name__)


class Feed:
    """Follows the number of the newest event. Use as an async context manager.

    Args:
        events: of the store; other processes write there, too.
        poll_s: how often it is looked at while somebody listens (s).
    """

    def __init__(self, events: EventLog, poll_s: float = 0.2) -> None:
        self._events = events
        self._poll_s = poll_s
        self._last = 0
        self._moved = asyncio.Condition()
        self._listeners = 0
        self._watching: asyncio.Task[None] | None = None

    async def after(
        self, place: int, organisation: str | None = None, operator_id: str | None = None
    ) -> AsyncIterator[Event]:
        """Events after number `place`, for ever; the rest is as in `EventLog.after`."""
        self._listeners += 1
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            while True:
                newest = self._last
                page = await asyncio.to_thread(
                    self._events.after,
                    place,
                    limit=_PAGE,
                    organisation=organisation,
                    operator_id=operator_id,
                )
                for event in page:
                    yield event
                if len(page) == _PAGE:
                    place = page[-1].seq
                    continue
                place = max(place, newest, *(event.seq for event in page))
                async with self._moved:
                    while self._last <= place:
                        await self._moved.wait()
        finally:
            self._listeners -= 1
            if not self._listeners and self._watching is not None:
                self._watching.cancel()
                self._watching = None

    async def _watch(self) -> None:
        while True:
            try:
                last = await asyncio.to_thread(self._events.last)
            except StoreError as error:
                log.error("events wait: %s", error)
            else:
                if last != self._last:
                    async with self._moved:
                        self._last = last
                        self._moved.notify_all()
            await asyncio.sleep(self._poll_s)
