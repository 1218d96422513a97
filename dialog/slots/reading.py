"""The interface of slot readers: what a caller said in, the value that it names out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Reading:
    """A value read out of an utterance."""

    value: str
    """Normalised: ISO dates (``2026-12-05``), times (``14:15``) and intervals (``12:00/17:00``),
    digits, ids of lists, ``yes`` and ``no``. Each reader's docstring says what it gives."""
    text: str
    """The stretch of the utterance that says it."""
    start: int
    """Characters from the beginning of the utterance."""
    end: int
    confidence: float
    """How far the words leave no other meaning, 0 to 1; the recognizer's doubts are not in it."""
    unsure_between: tuple[str, ...] = ()
    """Values between which the caller must be asked, likeliest first; empty where one is clear."""
    note: str | None = None
    """What the value cannot hold, for the operator: parts of a name, a code that was added."""


class SlotReader(Protocol):
    """Reads values of one kind. Pure: the date comes in, nothing else is known."""

    def read(self, text: str, today: date) -> Reading | None:
        """The value that `text` names; where it corrects itself, the last one counts.

        Args:
            text: any string, even empty or broken.
            today: the caller's date, from which «завтра» counts.

        Returns:
            None where the words name no value of this kind. Never raises for its content.
        """
        ...
