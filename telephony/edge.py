"""Edges: where a call's audio and keys come in and go out."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from asr.audio import Pcm
from telephony.events import CallEvent


class Inbound(NamedTuple):
    """What came from the caller since the last tick. (A tuple, for every tick makes one.)"""

    frames: tuple[Pcm, ...] = ()
    """Frames of 20 ms: mostly one; none where none came (a key is held down, a packet was lost),
    several where the network had held them back."""
    keys: str = ""
    """Keys pressed, in order; mostly empty."""
    hung_up: bool = False


class Edge(Protocol):
    """One call's connection to the caller. Never blocks: the session ticks every 20 ms."""

    def read(self, ticks: int = 1) -> Inbound:
        """What came since the last call of `read`, which was so many ticks ago."""
        ...

    def write(self, frame: Pcm) -> None:
        """Send 20 ms to the caller; the session writes one frame a tick, silence included."""
        ...

    def give_floor(self) -> None:
        """The assistant has finished speaking and waits for the caller's answer."""
        ...

    def clear(self) -> None:
        """The caller interrupts: forget what was written and is not played yet, where a buffer
        beyond this edge can do that."""
        ...

    def show(self, event: CallEvent) -> None:
        """Something happened in the call; an edge with a screen shows it."""
        ...

    def close(self) -> None:
        """The assistant leaves the call; no matter if the caller has hung up already."""
        ...
