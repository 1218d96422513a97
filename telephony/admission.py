"""How many calls are taken, and how: by speech while the machine keeps up, then by the keypad
alone, then not at all. Never with a bad voice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """How a call is served."""

    SPEECH = "speech"
    KEYPAD = "keypad"
    """Nothing is recognized: prompts and keys only."""


@dataclass(frozen=True)
class Capacity:
    """Places for calls."""

    speech: int
    keypad: int = 0
    """So many more calls are served by the keypad alone."""

    def __post_init__(self) -> None:
        if self.speech < 0 or self.keypad < 0:
            raise ValueError("there are no fewer than 0 places")


class Admission:
    """Gives each call one place. A place that was promised to an announced call is held for it.

    Args:
        capacity: of this machine.
        now: a clock that never goes back (s).
        promise_s: how long a promised place waits for its call (s).
    """

    def __init__(
        self, capacity: Capacity, now: Callable[[], float], promise_s: float = 15.0
    ) -> None:
        self.capacity = capacity
        self.draining = False
        """Whether no new calls are taken: the service is about to stop."""
        self._now = now
        self._promise_s = promise_s
        self._places: dict[str, tuple[Mode, float | None]] = {}
        """Mode by call, and until when it is only promised."""

    @property
    def taken(self) -> int:
        """Places that are not free."""
        return len(self._places)

    def promise(self, call_id: str) -> Mode | None:
        """Hold a place for a call that is about to come; None where there is none."""
        return self._place(call_id, self._now() + self._promise_s)

    def take(self, call_id: str) -> Mode | None:
        """The call is here; None where there is no place for it."""
        return self._place(call_id, None)

    def release(self, call_id: str) -> None:
        """The call is over."""
        self._places.pop(call_id, None)

    def _place(self, call_id: str, until: float | None) -> Mode | None:
        now = self._now()
        self._places = {
            known: (mode, expires)
            for known, (mode, expires) in self._places.items()
            if expires is None or expires > now
        }
        if call_id in self._places:
            mode = self._places[call_id][0]
        elif (free := self._free()) is None:
            return None
        else:
            mode = free
        self._places[call_id] = (mode, until)
        return mode

    def _free(self) -> Mode | None:
        if self.draining:
            return None
        modes = [mode for mode, _ in self._places.values()]
        if modes.count(Mode.SPEECH) < self.capacity.speech:
            return Mode.SPEECH
        if modes.count(Mode.KEYPAD) < self.capacity.keypad:
            return Mode.KEYPAD
        return None
