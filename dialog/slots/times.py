"""Times of day: by the clock, parts of the day, stretches: «с девяти до одиннадцати»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from dialog.slots.clock_times import (
    DAY_MINUTES,
    HOUR_WORDS,
    QUALIFIERS,
    TimeSpan,
    clock_at,
    is_one_of,
)
from dialog.slots.correct import Named, alternatives, wanted
from dialog.slots.dates import find_dates
from dialog.slots.morphology import is_counted
from dialog.slots.numerals import number_at
from dialog.slots.reading import Reading
from dialog.slots.words import Word, words_of

ANY_TIME: Final = (0, DAY_MINUTES)
_PARTS: Final = {
    "утро": (8 * 60, 12 * 60),
    "день": (12 * 60, 17 * 60),
    "вечер": (17 * 60, 20 * 60),
    "ночь": (0, 6 * 60),
    "обед": (12 * 60, 14 * 60),
    "до обеда": (8 * 60, 12 * 60),
    "после обеда": (12 * 60, 17 * 60),
}
_PART_PHRASES: Final = {
    "утро": "утром,с утра,утречком,с утречка,утро,на утро,рано утром,утренние часы,утреннее время,"
    "с утра пораньше,пораньше с утра,под утро,поутру",
    "день": "днем,в дневное время,среди дня,в середине дня",
    "вечер": "вечером,вечерком,вечер,под вечер,к вечеру,ближе к вечеру,на вечер,вечернее время,"
    "после работы,ввечеру,вечерочком,с вечера",
    "ночь": "ночью",
    "обед": "в обед,к обеду,на обед,в обеденное время,в обеденный перерыв,около обеда",
    "до обеда": "до обеда,в первой половине,в первую половину,в первой половине дня,"
    "в первую половину дня,первая половина дня,"
    "на первую половину дня,первую половину дня,до полудня,перед обедом",
    "после обеда": "после обеда,во второй половине,во вторую половину,во второй половине дня,"
    "во вторую половину дня,с обеда,"
    "вторая половина дня,на вторую половину дня,вторую половину дня,после полудня,пообедав",
}
_ANY_PHRASES: Final = (
    "в любое время,на любое время,любое время,когда угодно,в течение дня,весь день,целый день,"
    "в любой час,на любой час,время любое,время не важно,неважно во сколько,не важно во сколько,"
    "по времени без разницы,по времени все равно,в любое удобное время"
)
_INDIFFERENT: Final = (
    "без разницы,все равно,не важно,неважно,не принципиально,на ваше усмотрение,как вам удобно,"
    "как удобно,любое,любой,хоть во сколько,хоть когда,во сколько угодно,без разницы во сколько"
)
"""Where a time was asked, these leave it open."""
_FIXED_PHRASES: Final = {
    "полдень": 12 * 60, "в полдень": 12 * 60, "к полудню": 12 * 60, "в полночь": 0,
}  # fmt: skip
_POINTS: Final = frozenset(
    {"в", "во", "на", "к", "ко", "около", "примерно", "часов", "часа", "где"}
)
_UNTIL: Final = frozenset({"до", "по", "и", "раньше"})


def _table() -> dict[tuple[str, ...], tuple[int, int] | int]:
    table: dict[tuple[str, ...], tuple[int, int] | int] = {
        tuple(phrase.split()): _PARTS[part]
        for part, phrases in _PART_PHRASES.items()
        for phrase in phrases.split(",")
    }
    table.update({tuple(phrase.split()): ANY_TIME for phrase in _ANY_PHRASES.split(",")})
    table.update({tuple(phrase.split()): minute for phrase, minute in _FIXED_PHRASES.items()})
    return table


_PHRASES: Final = _table()
_LONGEST: Final = max(map(len, _PHRASES))


class TimeReader:
    """Gives ``14:15`` or an interval ``12:00/17:00``; any time is ``00:00/24:00``.

    «В семь» is asked back: ``07:00`` or ``19:00``.
    """

    def __init__(self, asked: bool = True) -> None:
        """`asked`: whether the question was about a time, so that «девять» alone is one."""
        self._asked = asked

    def read(self, text: str, today: date) -> Reading | None:
        """The last time that `text` names."""
        words = words_of(text)
        dates = find_dates(words, today, bare=False)
        taken = frozenset(
            n for item in dates if not item.value.wish for n in range(item.start, item.end)
        )
        chosen = chosen_times(words, find_times(words, self._asked, taken))
        if not chosen and self._asked:
            chosen = _indifferent(words)
        return reading(text, words, chosen) if chosen else None


def _indifferent(words: Sequence[Word]) -> list[Named[TimeSpan]]:
    texts = [word.text for word in words]
    for phrase in (tuple(said.split()) for said in _INDIFFERENT.split(",")):
        for at in range(len(texts) - len(phrase) + 1):
            if tuple(texts[at : at + len(phrase)]) == phrase:
                return [Named(TimeSpan(*ANY_TIME, part=True), at, at + len(phrase), 0.85)]
    return []


def reading(text: str, words: Sequence[Word], chosen: Sequence[Named[TimeSpan]]) -> Reading:
    """The reading of the first of `chosen`; the others are its alternatives."""
    start, end = words[chosen[0].start].start, words[chosen[-1].end - 1].end
    values = [item.value.value for item in chosen]
    first = chosen[0]
    if len(values) == 1 and not first.value.sure:
        values.append(replace(first.value, first=first.value.first + 12 * 60).value)
    unsure = tuple(dict.fromkeys(values)) if len(set(values)) > 1 else ()
    return Reading(values[0], text[start:end], start, end, first.confidence, unsure)


def chosen_times(words: Sequence[Word], found: Sequence[Named[TimeSpan]]) -> list[Named[TimeSpan]]:
    """The time that counts, with what «или» joins to it.

    A part of the day beside a time by the clock tells which half of the day is meant.
    """
    found = wanted(words, found)
    exact = [item for item in found if not item.value.part]
    if not exact:
        return alternatives(words, found)
    chosen = alternatives(words, exact)
    parts = [item for item in found if item.value.part]
    if parts and parts[-1].value != TimeSpan(*ANY_TIME, part=True):
        chosen = [replace(item, value=_within(item.value, parts[-1].value)) for item in chosen]
    return chosen


def _within(time: TimeSpan, part: TimeSpan) -> TimeSpan:
    """`time` in the half of the day that `part` belongs to, where that is open."""
    if time.sure and not (part.first >= 17 * 60 and 8 * 60 <= time.first < 12 * 60):
        return time
    late = part.first >= 12 * 60
    shift = 12 * 60 if late and time.first < 12 * 60 else 0
    last = None if time.last is None else time.last
    return TimeSpan(time.first + shift, last)


def find_times(
    words: Sequence[Word], bare: bool, taken: frozenset[int] = frozenset()
) -> list[Named[TimeSpan]]:
    """All times that `words` name, in their order.

    Args:
        words: of one utterance.
        bare: whether a number alone may be an hour.
        taken: indices of words that mean something else.
    """
    found: list[Named[TimeSpan]] = []
    at = 0
    while at < len(words):
        item = None if at in taken else _time_at(words, at, bare)
        if item is None or not taken.isdisjoint(range(item.start, item.end)):
            number = number_at(words, at)  # of «двадцать пять» five is no hour
            at = number.end if number is not None else at + 1
        else:
            found.append(item)
            at = item.end
    return found


def _time_at(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    return _phrase_at(words, at) or _range_at(words, at) or _point_at(words, at, bare)


def _phrase_at(words: Sequence[Word], at: int) -> Named[TimeSpan] | None:
    if at > 0 and words[at - 1].text.startswith("добр"):  # «добрый вечер»
        return None
    texts = tuple(word.text for word in words[at : at + _LONGEST])
    for length in range(len(texts), 0, -1):
        known = _PHRASES.get(texts[:length])
        if known is None:
            continue
        if isinstance(known, int):
            return Named(TimeSpan(known), at, at + length)
        return Named(TimeSpan(*known, part=True), at, at + length, 0.9)
    return None


def _range_at(words: Sequence[Word], at: int) -> Named[TimeSpan] | None:
    """«с девяти до одиннадцати», «после четырёх», «до шести», «не раньше десяти»."""
    text = words[at].text
    negated = text == "не" and at + 1 < len(words)
    if negated:
        at, text = at + 1, words[at + 1].text
    start = at - 1 if negated else at
    if text in ("раньше", "ранее"):
        first = clock_at(words, at + 1) if negated else None
        return _open_range(start, first, True) if first is not None else None
    if text in ("позже", "позднее"):
        first = clock_at(words, at + 1)
        return _open_range(start, first, not negated) if first is not None else None
    if negated or text not in ("с", "со", "от", "после", "между", "до"):
        return None
    first = clock_at(words, at + 1)
    if first is None or (text in ("с", "со") and words[first.end - 1].text.endswith("мя")):
        return None  # «с тремя» детьми
    if text == "до":
        return _open_range(start, first, False)
    until = first.end
    if until < len(words) and words[until].text in _UNTIL and text != "после":
        last = clock_at(words, until + 1)
        if last is not None:
            return _closed_range(start, first, last)
    return _open_range(start, first, True)


def _open_range(start: int, edge: Named[TimeSpan], after: bool) -> Named[TimeSpan]:
    minute = edge.value.first
    span = TimeSpan(minute, DAY_MINUTES) if after else TimeSpan(0, minute)
    return Named(span, start, edge.end, 0.85)


def _closed_range(
    start: int, first: Named[TimeSpan], last: Named[TimeSpan]
) -> Named[TimeSpan] | None:
    begin, end = first.value.first, last.value.first
    if end <= begin:
        begin, end = begin % (12 * 60), end if end > begin % (12 * 60) else end + 12 * 60
    if end <= begin or end > DAY_MINUTES:
        return None
    return Named(TimeSpan(begin, end), start, last.end, 0.9)


def _point_at(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """A time by the clock, with or without a preposition."""
    index = at
    while index < len(words) and words[index].text in _POINTS:
        index += 1
    if not bare and index == at and not _says_a_time(words, at):
        return None
    point = clock_at(words, index, bare or index > at)
    if point is None or (not bare and _counts_people_or_things(words, point.end)):
        return None
    return replace(point, start=at)


def _says_a_time(words: Sequence[Word], at: int) -> bool:
    """Whether words without a preposition are a time even in passing, not «три часа ждали»."""
    number = number_at(words, at)
    if number is None or number.end >= len(words):
        return number is None
    counted = words[number.end].text in HOUR_WORDS or words[number.end].text == "дня"
    qualified = is_one_of(words, number.end + 1, frozenset(QUALIFIERS))
    return not counted or qualified


def _counts_people_or_things(words: Sequence[Word], at: int) -> bool:
    """«к двум врачам», «на пять минут»: a noun in the plural behind a number."""
    if at >= len(words) or words[at].text in QUALIFIERS or words[at].is_digits:
        return False
    return is_counted(words[at].text)
