"""Acts: what the engine wants done after an event. The rooms outside carry them out in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AnswerKind(StrEnum):
    """What kind of answer a question asks for. Same values as `asr.endpoint.Expectation`."""

    OPEN = "open"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DIGITS = "digits"
    NAME = "name"
    DATE = "date"
    ADDRESS = "address"


@dataclass(frozen=True)
class Say:
    """Speak `text`; the caller is not asked anything."""

    text: str
    protected: bool = False
    """Heard to the end: neither speech nor the act that follows may cut it."""


@dataclass(frozen=True)
class Ask:
    """Speak `text` and wait for an answer."""

    text: str
    expects: AnswerKind = AnswerKind.OPEN
    hints: tuple[str, ...] = ()
    """Words that are likely in the answer, for the recognizer."""
    personal: bool = False
    """Whether the text repeats what the caller told; its audio is never kept."""


@dataclass(frozen=True)
class Transfer:
    """Hand the call to an operator queue, with a brief; nobody has to repeat themselves."""

    queue: str
    brief: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Redirect:
    """Connect the caller to an outside number, for example 103."""

    number: str


@dataclass(frozen=True)
class Hangup:
    """End the call. `reason` is one of the allowed endings, for example ``resolved``."""

    reason: str


Act = Say | Ask | Transfer | Redirect | Hangup
"""Everything that the engine can want."""


def act_to_json(act: Act) -> dict[str, Any]:
    """The act as the command line and the journal show it: one key that names it, first."""
    match act:
        case Say(text=text):
            return {"say": text}
        case Ask(text=text):
            return {"ask": text}
        case Transfer(queue=queue, brief=brief):
            return {"transfer": queue, "brief": brief}
        case Redirect(number=number):
            return {"redirect": number}
        case Hangup(reason=reason):
            return {"hangup": reason}
