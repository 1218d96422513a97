"""What one exchange of a call was: for the console, the journal of timings and the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

from asr.recognizer import Recognition
from dialog.acts import Act, Ask, Say, act_to_json
from dialog.nlu.interpreter import Parse


@dataclass
class StageTimes:
    """Where the time went between the caller's last sound and the assistant's first (ms).

    The stages follow one another, so that `response` is their sum. None: there was no such stage.
    """

    endpoint: float | None = None
    """From the end of speech to the decision that the turn is over."""
    asr: float | None = None
    """From there to the words. Decoding began earlier, at the first pause."""
    nlu: float | None = None
    dialog: float | None = None
    """The engine's step and the journal."""
    tts_first: float | None = None
    """From the acts to the first sound."""

    @property
    def response(self) -> float | None:
        """From the end of speech to the first sound, or None where nobody had spoken."""
        if self.endpoint is None or self.tts_first is None:
            return None
        stages = (self.endpoint, self.asr, self.nlu, self.dialog, self.tts_first)
        return sum(stage or 0.0 for stage in stages)

    def to_json(self) -> dict[str, float | None]:
        """Rounded to a tenth of a millisecond."""
        stages = {**vars(self), "response": self.response}
        return {name: None if ms is None else round(ms, 1) for name, ms in stages.items()}


@dataclass
class Turn:
    """One exchange: what the caller did and what the assistant answered."""

    number: int
    """0 is the greeting."""
    heard: str | None = None
    """Words of the caller; None where the turn was not speech."""
    keys: str | None = None
    parse: Parse | None = None
    asr_confidence: float | None = None
    snr_db: float | None = None
    acts: tuple[Act, ...] = ()
    times: StageTimes = field(default_factory=StageTimes)

    @property
    def said(self) -> str:
        """Everything that the assistant says in this turn."""
        return " ".join(act.text for act in self.acts if isinstance(act, Say | Ask))

    def to_json(self) -> dict[str, Any]:
        """As `voice122 call --json` prints it."""
        return {
            "turn": self.number,
            "heard": self.heard,
            "intent": None if self.parse is None else self.parse.intent,
            "confidence": None if self.parse is None else round(self.parse.confidence, 4),
            "said": self.said,
            "acts": [act_to_json(act) for act in self.acts],
            "ms": self.times.to_json(),
        }


@dataclass(frozen=True)
class Outcome:
    """How the call left the assistant."""

    kind: str
    """``handed_over``, ``redirected``, or the reason of the hang-up."""
    target: str | None = None
    """Queue or number."""


class Certainty(TypedDict):
    """How sure the recognizer is, as the interpreter wants to know it."""

    asr_confidence: float
    alternatives: tuple[tuple[str, float], ...]


def certainty(recognition: Recognition) -> Certainty:
    """Of what was heard."""
    others = tuple((a.text, a.confidence) for a in recognition.alternatives)
    return {"asr_confidence": recognition.confidence, "alternatives": others}
