"""The interpreter's interface: words in, intent and entities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from dialog.acts import AnswerKind


@dataclass(frozen=True)
class Context:
    """What the interpreter may know of the conversation."""

    expects: AnswerKind = AnswerKind.OPEN
    """What kind of answer the last question asked for."""
    asr_confidence: float = 1.0
    """How sure the recognizer was of the text, 0 to 1; 1 for typed text."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """Other readings by the recognizer with their confidences, best first."""


@dataclass(frozen=True)
class Ranked:
    """One intent and its calibrated probability."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Entity:
    """A stretch of the text that names something."""

    entity: str
    """Its kind, for example ``specialty``."""
    value: str
    """Normalised: an id of the lists where there is one."""
    text: str
    """As it was said."""
    start: int
    """Characters from the beginning of the text."""
    end: int


@dataclass(frozen=True)
class Parse:
    """What an utterance means."""

    text: str
    intent: str | None
    """None where the interpreter rejects (out of scope, or too unsure)."""
    confidence: float
    """Calibrated probability of the first intent of `ranking`, 0 to 1."""
    ranking: tuple[Ranked, ...] = ()
    """Best first; every intent that the interpreter knows, at least ten."""
    entities: tuple[Entity, ...] = ()
    safety: str | None = None
    """The safety rule that fired, or None."""
    clarify: tuple[str, ...] = ()
    """Intents to choose from by a question, where one answer would be too risky; else empty."""

    def to_json(self) -> dict[str, Any]:
        """As `voice122 nlu parse --jsonl` prints it."""
        return {
            "text": self.text,
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "ranking": [
                {"name": r.intent, "confidence": round(r.confidence, 4)} for r in self.ranking
            ],
            "entities": [vars(e) for e in self.entities],
            "safety": self.safety,
        }


class Interpreter(Protocol):
    """Embedded or Rasa."""

    name: str

    def parse(self, text: str, context: Context = Context()) -> Parse:
        """Understand `text` (any string, even empty or broken; never fails on its content)."""
        ...
