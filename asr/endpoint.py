"""Endpointing: when has the caller finished the turn?

A strategy is fed the detector's verdict frame by frame and answers with signals. Between
`MAYBE_END` and `END` the recognizer already works, so that the caller waits less; `RESUMED` says
that the guess was wrong and the turn goes on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Expectation(StrEnum):
    """What kind of answer the question asked for; endpointing waits accordingly.

    `dialog.acts.AnswerKind` has the same values (the rooms do not import each other).
    """

    OPEN = "open"
    """Anything: "Чем могу помочь?"."""
    YES_NO = "yes_no"
    """A word or two; wait little."""
    CHOICE = "choice"
    """One of a few named things."""
    DIGITS = "digits"
    """A number dictated in groups with pauses; wait long."""
    NAME = "name"
    """A person's name."""
    DATE = "date"
    """A day or a time."""
    ADDRESS = "address"
    """A street address, spoken in pieces."""


class Signal(StrEnum):
    """What a strategy says after a frame."""

    STARTED = "started"
    """Speech began: enough frames in a row, not a click."""
    MAYBE_END = "maybe_end"
    """A pause long enough to begin decoding what was said so far."""
    RESUMED = "resumed"
    """Speech went on after `MAYBE_END`: throw the guess away."""
    END = "end"
    """The turn is over."""
    TOO_LONG = "too_long"
    """The hard limit of a turn was reached while speech still went on; the turn is over."""


class Endpointing(Protocol):
    """One turn-taking strategy, for one call. Pure: no clock, no audio."""

    def expect(self, expectation: Expectation) -> None:
        """Begin to wait for a new turn, an answer of this kind."""
        ...

    def accept(self, speech: bool) -> Signal | None:
        """Take the verdict on the next 20 ms frame; return a signal or None."""
        ...

    def skip(self, frames: int) -> None:
        """Take so many frames without speech while no turn is under way; cheaper than `accept`."""
        ...

    @property
    def next_signal(self) -> int:
        """Which of the next frames is the first that may bring a signal: 1 is the very next one.

        Those before it may wait and be given together with it: no signal is late by that.
        """
        ...

    def guess(self, text: str) -> Signal | None:
        """Take what was heard up to `MAYBE_END`; may end the turn early or ask for more patience.

        "да" to a yes/no question ends at once; "я хочу записаться к" surely goes on.
        Returns `Signal.END` or None. A `text` that comes after `RESUMED` is ignored by the caller.
        """
        ...

    def understood(self) -> Signal | None:
        """Learn that the text of the last `guess` has a sure meaning; may end the turn early.

        Returns `Signal.END` or None.
        """
        ...
