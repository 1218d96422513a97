"""The schedule as JSON, for the region's site."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from routing.hours_file import DAYS
from routing.schedule import GENERAL, Day, Hours
from routing.work_calendar import DayKind

if TYPE_CHECKING:
    from routing.hours import OpeningHours


def published(hours: OpeningHours, at: datetime, days: int) -> dict[str, Any]:
    """Weekly hours, exceptions of the next `days`, open or closed, the next change; by queue.

    Args:
        at: with a zone; everything is told as of this moment.
        days: from the day of `at`, that day included.
    """
    local = hours.local(at).replace(microsecond=0)
    return {
        "timezone": hours.timezone,
        "at": local.isoformat(),
        "queues": {
            queue: _queue(hours, local, queue, days) for queue in (GENERAL, *sorted(hours.queues))
        },
    }


def _queue(hours: OpeningHours, at: datetime, queue: str, days: int) -> dict[str, Any]:
    week = hours.schedule(queue).week
    open_now = hours.on_duty(at, queue)
    ahead = (hours.day(at.date() + timedelta(days=n), queue) for n in range(days))
    return {
        "open_now": open_now,
        "always": hours.schedule(queue).always,
        "next_change": _iso(hours.next_change(at, queue)),
        "next_opening": None if open_now else _iso(hours.next_opening(at, queue)),
        "spoken": hours.describe(at, queue),
        "week": {name: _spans(spans) for name, spans in zip(DAYS, week, strict=True)},
        "exceptions": [
            _exception(day) for day in ahead if not day.usual or day.kind != DayKind.ORDINARY
        ],
    }


def _exception(day: Day) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "hours": _spans(day.hours),
        "kind": str(day.kind),
        "note": day.note,
        "as_usual": day.usual,
    }


def _spans(hours: Hours) -> list[list[str]]:
    return [[_clock(opens), _clock(closes)] for opens, closes in hours]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
