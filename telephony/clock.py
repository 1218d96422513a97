"""Time of a call, injected: a call runs in real time, or as fast as its engines allow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from asr.audio import FRAME_S
from telephony.pacer import Pacer


class Clock(Protocol):
    """Ticks once a frame (20 ms)."""

    def now(self) -> float:
        """Seconds since the call began."""
        ...

    @property
    def behind(self) -> bool:
        """Whether ticks come late: what can wait should."""
        ...

    @property
    def frame(self) -> int:
        """Number of the present tick, the same for all calls that tick together."""
        ...

    async def drive(self, tick: Callable[[], bool], until: asyncio.Future[Any]) -> None:
        """Call `tick` every 20 ms until `until` is done; what `tick` raises is raised.

        Args:
            tick: says whether an engine is at work on something that the caller waits for.
        """
        ...


class RealClock:
    """Real time, by the pacer of the process."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._start = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._start

    @property
    def behind(self) -> bool:
        return self._pacer.behind

    @property
    def frame(self) -> int:
        return self._pacer.frame

    async def drive(self, tick: Callable[[], bool], until: asyncio.Future[Any]) -> None:
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pacer.add(tick, failed.set_exception)
        try:
            await asyncio.wait({until, failed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pacer.remove(tick)
        if failed.done():
            failed.result()


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

    @property
    def behind(self) -> bool:
        return False  # time waits for the ticks

    @property
    def frame(self) -> int:
        return self._ticks

    async def drive(self, tick: Callable[[], bool], until: asyncio.Future[Any]) -> None:
        while not until.done():
            if tick():
                await asyncio.sleep(max(0.0, self._tick_began + FRAME_S - time.monotonic()))
            else:
                await asyncio.sleep(0)
            self._ticks += 1
            self._tick_began = time.monotonic()
