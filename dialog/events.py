"""Events: what happens in a call, as the engine sees it.

Every event carries its time and whether operators are on duty, because the engine reads no clock.
Events turn into JSON and back without loss, so that a journalled call replays exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from dialog.nlu.interpreter import Entity, Parse, Ranked


@dataclass(frozen=True)
class Event:
    """Base of all events."""

    at: datetime
    """When it happened, with time zone."""
    on_duty: bool
    """Whether operators answer at this moment."""
    queues: Mapping[str, bool] = field(default_factory=dict, kw_only=True)
    """The same of queues that have hours of their own."""
    hours: str = field(default="", kw_only=True)
    """Opening hours in words, for example «Операторы отвечают каждый день с восьми до двадцати
    часов.»; empty where nobody knows them."""
    opens: str = field(default="", kw_only=True)
    """When operators answer next, in words («завтра с восьми часов»); empty while they do."""

    def answers(self, queue: str) -> bool:
        """Whether operators of `queue` answer at this moment."""
        return self.queues.get(queue, self.on_duty)


@dataclass(frozen=True)
class CallStarted(Event):
    """The caller is on the line."""

    caller: str | None = None
    """Number of the caller, as it came; None where it is withheld."""
    dialled: str | None = None
    """Number that was dialled (digits): a clinic's own line already tells the clinic."""
    recording: bool = False
    """Whether the call is recorded; then the greeting says so."""


@dataclass(frozen=True)
class Reconnected(Event):
    """The call had broken off, and the caller is back under the same call id."""


@dataclass(frozen=True)
class RedirectFailed(Event):
    """Nobody answered at the outside number; the caller is back."""

    number: str


@dataclass(frozen=True)
class QueueUnanswered(Event):
    """No operator took the call that was handed over; the caller is back from the queue."""

    queue: str


@dataclass(frozen=True)
class Filed(Event):
    """What became of a request (`dialog.acts.File`)."""

    key: str
    """The act's."""
    status: Literal["filed", "pending", "refused", "failed"]
    """``pending``: kept, and not known to be filed yet. ``failed``: not even kept."""
    number: str | None = None
    """Short number to say aloud; None while nobody has given one."""


@dataclass(frozen=True)
class StateLost(Event):
    """The state of the call cannot be read; a person takes over with what is known."""

    known: dict[str, Any] = field(default_factory=dict)
    """What could be saved of the state, as in a brief."""


@dataclass(frozen=True)
class Heard(Event):
    """The caller said something; `parse.text` is empty where speech gave no words."""

    parse: Parse
    asr_confidence: float
    """How sure the recognizer was, 0 to 1."""
    snr_db: float | None = None
    """Line quality of the utterance (dB), where it was measured."""
    alternatives: tuple[str, ...] = ()
    """Other readings by the recognizer, best first: a misheard town may be right in one of them."""


@dataclass(frozen=True)
class Keys(Event):
    """The caller pressed keys: digits, ``*`` and ``#``."""

    keys: str


@dataclass(frozen=True)
class Silence(Event):
    """The caller said nothing for as long as the question allows."""


@dataclass(frozen=True)
class EngineFailed(Event):
    """Recognition or understanding of this turn was lost by a fault of ours."""


@dataclass(frozen=True)
class HungUp(Event):
    """The caller hung up."""


_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        CallStarted,
        Reconnected,
        RedirectFailed,
        QueueUnanswered,
        Filed,
        StateLost,
        Heard,
        Keys,
        Silence,
        EngineFailed,
        HungUp,
    )
}


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as the journal keeps it."""
    document = asdict(event)
    document["at"] = event.at.isoformat()
    return {"event": type(event).__name__, **document}


def event_from_json(document: dict[str, Any]) -> Event:
    """The event that `event_to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError: the document is not one.
    """
    values = dict(document)
    kind = _KINDS[values.pop("event")]
    values["at"] = datetime.fromisoformat(values["at"])
    if kind is Heard:
        parse = dict(values["parse"])
        parse["ranking"] = tuple(Ranked(**item) for item in parse["ranking"])
        parse["entities"] = tuple(Entity(**item) for item in parse["entities"])
        parse["clarify"] = tuple(parse["clarify"])
        values["parse"] = Parse(**parse)
        values["alternatives"] = tuple(values["alternatives"])
    return kind(**values)
