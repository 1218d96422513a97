"""The national work calendar: holidays, days off that were moved, Saturdays that are worked.

The `holidays` library knows the government's yearly decrees. What it does not know is which working
days are an hour shorter; that follows from articles 95 and 112 of the Labour Code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

import holidays

_COUNTRY: Final = "RU"
_DAY: Final = timedelta(days=1)


class DayKind(StrEnum):
    """What a day is in the work calendar."""

    ORDINARY = "ordinary"
    """A working day or a weekend like any other."""
    HOLIDAY = "holiday"
    """A public holiday of article 112."""
    MOVED_DAY_OFF = "moved_day_off"
    """A weekday on which nobody works because the day off of a weekend was moved here."""
    MOVED_WORKDAY = "moved_workday"
    """A weekend day that is worked because its day off was moved away."""
    BEFORE_HOLIDAY = "before_holiday"
    """A working day before a public holiday, an hour shorter by law."""


@dataclass(frozen=True)
class CalendarDay:
    """A day of the work calendar."""

    kind: DayKind
    name: str | None = None
    """Of a holiday or a moved day off, in Russian."""
    exchanged_for: date | None = None
    """Of a `MOVED_WORKDAY`: the weekday that is free instead."""
    shorter: bool = False
    """Whether the law makes the working day an hour shorter."""


@dataclass(frozen=True)
class _Year:
    free: dict[date, str]
    proper: frozenset[date]
    """Public holidays themselves, without the days off that were moved because of them."""
    worked: dict[date, date]
    """Weekend days that are worked -> the days off that they were exchanged for."""


def calendar_day(day: date) -> CalendarDay:
    """What `day` is."""
    year = _year(day.year)
    instead = year.worked.get(day)
    if instead is not None:
        # The exchanged Saturday is as long as the weekday whose work it takes (order 588n).
        return CalendarDay(DayKind.MOVED_WORKDAY, None, instead, _is_holiday(instead + _DAY))
    if day in year.free:
        kind = DayKind.HOLIDAY if day in year.proper else DayKind.MOVED_DAY_OFF
        return CalendarDay(kind, year.free[day])
    if day.weekday() < 5 and _is_holiday(day + _DAY):
        return CalendarDay(DayKind.BEFORE_HOLIDAY, shorter=True)
    return CalendarDay(DayKind.ORDINARY)


@lru_cache(maxsize=1)
def decreed_until() -> int:
    """The last year whose moved days off the library knows.

    For later years only the holidays of the law are known, until the library is updated.
    """
    return int(max(holidays.country_holidays(_COUNTRY).special_public_holidays))


def _is_holiday(day: date) -> bool:
    return day in _year(day.year).proper


@lru_cache(maxsize=64)
def _year(number: int) -> _Year:
    free = holidays.country_holidays(_COUNTRY, years=number, language="ru")
    moved = _moved(number)
    by_law = holidays.country_holidays(_COUNTRY, years=number, language="ru", observed=False)
    return _Year(
        free=dict(free.items()),
        proper=frozenset(by_law) - frozenset(moved),
        worked={origin: to for to, origin in moved.items() if origin in free.weekend_workdays},
    )


def _moved(number: int) -> dict[date, date]:
    """Days off of a year -> the weekend days from which they were moved."""
    known = holidays.country_holidays(_COUNTRY).special_public_holidays.get(number, ())
    rows = (known,) if known and isinstance(known[0], int) else known  # one row stands alone
    return {date(number, row[0], row[1]): date(number, row[2], row[3]) for row in rows}
