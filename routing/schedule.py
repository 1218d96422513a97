"""When one queue is served: its week, and the days on which the week does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from routing.work_calendar import DayKind, calendar_day

Hours = tuple[tuple[int, int], ...]
"""Spans of a day, from and to in minutes since midnight (0 to 1440), in order, apart."""

CLOSED: Final[Hours] = ()
ALL_DAY: Final[Hours] = ((0, 1440),)
GENERAL: Final = "general"
"""The queue without hours of its own."""
USUAL: Final = "usual"
"""As on the same day of any other week."""


@dataclass(frozen=True)
class SpecialDay:
    """Hours of one date, written by an editor; they go before everything else."""

    hours: Hours
    note: str | None = None
    """Why, for the region's site."""


@dataclass(frozen=True)
class Day:
    """One date of a schedule."""

    date: date
    hours: Hours
    kind: DayKind | Literal["special"]
    note: str | None
    """The holiday's name, or the editor's note."""
    usual: bool
    """Whether the hours are those of the weekday."""


@dataclass(frozen=True)
class Schedule:
    """Hours of one queue."""

    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    """From Monday."""
    holidays: Hours | Literal["usual"] = USUAL
    """Of public holidays, and of weekdays to which a day off was moved."""
    moved_workdays: Hours | Literal["usual", "exchanged"] = "exchanged"
    """Of weekend days that are worked; ``exchanged``: the hours of the weekday free instead."""
    before_holiday_min: int = 0
    """How much earlier a working day ends before a public holiday (minutes)."""
    special: Mapping[date, SpecialDay] = field(default_factory=dict)

    @property
    def always(self) -> bool:
        """Whether it never closes, whatever the day."""
        return (
            set(self.week) == {ALL_DAY}
            and self.holidays in (USUAL, ALL_DAY)
            and self.moved_workdays in (USUAL, "exchanged", ALL_DAY)
            and not self.before_holiday_min
            and all(day.hours == ALL_DAY for day in self.special.values())
        )

    def day(self, day: date) -> Day:
        """What holds on `day`."""
        usual = self.week[day.weekday()]
        written = self.special.get(day)
        if written is not None:
            return Day(day, written.hours, "special", written.note, written.hours == usual)
        calendar = calendar_day(day)
        hours = usual
        match calendar.kind:
            case DayKind.HOLIDAY | DayKind.MOVED_DAY_OFF if not isinstance(self.holidays, str):
                hours = self.holidays
            case DayKind.MOVED_WORKDAY if not isinstance(self.moved_workdays, str):
                hours = self.moved_workdays
            case DayKind.MOVED_WORKDAY if self.moved_workdays == "exchanged":
                assert calendar.exchanged_for is not None
                hours = self.week[calendar.exchanged_for.weekday()]
        if calendar.shorter:
            hours = _end_earlier(hours, self.before_holiday_min)
        return Day(day, hours, calendar.kind, calendar.name, hours == usual)


ALWAYS: Final = Schedule(week=(ALL_DAY,) * 7)


def _end_earlier(hours: Hours, minutes: int) -> Hours:
    """`hours` without their last `minutes`."""
    if not hours or not minutes:
        return hours
    *before, (opens, closes) = hours
    left = closes - minutes
    if left > opens:
        return (*before, (opens, left))
    return _end_earlier(tuple(before), opens - left) if before else CLOSED
