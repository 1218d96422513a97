"""Time of a call, injected: a call runs in real time, or as fast as its engines allow."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from asr.audio import FRAME_S


class Clock(Protocol):
    """Ticks once a frame (20 ms)."""

    def now(self) -> float:
        """Seconds since the call began."""
        ...

    async def tick(self, working: bool) -> None:
        """Wait for the next frame's time.

        Args:
            working: an engine is at work on something that the caller waits for.
        """
        ...


class RealClock:
    """Ticks on absolute deadlines; after a stall it skips ahead and never bursts."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._deadline = self._start

    def now(self) -> float:
        return time.monotonic() - self._start

    async def tick(self, working: bool) -> None:
        self._deadline = max(self._deadline + FRAME_S, time.monotonic() - FRAME_S)
        await asyncio.sleep(max(0.0, self._deadline - time.monotonic()))


class FastClock:
    """Virtual time: flies while nobody works, and passes at its real pace while an engine does.

    So a call of a minute runs in seconds, and the response times in it are still the real ones.
    """

    def __init__(self) -> None:
        self._ticks = 0
        self._tick_began = time.monotonic()

    def now(self) -> float:
        # Inside a tick time passes as it really does, but never beyond the tick.
        inside = min(time.monotonic() - self._tick_began, FRAME_S)
        return self._ticks * FRAME_S + inside

    async def tick(self, working: bool) -> None:
        if working:
            await asyncio.sleep(max(0.0, self._tick_began + FRAME_S - time.monotonic()))
        else:
            await asyncio.sleep(0)
        self._ticks += 1
        self._tick_began = time.monotonic()
