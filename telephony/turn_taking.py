"""How a call is led: rules of turn taking, and the sentences of the session itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class TurnTaking:
    """How long, how much, how often."""

    no_input_s: float = 6.0
    """Silence after a question until the caller is asked again (s)."""
    hold_s: float = 0.08
    """Speech over a prompt from which it falls silent (s)."""
    barge_in_s: float = 0.2
    """Less speech never interrupts a prompt, whatever it sounds like (s)."""
    barge_in_words: int = 1
    """Words, other than those of a mere listener, that interrupt a prompt."""
    sure: float = 0.8
    """Probability of a topic from which a pause after it may end the turn sooner (0 to 1)."""
    patience_s: float = 1.2
    """A prompt that fell silent asks after this time whether there are words at all (s)."""
    frameless_ticks: int = 10
    """Ticks without audio after which time goes on without it."""
    most_keys_ahead: int = 32
    """Keys kept while an answer is being prepared."""

    def __post_init__(self) -> None:
        if min(self.no_input_s, self.barge_in_s, self.patience_s) <= 0 or self.hold_s < 0:
            raise ValueError("times of turn taking are above 0 s")
        if self.barge_in_words < 0 or self.frameless_ticks < 1 or self.most_keys_ahead < 1:
            raise ValueError("counts of turn taking are positive")


USUAL: Final = TurnTaking()


@dataclass(frozen=True)
class SessionSettings:
    """How a call is led. The sentences are editors': the version that the call began with."""

    apology: str
    """Spoken when a prompt cannot be; prepared in the cache."""
    keypad_menu: str
    """Greets a caller whom overload leaves the keypad only."""
    rules: TurnTaking = USUAL
