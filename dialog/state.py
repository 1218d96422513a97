"""The state of a conversation: a small versioned JSON document."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from dialog.errors import StateError

STATE_VERSION: Final = 2
MOST_WORDS_KEPT: Final = 160
"""Characters of the caller's last words that are kept."""
MOST_TRIED: Final = 8
"""Topics that are kept; the journal has them all."""
MOST_FRAMES: Final = 4
"""Flows that may wait for one another."""
MOST_ASKED: Final = 16
"""Questions that can be stepped back."""
_LONGEST: Final = 16_384
"""Characters of a document that is worth reading."""


class Asking(StrEnum):
    """What the last question was about."""

    TOP = "top"
    """Anything: the greeting, «что-нибудь ещё?», the keypad menu."""
    STEP = "step"
    """The slot, or the summary, of the flow's step."""
    UNSURE = "unsure"
    """Which of the values in `options` was meant."""
    DOUBT = "doubt"
    """Whether the one value in `options` was heard right."""
    WRONG = "wrong"
    """Which of the slots in `options` is wrong."""
    CHOOSING = "choosing"
    """Which of the topics in `options` was meant."""
    DETAILS = "details"
    """A detail of an answer, or anything else."""
    FILING = "filing"
    """Nothing: a request is on its way."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow in progress."""

    flow: str
    step: str
    """The step that it has come to."""
    asked: tuple[str, ...] = ()
    """Steps whose questions were asked, in their order, for stepping back."""
    said: tuple[str, ...] = ()
    """Steps that have spoken already; they do not after a correction."""
    after: str = "end"
    """What comes when it is over: ``next`` (the step after the call), ``again`` (the same step of
    the flow below), ``resume`` (the question of the flow below), ``end``."""


@dataclass(frozen=True, slots=True)
class State:
    """All that the engine remembers between two events of a call. Never changed in place."""

    turn: int = 0
    """How many events were answered."""
    frames: tuple[Frame, ...] = ()
    """Flows in progress: the last one talks, the others wait."""
    asking: Asking = Asking.TOP
    options: tuple[str, ...] = ()
    """What the last question asked to choose from; see `Asking`."""
    menu: tuple[int, ...] | None = None
    """The way in the keypad menu, by position from 0; None while it was not offered."""
    slots: dict[str, str] = field(default_factory=dict)
    """What the caller told, normalised: slot name -> value."""
    skipped: tuple[str, ...] = ()
    """Slots that the caller left open."""
    stale: tuple[str, ...] = ()
    """Slots of flows that are over; the next flow forgets them."""
    topic: str | None = None
    """The last topic that was acted on; tells the operator what the call is about."""
    question: str = ""
    """What was asked last, in full, for "повторите"."""
    answer: str = ""
    """What was said before the question, for "повторите"."""
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
    requests: tuple[str, ...] = ()
    """Requests of this call: ``<key> <status> <number>``; the last one may be on its way."""
    redirects: tuple[str, ...] = ()
    """Outside numbers that were tried."""
    unanswered: str | None = None
    """The queue where nobody answered, while or after a call-back is offered for that."""
    caller: str | None = None
    """Number of the caller, ``+7`` and ten digits, where it is known."""
    recording: bool = False
    dialled: bool = False
    """Whether the dialled number told something."""
    slow: bool = False
    """Whether the caller asked to be spoken to slower."""
    ended: str | None = None
    """How the call ended, or None while it goes on."""

    @property
    def frame(self) -> Frame | None:
        """The flow that talks."""
        return self.frames[-1] if self.frames else None

    @property
    def flow(self) -> str | None:
        """Its name, or None at the top."""
        return self.frames[-1].flow if self.frames else None

    @property
    def step(self) -> str | None:
        """Its step, or None at the top."""
        return self.frames[-1].step if self.frames else None

    def to_json(self) -> str:
        """One line of JSON: version, a digest against damage, and what is not as at the start."""
        content = {
            name: value
            for name, value in asdict(self).items()
            if value != _DEFAULTS[name] or name == "turn"
        }
        return json.dumps(
            {"version": STATE_VERSION, "digest": _digest(content), **content}, ensure_ascii=False
        )

    @classmethod
    def from_json(cls, text: str) -> State:
        """Read what `to_json` wrote.

        Raises:
            StateError: not a state document, one that was changed, or one of a version that this
                program cannot read.
        """
        document = _document(text)
        version, digest = document.pop("version", None), document.pop("digest", None)
        if version != STATE_VERSION:
            raise StateError(
                f"state document of version {version}, this program reads {STATE_VERSION}:"
                " hand the call over"
            )
        if digest != _digest(document):
            raise StateError("damaged state document (wrong digest): hand the call over")
        try:
            document["frames"] = tuple(
                Frame(**{**frame, "asked": tuple(frame["asked"]), "said": tuple(frame["said"])})
                for frame in document.get("frames", ())
            )
            document["asking"] = Asking(document.get("asking", Asking.TOP))
            for name in _TUPLES & document.keys():
                value = document[name]
                document[name] = None if value is None else tuple(value)
            return cls(**document)
        except (KeyError, TypeError, ValueError) as error:
            raise StateError(f"damaged state document ({error}): hand the call over") from error


_DEFAULTS: Final = asdict(State())
_TUPLES: Final = {f.name for f in fields(State) if f.name != "frames" and "tuple" in str(f.type)}


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError) as error:
        raise StateError(f"not a state document ({error}): hand the call over") from error
    if not isinstance(document, dict):
        raise StateError("not a state document: hand the call over")
    return document


def salvage(text: str) -> dict[str, Any]:
    """What a document that `State.from_json` refuses still tells, for the operator's brief.

    Keys: ``turn``, ``topic``, ``last_words``, ``caller``, ``slots``; none where nothing is left.
    """
    try:
        document = _document(text)
    except StateError:
        return {}
    found: dict[str, Any] = {
        name: document[name]
        for name in ("topic", "last_words", "caller")
        if isinstance(document.get(name), str)
    }
    if isinstance(document.get("turn"), int):
        found["turn"] = document["turn"]
    slots = document.get("slots")
    if isinstance(slots, dict):
        found["slots"] = {k: v for k, v in slots.items() if isinstance(v, str)}
    return found
