"""A regional information system that behaves as badly as real ones do."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from enum import StrEnum

from routing.errors import RequestRefused, SystemUnavailable
from routing.requests import Filed, NewRequest


class Manner(StrEnum):
    """How the next request is treated."""

    GOOD = "good"
    SLOW = "slow"
    """Files late, but in time."""
    FILED_THEN_SILENT = "filed_then_silent"
    """Files, and never answers."""
    SILENT = "silent"
    """Neither files nor answers."""
    FILED_THEN_BROKEN = "filed_then_broken"
    """Files, and the connection breaks."""
    DOWN = "down"
    LATER = "later"
    """Takes it in and promises a number."""
    REFUSES = "refuses"
    GARBAGE = "garbage"
    """Its answer makes the connector stumble."""


class RemoteSystem:
    """Idempotent by key, as `Connector` demands; a duplicate gets the first number."""

    def __init__(self, manners: Iterable[Manner] = ()) -> None:
        self._manners = deque(manners)
        self.filed: dict[str, str] = {}
        self.entries: list[str] = []
        """Keys in the order of filing: a key that is here twice is a doubled request."""
        self.asked: list[str] = []
        self.duplicates = 0
        self.was_asked = asyncio.Event()

    async def file(self, request: NewRequest, timeout_s: float) -> Filed:
        self.asked.append(request.key)
        self.was_asked.set()
        manner = self._manners.popleft() if self._manners else Manner.GOOD
        match manner:
            case Manner.SILENT:
                await asyncio.sleep(3600)
            case Manner.DOWN:
                raise SystemUnavailable("connection refused")
            case Manner.REFUSES if request.key not in self.filed:
                raise RequestRefused("this clinic takes no requests")
            case Manner.LATER if request.key not in self.filed:
                return Filed("pending", None)
            case Manner.GARBAGE:
                raise KeyError(f"no field 'id' for {request.phone}")
            case Manner.SLOW:
                await asyncio.sleep(timeout_s / 2)
        if request.key in self.filed:
            self.duplicates += 1
        else:
            self.filed[request.key] = f"R-{len(self.filed) + 1}"
            self.entries.append(request.key)
        if manner is Manner.FILED_THEN_SILENT:
            await asyncio.sleep(3600)
        if manner is Manner.FILED_THEN_BROKEN:
            raise ConnectionResetError(f"reset by peer while answering {request.phone}")
        return Filed("filed", self.filed[request.key])
