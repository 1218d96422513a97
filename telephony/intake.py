"""What comes from the caller, read when it may not wait any longer.

To read, to look for speech and to think of turns costs half as much for four frames at once as for
each of them. While the caller is silent or in the middle of a sentence nothing can come of single
frames, so they wait in the edge; whatever is decided is decided in the same tick as without that.

They wait for a tick in which the other calls of the beat are read, too: most of a reading's price
is that its code is not in a busy processor's caches, and the first call brings it there for all.

Where there is more to do than time, they wait longer: what callers hear comes first.
"""

from __future__ import annotations

from typing import Final

from asr.audio import Pcm
from telephony.caller import MOST_TICKS, Caller
from telephony.clock import Clock
from telephony.echo import EchoGate
from telephony.edge import Edge
from telephony.recorder import Recorder
from telephony.recordings import Recording

_MOST_BEHIND: Final = 10
"""Ticks after which the caller is heard however little time there is."""


class Intake:
    """Of one call.

    Args:
        edge: where it is read.
        clock: says whether there is time.
        caller: gets it.
        echo: is told what was played.
        recorder: keeps both sides, if wanted.
    """

    def __init__(
        self,
        edge: Edge,
        clock: Clock,
        caller: Caller,
        echo: EchoGate | None,
        recorder: Recorder | Recording | None,
    ) -> None:
        self._edge = edge
        self._clock = clock
        self._caller = caller
        self._echo = echo
        self._recorder = recorder
        self._unread = 0
        """Ticks since the edge was read."""
        self._due = 1
        """After so many it is read again."""
        self._heard: tuple[Pcm, ...] = ()
        self._said: list[Pcm] = []
        """What is not recorded yet."""

    def tick(self) -> None:
        """Called once a tick, before the next frame is played."""
        self._unread += 1
        if self._unread >= self._due and (self._unread >= _MOST_BEHIND or not self._clock.behind):
            inbound = self._edge.read(self._unread)
            self._due = self._together(self._caller.take(inbound, self._unread))
            self._unread = 0
            self._heard = inbound.frames

    def _together(self, due: int) -> int:
        """The last of the next `due` ticks in which the others are read; `due` if there is none."""
        return next(
            (ticks for ticks in range(due, 0, -1) if not (self._clock.frame + ticks) % MOST_TICKS),
            due,
        )

    def played(self, frame: Pcm) -> None:
        """The frame that is played in this tick."""
        if self._echo is not None:
            self._echo.played(frame)
        if self._recorder is not None:
            self._said.append(frame)
            if not self._unread:
                self._record()

    def close(self) -> None:
        """The call is over."""
        if self._said:
            self._record()

    def _record(self) -> None:
        assert self._recorder is not None
        self._recorder.add(self._heard, self._said)
        self._heard, self._said = (), []
