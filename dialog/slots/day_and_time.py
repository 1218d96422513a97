"""A day with a time: «в следующий вторник после обеда», «завтра к девяти»."""

from __future__ import annotations

from datetime import date

from dialog.slots.clock_times import TimeSpan
from dialog.slots.date_span import DateSpan
from dialog.slots.dates import chosen_dates, find_dates, is_doubtful_wish
from dialog.slots.reading import Reading
from dialog.slots.times import ANY_TIME, chosen_times, find_times
from dialog.slots.words import words_of


class DayAndTimeReader:
    """Gives what `DateReader` gives and, where a time is said, ``T`` and what `TimeReader` gives.

    For example ``2026-12-01``, ``2026-12-01T14:15``, ``2026-12-01T12:00/17:00`` (an interval of
    one day, as in ISO 8601-1:2019, 5.5.2.3), ``2026-11-30/2026-12-06T08:00/12:00`` (mornings of
    these days), ``any``. A time without a day is not an answer; neither is a day in the past.
    """

    def __init__(self, asked: bool = True) -> None:
        """`asked`: whether the question was about a day."""
        self._asked = asked

    def read(self, text: str, today: date) -> Reading | None:
        """The last day and the last time that `text` names."""
        words = words_of(text)
        found = find_dates(words, today, bare=self._asked)
        days = chosen_dates(words, found)
        if not days or _is_past(days[0].value, today):
            return None
        if not self._asked and is_doubtful_wish(days[0]):
            return None
        taken = frozenset(
            n for item in found if not item.value.wish for n in range(item.start, item.end)
        )
        times = chosen_times(words, find_times(words, bare=False, taken=taken))
        spans = [(d.start, d.end) for d in days] + [(t.start, t.end) for t in times]
        start = words[min(first for first, _ in spans)].start
        end = words[max(last for _, last in spans) - 1].end
        options = _options(tuple(d.value for d in days), tuple(t.value for t in times))
        confidence = min([days[0].confidence, *(time.confidence for time in times)])
        unsure = options if len(options) > 1 else ()
        return Reading(options[0], text[start:end], start, end, confidence, unsure)


def _is_past(span: DateSpan, today: date) -> bool:
    return span.last is not None and span.last < today


def _options(days: tuple[DateSpan, ...], times: tuple[TimeSpan, ...]) -> tuple[str, ...]:
    """Every day with every time; the half of the day is asked of the operator, not of the ear."""
    clock = [time.value for time in times if (time.first, time.last) != ANY_TIME]
    if len(times) == 1 and not times[0].sure:
        clock.append(TimeSpan(times[0].first + 12 * 60, times[0].last).value)
    if not clock:
        return tuple(dict.fromkeys(day.value for day in days))
    pairs = (f"{day.value}T{time}" for day in days for time in clock)
    return tuple(dict.fromkeys(pairs))
