"""The state of a conversation: a small versioned JSON document."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from dialog.errors import StateError

STATE_VERSION: Final = 1


@dataclass(frozen=True)
class State:
    """All that the engine remembers between two events of a call. Never changed in place."""

    turn: int = 0
    """How many events were answered."""
    flow: str | None = None
    """The flow in progress, or None at the top."""
    step: str | None = None
    """The step of the flow whose question was asked last."""
    slots: dict[str, str] = field(default_factory=dict)
    """What the caller told, normalised: slot name -> value."""
    choosing: tuple[str, ...] = ()
    """Intents between which the last question asked the caller to choose."""
    unsure: tuple[str, ...] = ()
    """Values of the step's slot between which the last question asked the caller to choose."""
    topic: str | None = None
    """The last intent that was acted on; tells the operator what the call is about."""
    last_prompt: str = ""
    """What was asked last, for "повторите"."""
    last_words: str = ""
    """What the caller said last, for the brief."""
    step_failures: int = 0
    """Turns without progress at this question."""
    call_failures: int = 0
    """Turns without progress in this call."""
    tried: tuple[str, ...] = ()
    """Topics that were answered or begun, for the brief."""
    snr_db: float | None = None
    """Line quality of the last utterance (dB)."""
    ended: str | None = None
    """How the call ended, or None while it goes on."""

    def to_json(self) -> str:
        """One line of JSON, with the version first."""
        return json.dumps({"version": STATE_VERSION, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> State:
        """Read what `to_json` wrote.

        Raises:
            StateError: not a state document, or one of a version that this program cannot read.
        """
        try:
            document: dict[str, Any] = json.loads(text)
            version = document.pop("version")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise StateError(f"not a state document ({error}): hand the call over") from error
        if version != STATE_VERSION:
            raise StateError(
                f"state document of version {version}, this program reads {STATE_VERSION}:"
                " hand the call over"
            )
        try:
            document["choosing"] = tuple(document["choosing"])
            document["tried"] = tuple(document["tried"])
            document["unsure"] = tuple(document.get("unsure", ()))
            return cls(**document)
        except (KeyError, TypeError) as error:
            raise StateError(f"damaged state document ({error}): hand the call over") from error

    def progressed(self) -> State:
        """The same, with the counter of this question's failures at zero."""
        return replace(self, step_failures=0)

    def failed(self) -> State:
        """The same, with one more turn without progress."""
        return replace(
            self, step_failures=self.step_failures + 1, call_failures=self.call_failures + 1
        )


def salvage(text: str) -> dict[str, Any]:
    """What a document that `State.from_json` refuses still tells, for the operator's brief."""
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    known = {name: document.get(name) for name in ("topic", "last_words")}
    found: dict[str, Any] = {name: value for name, value in known.items() if isinstance(value, str)}
    slots = document.get("slots")
    if isinstance(slots, dict):
        found["slots"] = {name: value for name, value in slots.items() if isinstance(value, str)}
    return found
