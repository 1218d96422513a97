"""Acts: what the engine wants done after an event. The rooms outside carry them out in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


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
class KeyInput:
    """How keys answer a question."""

    most: int = 1
    """Keys at most; as soon as they are pressed, or after `timeout_s`, or at ``#``, it is over."""
    timeout_s: float = 3.0
    """Pause after a key until the input counts as complete (s)."""

    def __post_init__(self) -> None:
        if self.most < 1 or self.timeout_s <= 0:
            raise ValueError("a key input takes at least one key, and waits for more than 0 s")


ONE_KEY: Final = KeyInput()


@dataclass(frozen=True)
class Say:
    """Speak `text`; the caller is not asked anything."""

    text: str
    protected: bool = False
    """Heard to the end: neither speech nor the act that follows may cut it."""
    personal: bool = False
    """Whether the text repeats what the caller told; its audio is never kept."""
    rate: float = 1.0
    """Speed of speech, 1.0 being the usual one; a caller who asked for it is spoken to slower."""


@dataclass(frozen=True)
class Ask:
    """Speak `text` and wait for an answer."""

    text: str
    expects: AnswerKind = AnswerKind.OPEN
    hints: tuple[str, ...] = ()
    """Words that are likely in the answer, for the recognizer."""
    personal: bool = False
    """Whether the text repeats what the caller told; its audio is never kept."""
    keys: KeyInput = ONE_KEY
    protected_s: float = 0.0
    """Beginning of the prompt that speech cannot interrupt (s); keys always can."""
    rate: float = 1.0
    """Speed of speech, as in `Say`."""


@dataclass(frozen=True)
class File:
    """File a request; the answer comes back as a `dialog.events.Filed`, in the same turn."""

    kind: str
    """``appointment``, ``cancellation``, ``home_visit``, ``complaint``, ``callback``."""
    key: str
    """``<flow>:<n>``: the same request has the same key, however often it is filed."""
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    """Slots by name, normalised. Personal."""
    phone: str | None = field(default=None, repr=False)
    """Where to call back, ``+7`` and ten digits."""


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


Act = Say | Ask | File | Transfer | Redirect | Hangup
"""Everything that the engine can want."""


def act_to_json(act: Act) -> dict[str, Any]:
    """The act as the command line and the journal show it: one key that names it, first."""
    match act:
        case Say(text=text):
            return {"say": text}
        case Ask(text=text):
            return {"ask": text}
        case File(kind=kind, key=key, fields=fields, phone=phone):
            return {"file": kind, "key": key, "fields": fields, "phone": phone}
        case Transfer(queue=queue, brief=brief):
            return {"transfer": queue, "brief": brief}
        case Redirect(number=number):
            return {"redirect": number}
        case Hangup(reason=reason):
            return {"hangup": reason}
