"""Opening hours: whether operators of a queue answer at a moment, in the region's time zone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from routing.editors_file import Problem
from routing.errors import HoursError
from routing.hours_file import read_hours
from routing.hours_published import published
from routing.hours_spoken import describe, when
from routing.schedule import GENERAL, Day, Schedule
from routing.work_calendar import decreed_until

AHEAD_DAYS: Final = 60
"""How far ahead exceptions are published, and the file is checked (days)."""
_HORIZON_DAYS: Final = 400
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Duty:
    """Who answers at a moment, and how to say it."""

    on_duty: bool
    """Whether operators answer."""
    queues: Mapping[str, bool] = field(default_factory=dict)
    """The same of queues with hours of their own."""
    hours: str = ""
    """Today's hours in words, as `OpeningHours.describe` gives them."""
    opens: str = ""
    """When operators answer next, in words; empty while they do, or where nobody knows."""


@dataclass(frozen=True)
class OpeningHours:
    """The schedule of `nlu_data/hours.yml`.

    Every moment that is passed in must carry its zone; moments that come back are in the region's.
    """

    timezone: str
    """IANA name, for example ``Asia/Yekaterinburg``."""
    default: Schedule
    queues: Mapping[str, Schedule] = field(default_factory=dict)
    """Queues whose hours are their own."""

    @property
    def zone(self) -> ZoneInfo:
        """The region's time zone."""
        return ZoneInfo(self.timezone)

    def schedule(self, queue: str = GENERAL) -> Schedule:
        """What holds for `queue`."""
        return self.queues.get(queue, self.default)

    def day(self, day: date, queue: str = GENERAL) -> Day:
        """Hours of one date."""
        return self.schedule(queue).day(day)

    def on_duty(self, at: datetime, queue: str = GENERAL) -> bool:
        """Whether operators of `queue` answer at `at`."""
        local = self.local(at)
        second = (local.hour * 60 + local.minute) * 60 + local.second
        hours = self.day(local.date(), queue).hours
        return any(opens * 60 <= second < closes * 60 for opens, closes in hours)

    def next_opening(self, at: datetime, queue: str = GENERAL) -> datetime | None:
        """The first moment from `at` on at which operators answer: `at` itself when they do.

        None where nobody answers within a year.
        """
        span = next(self._spans(at, queue), None)
        return None if span is None else self.local(max(span[0], at))

    def next_change(self, at: datetime, queue: str = GENERAL) -> datetime | None:
        """When the queue opens or closes next; None where that is not within a year."""
        if self.schedule(queue).always:
            return None
        span = next(self._spans(at, queue), None)
        if span is None:
            return None
        change = span[0] if span[0] > at else span[1]
        return self.local(change) if change < at + (_HORIZON_DAYS - 2) * _DAY else None

    def describe(self, at: datetime, queue: str = GENERAL) -> str:
        """Today's hours in Russian words, and, while nobody answers, when operators answer next."""
        return describe(self, at, queue)

    def duty(self, at: datetime) -> Duty:
        """Who answers at `at`, and how to say it."""
        on_duty = self.on_duty(at)
        opening = None if on_duty else self.next_opening(at)
        return Duty(
            on_duty,
            {queue: self.on_duty(at, queue) for queue in self.queues},
            self.describe(at),
            "" if opening is None else when(opening, self.local(at).date()),
        )

    def published(self, at: datetime, days: int = AHEAD_DAYS) -> dict[str, Any]:
        """The schedule as JSON for the region's site, with exceptions of the next `days`."""
        return published(self, at, days)

    def local(self, at: datetime) -> datetime:
        """`at` in the region's time zone.

        Raises:
            ValueError: `at` has no zone, so nobody can say which moment it is.
        """
        if at.tzinfo is None:
            raise ValueError("opening hours need a time with a zone, for example +05:00")
        return at.astimezone(self.zone)

    def _spans(self, at: datetime, queue: str) -> Iterator[tuple[datetime, datetime]]:
        """Spans of duty that end after `at`, in UTC and in order; touching ones are one."""
        schedule = self.schedule(queue)
        local = self.local(at)
        waiting: tuple[datetime, datetime] | None = None
        for number in range(_HORIZON_DAYS):
            day = local.date() + number * _DAY
            for opens, closes in schedule.day(day).hours:
                span = self._moment(day, opens), self._moment(day, closes)
                if span[1] <= at:
                    continue
                if waiting is not None and waiting[1] == span[0]:
                    waiting = waiting[0], span[1]
                    continue
                if waiting is not None:
                    yield waiting
                waiting = span
        if waiting is not None:
            yield waiting

    def _moment(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, 1440)
        wall = datetime.combine(day + days * _DAY, time(*divmod(rest, 60)), self.zone)
        return wall.astimezone(UTC)  # wall times of one zone compare wrongly when clocks change


def load_hours(path: Path) -> OpeningHours:
    """Read `nlu_data/hours.yml`.

    Raises:
        HoursError: names the file, the line, what is wrong and how to mend it.
    """
    read, file = read_hours(path)
    if read is None:
        broken = [problem for problem in file.problems if problem.severity == "error"]
        others = f" (и ещё ошибок: {len(broken) - 1})" if len(broken) > 1 else ""
        raise HoursError(f"{broken[0]}{others}")
    return OpeningHours(read.timezone, read.default, read.queues)


def check_hours(
    path: Path, today: date, queues: Collection[str] | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong with the file, for the editors' check.

    Args:
        today: special days before it are named as past, and moved days off as unknown for the
            years that come within `AHEAD_DAYS` and are not decreed yet.
        queues: names that exist; None accepts every name.
    """
    read, file = read_hours(path, queues)
    if read is not None:
        year = (today + AHEAD_DAYS * _DAY).year
        if year > decreed_until():
            file.warning(
                None,
                f"переносы выходных на {year} год ещё не известны",
                "В перенесённые дни помощник назовёт часы обычного дня",
                "Обновите службу или впишите эти дни в раздел special",
            )
        schedules = (read.default, *read.queues.values())
        if not any(any(schedule.week) for schedule in schedules):
            file.warning(
                None,
                "операторы не отвечают никогда: во всех днях недели closed",
                "Каждый звонок закончится записью на обратный звонок",
                "Впишите часы в раздел week",
            )
    return tuple(file.problems)
