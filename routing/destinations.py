"""Other services that a call may be passed to, or whose number may be said: `destinations.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from routing.hours import OpeningHours


@dataclass(frozen=True)
class Source:
    """Where a number was read."""

    title: str
    url: str | None
    date: date | None


@dataclass(frozen=True)
class Destination:
    """One outside number."""

    id: str
    title: str
    """As the assistant calls the service, in Russian."""
    number: str
    """Digits to dial."""
    spoken: tuple[str, ...]
    """How answers say the number, in words."""
    connect: bool
    """Whether a call may be passed there; otherwise the number is only said."""
    hours: OpeningHours | None
    """None where they are not confirmed: then they are never said."""
    use: Literal["answer", "caveat"]
    """``caveat``: said only with a warning, and with an operator offered."""
    owner: str
    checked: date
    review_by: date | None
    valid_until: date | None
    """After this day the number is neither said nor dialled."""
    facts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = field(default=(), repr=False)

    def usable(self, at: date) -> bool:
        """Whether the number still holds on this day."""
        return self.valid_until is None or at <= self.valid_until

    def answers(self, at: datetime) -> bool | None:
        """Whether the service answers at `at` (with a zone); None where nobody knows."""
        return None if self.hours is None else self.hours.on_duty(at)

    def published(self, at: datetime) -> dict[str, Any]:
        """As JSON, for the routing layer."""
        return {
            "id": self.id,
            "title": self.title,
            "number": self.number,
            "spoken": list(self.spoken),
            "connect": self.connect,
            "use": self.use,
            "answers_now": self.answers(at),
            "hours": None if self.hours is None else self.hours.published(at)["queues"]["general"],
            "owner": self.owner,
            "checked": self.checked.isoformat(),
            "review_by": _iso(self.review_by),
            "valid_until": _iso(self.valid_until),
            "sources": [
                {"title": source.title, "url": source.url, "date": _iso(source.date)}
                for source in self.sources
            ],
        }


@dataclass(frozen=True)
class Destinations:
    """All outside numbers, by id."""

    items: Mapping[str, Destination]

    def by_number(self, number: str) -> Destination | None:
        """Whose number it is."""
        return next((item for item in self.items.values() if item.number == number), None)

    def may_connect(self, number: str, at: date) -> bool:
        """Whether a call may be passed to `number` on this day."""
        item = self.by_number(number)
        return item is not None and item.connect and item.usable(at)

    def spoken_numbers(self, at: date) -> frozenset[str]:
        """Every form in which a number may be said on this day."""
        return frozenset(
            form for item in self.items.values() if item.usable(at) for form in item.spoken
        )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
