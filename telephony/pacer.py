"""One heart for all calls of a process: every call ticks once in 20 ms, on absolute deadlines.

A timer a call would wake the loop fifty times a second for each of them, and to wake costs as much
as a call's tick does. Here calls share a beat, up to 32 of them; where there are more, they
are spread over the four beats of a frame. After a stall the missed frames are skipped: the PBX
queues whatever it is sent, so a burst would be heard as delay for the rest of the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from asr.audio import FRAME_S

log = logging.getLogger(__name__)

BEATS: Final = 4
"""Beats of a frame."""
BEAT_S: Final = FRAME_S / BEATS
SHARED: Final = 32
"""So many calls share a beat before another one is used."""
_ORDER: Final = (0, 2, 1, 3)
"""In which beats come into use: the first two are half a frame apart."""

Tick = Callable[[], object]


class Pacer:
    """Belongs to one event loop; it beats only while there are calls.

    Args:
        on_beat: told of every beat that had calls: how late it was (s), and how many frames were
            skipped before it.
    """

    def __init__(
        self, on_beat: Callable[[float, int], None] = lambda late_s, skipped: None
    ) -> None:
        self._on_beat = on_beat
        self._beats: tuple[dict[Tick, Callable[[Exception], None]], ...] = tuple(
            {} for _ in range(BEATS)
        )
        self._count = 0
        self._start = 0.0
        self._skipped = 0
        self.behind = False
        """Whether the present beat is late by a beat or more: there is more to do than time."""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def calls(self) -> int:
        """How many calls it drives."""
        return sum(map(len, self._beats))

    @property
    def frame(self) -> int:
        """Number of the present frame, for all calls of a beat the same. The next beat's is one
        higher, so that what calls do in every fourth frame is not done by all beats in the same.
        """
        return self._count // BEATS + self._count % BEATS

    def add(self, tick: Tick, failed: Callable[[Exception], None]) -> None:
        """Call `tick` every 20 ms from now on.

        Args:
            tick: must not block. Equal callables count as one.
            failed: gets what `tick` raised; it is not called any more then. The other calls do not
                notice.
        """
        if self._timer is None:
            self._count = self._skipped = 0
            self._start = asyncio.get_running_loop().time()
        with_room = [beat for beat in _ORDER if len(self._beats[beat]) < SHARED]
        beat = with_room[0] if with_room else min(_ORDER, key=lambda b: len(self._beats[b]))
        self._beats[beat][tick] = failed
        if self._timer is None:
            self._wait()

    def remove(self, tick: Tick) -> None:
        """Do not call `tick` any more; no matter if it is not known."""
        for beat in self._beats:
            beat.pop(tick, None)
        if self._timer is not None and not self.calls:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        while not self._beats[self._count % BEATS]:  # nobody is woken for a beat without calls
            self._count += 1
        deadline = self._start + self._count * BEAT_S
        self._timer = asyncio.get_running_loop().call_at(deadline, self._beat)

    def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        late_s = now - self._start - self._count * BEAT_S
        self.behind = late_s >= BEAT_S
        skipped = int(late_s / FRAME_S)
        self._count += skipped * BEATS  # whole frames, so that every call keeps its place
        self._skipped += skipped
        ticks = self._beats[self._count % BEATS]
        if ticks:
            self._on_beat(late_s, self._skipped)
            self._skipped = 0
        for tick, failed in list(ticks.items()):
            try:
                tick()
            except Exception as error:
                self.remove(tick)
                failed(error)
        self._count += 1
        if self.calls:
            self._wait()
        else:
            self._timer = None
