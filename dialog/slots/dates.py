"""Dates: «завтра», «в следующий вторник», «через неделю», «пятого декабря», «на конец месяца».

A weekday or a day of a month without a year is the next one, since callers ask for visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from dialog.slots import calendar_words as names
from dialog.slots.calendar_dates import day_of_month, month_only, written
from dialog.slots.correct import Named, alternatives, wanted
from dialog.slots.date_span import ANY_DAY, SOONEST, DateSpan, NoSuchDayError
from dialog.slots.numerals import number_at
from dialog.slots.reading import Reading
from dialog.slots.relative_dates import from_today, in_units, third_of, week, weekday
from dialog.slots.words import Word, words_of

_ANY_PHRASES: Final = (
    "в любой день,на любой день,любой день,день любой,в любое время,на любое время,любое время,"
    "когда угодно,без разницы,все равно,мне все равно,хоть когда,не важно когда,неважно когда,"
    "неважно,не важно,любое число,на любое число,в любой,на любой,на любую дату,любая дата,любой,"
    "день не важен,когда удобно,когда вам удобно,когда есть места,когда будет свободно"
)
_SOONEST_PHRASES: Final = (
    "как можно скорее,как можно быстрее,как можно раньше,побыстрее,поскорее,пораньше,"
    "на ближайшее время,в ближайшее время,ближайшее время,на ближайший день,ближайший день,"
    "в ближайшие дни,на ближайшие дни,ближайшую дату,на ближайшую дату,на ближайшее,ближайшее,"
    "чем раньше тем лучше,чем скорее тем лучше,чем быстрее тем лучше,самое ближайшее,срочно,"
    "самый ближайший день,скорее всего побыстрее,самую ближайшую,в самое ближайшее время"
)


def _table(phrases: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in phrases.split(","))


_WISH_PHRASES: Final = {
    **dict.fromkeys(_table(_ANY_PHRASES), ANY_DAY),
    **dict.fromkeys(_table(_SOONEST_PHRASES), SOONEST),
}
_CLEAR_WISH: Final = 3
"""Words of a wish that is clear in passing as well: «как можно скорее»."""
_LONGEST: Final = max(map(len, _WISH_PHRASES))


class DateReader:
    """Gives a date, an interval of dates, ``any`` or ``soonest``."""

    def __init__(self, asked: bool = True) -> None:
        """`asked`: whether the question was about a day, so that «на пятое» is one."""
        self._asked = asked

    def read(self, text: str, today: date) -> Reading | None:
        """The last date that `text` names."""
        words = words_of(text)
        chosen = chosen_dates(words, find_dates(words, today, bare=self._asked))
        if not chosen or (not self._asked and is_doubtful_wish(chosen[0])):
            return None
        start, end = words[chosen[0].start].start, words[chosen[-1].end - 1].end
        values = tuple(dict.fromkeys(item.value.value for item in chosen))
        unsure = values if len(values) > 1 else ()
        return Reading(values[0], text[start:end], start, end, chosen[0].confidence, unsure)


def chosen_dates(words: Sequence[Word], found: Sequence[Named[DateSpan]]) -> list[Named[DateSpan]]:
    """The date that counts, with what «или» joins to it; a date counts more than a wish."""
    found = wanted(words, found)
    dated = [item for item in found if item.value.wish is None]
    return alternatives(words, dated or found)


def is_doubtful_wish(found: Named[DateSpan]) -> bool:
    """Whether a wish may be about something else, unless a day was asked for: «срочно»."""
    short = found.end - found.start < _CLEAR_WISH
    return found.value.wish == ANY_DAY or (found.value.wish == SOONEST and short)


def find_dates(words: Sequence[Word], today: date, bare: bool) -> list[Named[DateSpan]]:
    """All dates that `words` name, in their order.

    Args:
        words: of one utterance.
        today: from which relative dates count.
        bare: whether a day of the month may stand without the month's name.
    """
    found: list[Named[DateSpan]] = []
    at = 0
    while at < len(words):
        try:
            item = _date_at(words, at, today, bare)
        except (NoSuchDayError, ValueError, OverflowError) as error:
            at = error.end if isinstance(error, NoSuchDayError) else at + 1
            continue
        if item is None:
            at += 1
        else:
            found.append(item)
            at = item.end
    return found


def _date_at(words: Sequence[Word], at: int, today: date, bare: bool) -> Named[DateSpan] | None:
    texts = tuple(word.text for word in words[at : at + _LONGEST])
    for length in range(len(texts), 0, -1):
        wish = _WISH_PHRASES.get(texts[:length])
        if wish is not None and _wish_stands_alone(words, at + length):
            return Named(DateSpan(None, wish=wish), at, at + length, 0.85)
    named = from_today(words, at, today) or _edged(words, at, today, bare)
    if named is not None:
        return named
    start = at
    while at < len(words) and words[at].text in ("в", "во", "на", "к", "ко", "с", "со"):
        at += 1
    found = _plain_date(words, at, today, bare) if at < len(words) else None
    return None if found is None else Named(found.value, start, found.end, found.confidence)


def _wish_stands_alone(words: Sequence[Word], at: int) -> bool:
    """«ближайшее», but not «в любой вторник» or «в ближайшее воскресенье»."""
    return at >= len(words) or names.weekday(words[at].text) is None


def _edged(words: Sequence[Word], at: int, today: date, bare: bool) -> Named[DateSpan] | None:
    """«с понедельника по пятницу», «после пятнадцатого», «до среды»."""
    text = words[at].text
    if text not in ("с", "со", "до", "после", "от") or at + 1 >= len(words):
        return None
    if text == "до" and not bare:  # «до завтра» is a goodbye
        return None
    first = _plain_date(words, at + 1, today, bare)
    if first is None or first.value.first is None:
        if text == "с" and bare:
            return _days_of_month(words, at, today)
        return None
    if text in ("до",):
        return Named(DateSpan(today, first.value.first), at, first.end, 0.85)
    if text == "после":
        last = first.value.last or first.value.first
        return Named(DateSpan(last + timedelta(1), None), at, first.end, 0.85)
    if first.end + 1 < len(words) and words[first.end].text in ("по", "до"):
        last_date = _plain_date(words, first.end + 1, first.value.first, bare)
        if last_date is not None and last_date.value.last is not None:
            span = DateSpan(first.value.first, last_date.value.last)
            return Named(span, at, last_date.end, 0.9)
    return None


def _days_of_month(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«с пятого по десятое декабря»."""
    first = number_at(words, at + 1)
    if first is None or not first.ordinal or first.end + 1 >= len(words):
        return None
    if words[first.end].text not in ("по", "до"):
        return None
    last = _plain_date(words, first.end + 1, today, True)
    if last is None or last.value.last is None or not 1 <= first.value <= last.value.last.day:
        return None
    begin = last.value.last.replace(day=first.value)
    return Named(DateSpan(begin, last.value.last), at, last.end, 0.9)


def _plain_date(words: Sequence[Word], at: int, today: date, bare: bool) -> Named[DateSpan] | None:
    """A date that begins right at word `at`, without a preposition."""
    return (
        from_today(words, at, today)
        or in_units(words, at, today)
        or week(words, at, today)
        or weekday(words, at, today)
        or written(words, at, today, bare)
        or third_of(words, at, today)
        or month_only(words, at, today)
        or day_of_month(words, at, today, bare)
    )
