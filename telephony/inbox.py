"""What came from a caller and waits for the next tick of the call."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from asr.audio import Pcm
from telephony.edge import Inbound

_MOST_LATE: Final = 3
"""After a stall of the network the call catches up by so many frames at a time, not all at once:
the other calls tick, too."""
_MOST_KEYS: Final = 64


class Inbox:
    """Filled by an edge as bytes come, emptied by the session's tick."""

    def __init__(self) -> None:
        self._frames: deque[Pcm] = deque()
        self._keys: list[str] = []
        self.hung_up = False
        """Whether the caller is gone."""

    def put_frames(self, frames: Iterable[Pcm]) -> None:
        """Sound of the caller, in frames of 20 ms."""
        self._frames.extend(frames)

    def put_key(self, key: str) -> None:
        """A pressed key; beyond 64 in one tick nobody is pressing them."""
        if len(self._keys) < _MOST_KEYS:
            self._keys.append(key)

    def hang_up(self) -> None:
        """The caller is gone; what he said last is of no use any more."""
        self.hung_up = True
        self._frames.clear()

    def take(self, ticks: int = 1) -> Inbound:
        """What the session gets now, so many ticks after it was last asked."""
        keys = ""
        if self._keys:
            keys = "".join(self._keys)
            self._keys.clear()
        waiting = self._frames
        most = ticks + _MOST_LATE
        if len(waiting) <= most:
            frames = tuple(waiting)
            waiting.clear()
        else:
            frames = tuple(waiting.popleft() for _ in range(most))
        return Inbound(frames, keys, self.hung_up)
