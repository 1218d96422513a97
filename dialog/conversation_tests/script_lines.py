"""A conversation test as it was written: lines of a call, each with what must follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Does(StrEnum):
    """What the caller, or the world around the call, does in a line. The keys of the file."""

    RINGS = "rings"
    """The call begins; only to look at the greeting."""
    SAYS = "caller"
    PRESSES = "keys"
    IS_SILENT = "silence"
    HANGS_UP = "hangs_up"
    FAULT = "fault"
    """A turn was lost by a fault of ours."""
    COMES_BACK = "comes_back"
    """The line broke, and the caller is back."""
    NO_ANSWER = "no_answer"
    """Nobody answered at the number to which the caller was redirected."""
    UNANSWERED = "unanswered"
    """No operator of this queue took the call."""


class Register(StrEnum):
    """How the register of requests answers, where a flow files one."""

    FILED = "filed"
    PENDING = "pending"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Hearing:
    """How the caller's words came in."""

    confidence: float = 1.0
    """How sure the recognizer is, 0 to 1."""
    snr_db: float | None = None
    alternatives: tuple[str, ...] = ()
    meaning: str | None = None
    """The intent that stands for the interpreter's, ``none`` for words that it does not
    understand; None: the interpreter itself is asked."""


@dataclass(frozen=True)
class Expected:
    """What must follow a line. Whatever is None is not looked at."""

    topic: str | None = None
    """What the call is about now."""
    answer: tuple[str, ...] = ()
    """Names of responses, each of which must be heard."""
    asks: tuple[str, ...] = ()
    """The last question: names of responses or fragments of its text."""
    says: tuple[str, ...] = ()
    """Fragments of what is heard."""
    not_says: tuple[str, ...] = ()
    slots: Mapping[str, str | None] = field(default_factory=dict)
    """Values; None: must not be known."""
    brief: Mapping[str, str] = field(default_factory=dict)
    """Of a hand-over: fields of the brief, or of its slots, or a fragment of the value."""
    files: str | None = None
    """Kind of the request; ``none``: nothing is filed."""
    transfer: str | None = None
    redirect: str | None = None
    hangup: str | None = None
    """The reason, or ``true`` for any."""


@dataclass(frozen=True)
class ScriptLine:
    """One line of a test."""

    line: int
    """In the file, from 1."""
    does: Does
    words: str
    """What is said or pressed; the number in `Does.NO_ANSWER`, the queue in `Does.UNANSWERED`."""
    hearing: Hearing = Hearing()
    at: str | None = None
    """Local time from this line on."""
    expected: Expected = Expected()


@dataclass(frozen=True)
class ConversationTest:
    """One call."""

    file: str
    """Below the content folder."""
    line: int
    name: str
    lines: tuple[ScriptLine, ...]
    at: str = "2026-11-25T10:00"
    """Local time when it begins: a Wednesday on which operators answer."""
    register: Register = Register.FILED
    caller: str | None = None
    dialled: str | None = None
    recording: bool = False

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"
