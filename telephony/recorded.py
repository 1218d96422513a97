"""An edge whose caller is a set of recordings: each is the caller's next turn."""

from __future__ import annotations

from collections.abc import Sequence

from asr.audio import Pcm
from asr.transcribe import frames
from telephony.edge import Inbound
from telephony.events import CallEvent
from telephony.player import SILENCE

_REACTION_FRAMES = 15
"""A caller takes about 300 ms to begin to answer."""


class RecordedCaller:
    """Plays its next turn when the assistant has finished speaking; hangs up after the last one.

    Args:
        turns: the caller's turns in order, each of shape (n,), int16, 8 kHz.
    """

    def __init__(self, turns: Sequence[Pcm]) -> None:
        self._turns = list(turns)
        self._playing: list[Pcm] = []
        self._hung_up = False

    def read(self, ticks: int = 1) -> Inbound:
        if self._hung_up:
            return Inbound(hung_up=True)
        said, self._playing = self._playing[:ticks], self._playing[ticks:]
        return Inbound((*said, *[SILENCE] * (ticks - len(said))))

    def write(self, frame: Pcm) -> None:
        """The recorded caller does not listen."""

    def give_floor(self) -> None:
        if self._playing:  # still speaking
            return
        if not self._turns:
            self._hung_up = True
            return
        self._playing = [SILENCE] * _REACTION_FRAMES + list(frames(self._turns.pop(0)))

    def clear(self) -> None:
        """Nothing is buffered."""

    def show(self, event: CallEvent) -> None:
        """There is no screen."""

    def close(self) -> None:
        """The recorded caller does not mind."""
