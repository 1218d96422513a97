"""What happens in calls, told to whoever watches: the journal, metrics, the browser's page.

Watching is free of consequences: a watcher that raises is logged and the call goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from telephony.turn import Outcome, Turn

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallEvent:
    """Something that happened in a call."""

    at: float
    """Since the call began (s)."""


@dataclass(frozen=True)
class Answered(CallEvent):
    """The call is served from now on."""

    keypad_only: bool
    """Whether overload left the keypad only."""


@dataclass(frozen=True)
class Thinking(CallEvent):
    """The caller's turn is over; an answer is being prepared."""


@dataclass(frozen=True)
class Speaking(CallEvent):
    """A prompt begins to sound."""


@dataclass(frozen=True)
class Listening(CallEvent):
    """The assistant waits for an answer."""


@dataclass(frozen=True)
class Held(CallEvent):
    """The caller speaks over a prompt, which falls silent."""

    reaction_ms: float
    """Since the first sound of the caller (ms)."""


@dataclass(frozen=True)
class Resumed(CallEvent):
    """It was a cough or an "угу": the prompt goes on from where it was."""

    held_ms: float


@dataclass(frozen=True)
class Interrupted(CallEvent):
    """The prompt is given up for what the caller said or pressed."""


@dataclass(frozen=True)
class Guess(CallEvent):
    """What the caller said so far, in a pause; the caller may go on. Personal."""

    text: str


@dataclass(frozen=True)
class NoWords(CallEvent):
    """Sound of the caller that gave no words."""

    reason: str
    """``nothing``, or the doubt of `asr.guard`."""


@dataclass(frozen=True)
class NoInput(CallEvent):
    """The caller stayed silent for as long as a question waits."""


@dataclass(frozen=True)
class EngineLost(CallEvent):
    """An engine failed in this call; it is being replaced."""

    engine: str
    """``asr``, ``nlu`` or ``tts``."""


@dataclass(frozen=True)
class Underrun(CallEvent):
    """The synthesizer was slower than speech: the caller heard a gap in a prompt."""

    gap_ms: float


@dataclass(frozen=True)
class Answer(CallEvent):
    """A turn, at the moment when its answer begins to sound. Holds what was said: personal."""

    turn: Turn


@dataclass(frozen=True)
class Ended(CallEvent):
    """The assistant has left the call, or the caller has."""

    outcome: Outcome


class Observer(Protocol):
    """Called in the event loop: must not block."""

    def happened(self, call_id: str, event: CallEvent) -> None:
        """Something happened in a call."""
        ...

    def refused(self, call_id: str, reason: str) -> None:
        """A call was not taken: ``overloaded``, ``draining`` or ``duplicate``."""
        ...

    def dropped(self, edge: str, reason: str) -> None:
        """A peer broke the protocol or its limits. `edge` is ``audiosocket`` or a dialect."""
        ...

    def paced(self, late_s: float, skipped: int) -> None:
        """A beat of the pacer: how late it was (s), frames skipped before it."""
        ...


class Silent:
    """Watches nothing: a base for those who care for some of it."""

    def happened(self, call_id: str, event: CallEvent) -> None:
        """See `Observer`."""

    def refused(self, call_id: str, reason: str) -> None:
        """See `Observer`."""

    def dropped(self, edge: str, reason: str) -> None:
        """See `Observer`."""

    def paced(self, late_s: float, skipped: int) -> None:
        """See `Observer`."""


class Observers:
    """Passes everything on to all of `watchers`, whatever one of them does."""

    def __init__(self, watchers: Sequence[Observer]) -> None:
        self._watchers = tuple(watchers)

    def happened(self, call_id: str, event: CallEvent) -> None:
        """See `Observer`."""
        self._tell(lambda watcher: watcher.happened(call_id, event))

    def refused(self, call_id: str, reason: str) -> None:
        """See `Observer`."""
        self._tell(lambda watcher: watcher.refused(call_id, reason))

    def dropped(self, edge: str, reason: str) -> None:
        """See `Observer`."""
        self._tell(lambda watcher: watcher.dropped(edge, reason))

    def paced(self, late_s: float, skipped: int) -> None:
        """See `Observer`."""
        self._tell(lambda watcher: watcher.paced(late_s, skipped))

    def _tell(self, tell: Callable[[Observer], Any]) -> None:
        for watcher in self._watchers:
            try:
                tell(watcher)
            except Exception:
                log.exception("%s failed to watch", type(watcher).__name__)
