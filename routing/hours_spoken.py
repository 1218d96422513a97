"""Opening hours as the assistant says them; numbers in words, at most some twenty-five words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from routing.schedule import ALL_DAY, GENERAL, Day, Hours
from routing.spoken_numbers import day_and_month, hour_and_minute, hours_end
from routing.work_calendar import DayKind

if TYPE_CHECKING:
    from routing.hours import OpeningHours

_ON_WEEKDAY: Final = (
    "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу",
    "в воскресенье",
)  # fmt: skip
_WHY: Final = {
    DayKind.HOLIDAY: "в праздничный день",
    DayKind.MOVED_DAY_OFF: "в выходной день",
    DayKind.MOVED_WORKDAY: "в рабочий день по календарю",
    DayKind.BEFORE_HOLIDAY: "в предпраздничный день",
}
_NEAR: Final = ("сегодня", "завтра", "послезавтра")
_WEEK: Final = 7


def describe(hours: OpeningHours, at: datetime, queue: str = GENERAL) -> str:
    """Today's hours, and, while nobody answers, when operators answer next.

    «Операторы отвечают каждый день с восьми до двадцати часов. Сейчас не отвечают, начнут завтра
    с восьми часов». «Каждый день» is said only where it is true of the whole coming week.

    Args:
        at: with a zone.
    """
    if hours.schedule(queue).always:
        return "Операторы отвечают круглосуточно."
    today = hours.local(at).date()
    day = hours.day(today, queue)
    coming = {hours.day(today + timedelta(days=n), queue).hours for n in range(_WEEK)}
    if not day.hours:
        said = f"Сегодня{_because(day)} операторы не отвечают."
    elif len(coming) == 1:
        said = f"Операторы отвечают каждый день {_spans(day.hours)}."
    else:
        said = f"Сегодня{_because(day)} операторы отвечают {_spans(day.hours)}."
    if hours.on_duty(at, queue):
        return said
    opening = hours.next_opening(at, queue)
    if opening is None:
        return said
    begin = "Сейчас не отвечают, начнут" if day.hours else "Начнут"
    return f"{said} {begin} {when(opening, today)}."


def _because(day: Day) -> str:
    why = "" if day.usual or day.kind == "special" else _WHY.get(DayKind(day.kind), "")
    return f", {why}," if why else ""


def _spans(hours: Hours) -> str:
    if hours == ALL_DAY:
        return "круглосуточно"
    return " и ".join(
        f"с {hour_and_minute(opens)} до {hours_end(closes)}" for opens, closes in hours
    )


def when(opening: datetime, today: date) -> str:
    """A day and hour to come: «завтра с восьми часов»."""
    day = opening.date()
    ahead = (day - today).days
    if ahead < len(_NEAR):
        named = _NEAR[ahead]
    elif ahead < _WEEK:
        named = _ON_WEEKDAY[day.weekday()]
    else:
        named = f"{day_and_month(day)}, {_ON_WEEKDAY[day.weekday()]},"
    return f"{named} с {hours_end(opening.hour * 60 + opening.minute)}"
