"""Stretches of days, and counting in the calendar."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

ANY_DAY: Final = "any"
SOONEST: Final = "soonest"
WISHES: Final = (ANY_DAY, SOONEST)
"""Values that name no date."""


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A day, days from first to last, or a wish without a date."""

    first: date | None
    last: date | None = None
    """Equal to `first` for one day; None for an open end."""
    wish: str | None = None
    """``any`` or ``soonest``; then there are no dates."""

    @property
    def value(self) -> str:
        """``2026-12-05``, ``2026-11-30/2026-12-06``, ``2026-12-01/..``, ``any``, ``soonest``."""
        if self.first is None:
            return self.wish or ANY_DAY
        if self.last is None:
            return f"{self.first.isoformat()}/.."
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def day(of: date) -> DateSpan:
    """One day."""
    return DateSpan(of, of)


class NoSuchDayError(Exception):
    """30 February; `end` is the index of the first word behind it."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


def moved(today: date, unit: str, count: float) -> date:
    """`today` and `count` of a unit (``day``, ``week``, ``month``, ``year``) later.

    Raises:
        ValueError, OverflowError: outside the calendar of `datetime.date`.
    """
    if unit == "day":
        return today + timedelta(round(count))
    if unit == "week":
        return today + timedelta(round(count * 7 - 0.01))
    if unit == "month" and count != int(count):
        return today + timedelta(round(count * 30))
    months = today.year * 12 + today.month - 1 + int(count * (12 if unit == "year" else 1))
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def month_end(of: date) -> date:
    """The last day of the month."""
    return of.replace(day=monthrange(of.year, of.month)[1])


def next_of(today: date, month: int, number: int) -> date:
    """The next `number` of `month`, today included.

    Raises:
        ValueError: the month has no such day in the coming years.
    """
    for year in range(today.year, today.year + 5):
        if number <= monthrange(year, month)[1] and date(year, month, number) >= today:
            return date(year, month, number)
    raise ValueError(f"month {month} has no day {number}")


def next_day(today: date, number: int) -> date:
    """The next day `number` of a month, today included."""
    of = today.replace(day=1)
    while number > monthrange(of.year, of.month)[1] or of.replace(day=number) < today:
        of = moved(of, "month", 1)
    return of.replace(day=number)
