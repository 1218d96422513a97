"""Who may speak now, and what the two sides of a call tell each other about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from asr.recognizer import Recognition
from telephony.hearing import Hearing


class Floor(StrEnum):
    """Who may speak now."""

    ASSISTANT = "assistant"
    """A protected sentence, or an answer is being prepared: what the caller says or presses is
    kept."""
    QUESTION = "question"
    """The protected beginning of a question: keys answer it, speech is kept until it is over."""
    SHARED = "shared"
    """A prompt that the caller may interrupt."""
    CALLER = "caller"
    """The assistant waits for an answer."""


@dataclass(frozen=True)
class Spoke:
    """The caller's utterance is over; its words are on their way."""

    hearing: Hearing
    speech_s: float
    """How much of the utterance is speech, pauses left out (s)."""
    snr_db: float | None
    endpoint_ms: float
    """From the end of speech to the decision that the turn is over (ms)."""
    decided_at: float
    """Time of the decision, by the call's clock (s)."""


@dataclass(frozen=True)
class Pressed:
    """The caller pressed keys."""

    keys: str


@dataclass(frozen=True)
class StayedSilent:
    """Nothing came for as long as a question waits."""


@dataclass(frozen=True)
class Gone:
    """The caller hung up."""


CallerEvent = Spoke | Pressed | StayedSilent | Gone


class Assistant(Protocol):
    """What the caller's side asks of the assistant's, inside a tick."""

    @property
    def nearly_done(self) -> bool:
        """Whether hardly anything of the prompt is left."""
        ...

    def hold(self) -> None:
        """Fall silent: the caller speaks."""
        ...

    def release(self) -> None:
        """Go on: it was nothing."""
        ...

    def interrupt(self) -> None:
        """Give the prompt up."""
        ...

    def heard_so_far(self, guess: Recognition, understood: Callable[[], None]) -> bool:
        """Take a guess while the pause grows; whether it must end the turn at once.

        Args:
            guess: what was heard up to the pause.
            understood: to be called if its meaning turns out to be sure.
        """
        ...
