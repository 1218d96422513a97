"""Times of day: «четверть девятого», «без десяти восемь», «после обеда», «с девяти до одиннадцати».

An hour without «утра» or «вечера» is one at which clinics see patients, 8:00 to 20:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from dialog.slots.correct import Named, alternatives, wanted
from dialog.slots.dates import find_dates
from dialog.slots.morphology import is_counted
from dialog.slots.numerals import Number, number_at, numeral
from dialog.slots.reading import Reading
from dialog.slots.words import Word, vocabulary, words_of

DAY_MINUTES: Final = 24 * 60
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
    "до обеда": "до обеда,в первой половине дня,в первую половину дня,первая половина дня,"
    "на первую половину дня,первую половину дня,до полудня,перед обедом",
    "после обеда": "после обеда,во второй половине дня,во вторую половину дня,с обеда,"
    "вторая половина дня,на вторую половину дня,вторую половину дня,после полудня,пообедав",
}
_ANY_PHRASES: Final = (
    "в любое время,на любое время,любое время,когда угодно,в течение дня,весь день,целый день,"
    "в любой час,на любой час,время любое,время не важно,неважно во сколько,не важно во сколько,"
    "по времени без разницы,по времени все равно,в любое удобное время"
)
_FIXED_PHRASES: Final = {
    "полдень": 12 * 60, "в полдень": 12 * 60, "к полудню": 12 * 60, "в полночь": 0,
}  # fmt: skip
_QUALIFIERS: Final = {
    "утра": "утро", "утром": "утро", "дня": "день", "днем": "день", "вечера": "вечер",
    "вечером": "вечер", "ночи": "ночь", "ночью": "ночь", "вечерка": "вечер", "утречка": "утро",
}  # fmt: skip
_HOUR_WORDS: Final = frozenset({"час", "часа", "часу", "часов", "часам", "часиков", "часика"})
_MINUTE_WORDS: Final = frozenset({"минут", "минуты", "минута", "минуту", "минуток", "мин"})
_POINTS: Final = frozenset(
    {"в", "во", "на", "к", "ко", "около", "примерно", "часов", "часа", "где"}
)
_ONE_OF_SOMETHING: Final = vocabulary("одно одной одну одного одному одним")
_BEFORE_ONE: Final = frozenset({"после", "до", "с", "около", "от", "раньше", "позже"})
_UNTIL: Final = frozenset({"до", "по", "и", "раньше"})
_HALVES: Final = frozenset({"пол", "половина", "половину", "половине", "половины"})


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


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time of day, or an interval of it, in minutes after midnight."""

    first: int
    last: int | None = None
    """None for a point of time."""
    sure: bool = True
    """False where «семь» may be of the morning or of the evening."""
    part: bool = False
    """Whether it is a part of the day rather than a time by the clock."""

    @property
    def value(self) -> str:
        """``14:15`` or ``12:00/17:00``."""
        if self.last is None:
            return clock(self.first)
        return f"{clock(self.first)}/{clock(self.last)}"


def clock(minute: int) -> str:
    """Minutes after midnight as ``HH:MM``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


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
        return reading(text, words, chosen) if chosen else None


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
        first = _clock_at(words, at + 1) if negated else None
        return _open_range(start, first, True) if first is not None else None
    if text in ("позже", "позднее"):
        first = _clock_at(words, at + 1)
        return _open_range(start, first, not negated) if first is not None else None
    if negated or text not in ("с", "со", "от", "после", "между", "до"):
        return None
    first = _clock_at(words, at + 1)
    if first is None or (text in ("с", "со") and words[first.end - 1].text.endswith("мя")):
        return None  # «с тремя» детьми
    if text == "до":
        return _open_range(start, first, False)
    until = first.end
    if until < len(words) and words[until].text in _UNTIL and text != "после":
        last = _clock_at(words, until + 1)
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
    point = _clock_at(words, index, bare or index > at)
    if point is None or (not bare and _counts_people_or_things(words, point.end)):
        return None
    return replace(point, start=at)


def _says_a_time(words: Sequence[Word], at: int) -> bool:
    """Whether words without a preposition are a time even in passing, not «три часа ждали»."""
    number = number_at(words, at)
    if number is None or number.end >= len(words):
        return number is None
    counted = words[number.end].text in _HOUR_WORDS or words[number.end].text == "дня"
    qualified = _is(words, number.end + 1, frozenset(_QUALIFIERS))
    return not counted or qualified


def _counts_people_or_things(words: Sequence[Word], at: int) -> bool:
    """«к двум врачам», «на пять минут»: a noun in the plural behind a number."""
    if at >= len(words) or words[at].text in _QUALIFIERS or words[at].is_digits:
        return False
    return is_counted(words[at].text)


def _clock_at(words: Sequence[Word], at: int, bare: bool = True) -> Named[TimeSpan] | None:
    """The time that begins right at word `at`."""
    if at >= len(words) or (at > 0 and words[at - 1].text == "через"):
        return None
    for rule in (_half, _before_hour, _past_hour, _hour_and_minutes):
        found = rule(words, at, bare)
        if found is not None:
            return found
    return None


def _half(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«полвосьмого», «половина восьмого»."""
    text = words[at].text
    if text.startswith("пол") and (glued := numeral(text[3:])) is not None and glued.ordinal:
        return _named(words, at, at + 1, glued.value, -30)
    hour = _hour(words, at + 1, True) if text in _HALVES else None
    return _named(words, at, hour.end, hour.value, -30) if hour is not None else None


def _before_hour(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«без десяти восемь», «без четверти девять»."""
    if words[at].text != "без" or at + 1 >= len(words):
        return None
    if words[at + 1].text == "четверти":
        minutes, end = 15, at + 2
    else:
        number = number_at(words, at + 1)
        if number is None or number.ordinal or not 1 <= number.value <= 29:
            return None
        minutes, end = number.value, number.end
    end += _is(words, end, _MINUTE_WORDS)
    hour = _hour(words, end, False)
    return _named(words, at, hour.end, hour.value, -minutes) if hour is not None else None


def _past_hour(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«четверть девятого», «пять минут третьего»."""
    if words[at].text in ("четверть", "четверти"):
        minutes, end = 15, at + 1
    else:
        number = number_at(words, at)
        if number is None or number.ordinal or number.end >= len(words):
            return None
        if words[number.end].text not in _MINUTE_WORDS or not 1 <= number.value <= 59:
            return None
        minutes, end = number.value, number.end + 1
    hour = _hour(words, end, True)
    return _named(words, at, hour.end, hour.value, minutes - 60) if hour is not None else None


def _hour(words: Sequence[Word], at: int, ordinal: bool) -> Number | None:
    """The hour at word `at`: «девятого» or «девять»; «час» is one."""
    if at < len(words) and words[at].text in ("час", "часу") and not ordinal:
        return Number(1, at + 1, False, (1,), "1")
    number = number_at(words, at)
    fits = number is not None and number.ordinal == ordinal and 1 <= number.value <= 12
    return number if fits else None


def _hour_and_minutes(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«девять тридцать», «два часа», «14:15», «час дня», «девять утра»."""
    if words[at].text in ("час", "часу", "часа"):
        qualified = at + 1 < len(words) and words[at + 1].text in _QUALIFIERS
        if words[at].text == "часа" and not (at > 0 and words[at - 1].text in _BEFORE_ONE):
            return None  # «часа» of «через два часа» is no time
        return _named(words, at, at + 1, 1, 0) if bare or qualified else None
    hour = number_at(words, at)
    if hour is None or hour.ordinal or hour.value > 24 or len(hour.digits) > 2:
        return None
    end, marked = hour.end, False
    if _is(words, end, _HOUR_WORDS):
        end, marked = end + 1, True
    minutes, end = _minutes(words, end, hour)
    if hour.value == 0 and minutes is None:
        return None
    qualified = end < len(words) and words[end].text in _QUALIFIERS
    if not (bare or marked or qualified or minutes is not None):
        return None
    if words[at].text in _ONE_OF_SOMETHING:
        return None
    if _counts_something(words, end):
        return None
    if hour.value * 60 + (minutes or 0) > DAY_MINUTES:
        return None
    found = _named(words, at, end, hour.value, minutes or 0)
    written = hour.digits.startswith("0") and hour.value > 0
    return replace(found, value=replace(found.value, sure=True)) if written else found


def _minutes(words: Sequence[Word], at: int, hour: Number) -> tuple[int | None, int]:
    """Minutes behind an hour, and the index behind them."""
    texts = [word.text for word in words[at : at + 2]]
    if texts == ["с", "половиной"]:
        return 30, at + 2
    first = number_at(words, at)
    if first is None or first.ordinal or first.value > 59:
        return None, at
    end, minutes = first.end, first.value
    if first.value == 0 and len(first.digits) == 1:  # «ноль ноль», «ноль пять»
        second = number_at(words, end)
        if second is None or second.value > 9 or second.ordinal:
            return None, at
        minutes, end = second.value, second.end
    elif first.value < 10 and len(first.digits) < 2 and not _is(words, end, _MINUTE_WORDS):
        return None, at
    return minutes, end + _is(words, end, _MINUTE_WORDS)


def _is(words: Sequence[Word], at: int, wanted: frozenset[str]) -> bool:
    return at < len(words) and words[at].text in wanted


def _counts_something(words: Sequence[Word], at: int) -> bool:
    """Whether the number before word `at` counts days, years, people rather than hours."""
    counted = "дней день неделю недели недель месяц месяца месяцев год года лет годик раз раза"
    return at < len(words) and words[at].text in (*counted.split(), "число", "числа", "человек")


def _named(words: Sequence[Word], at: int, end: int, hour: int, shift: int) -> Named[TimeSpan]:
    """The time `shift` minutes from `hour`, in the half of the day that is said or meant."""
    part = _QUALIFIERS.get(words[end].text) if end < len(words) else None
    if part is not None and hour <= 12:
        if part in ("день", "вечер"):
            hour = hour + 12 if hour < 12 else 12 if part == "день" else 24
        elif part == "ночь":
            hour = hour + 12 if 9 <= hour <= 11 else hour % 12
        elif hour == 12:
            hour = 12
        return Named(TimeSpan((hour * 60 + shift) % DAY_MINUTES), at, end + 1)
    if 1 <= hour <= 6:
        hour += 12
    minute = (hour * 60 + shift) % DAY_MINUTES
    if minute < 6 * 60 and hour == 7:
        minute += 12 * 60
    return Named(
        TimeSpan(minute, sure=not 6 * 60 + 30 < minute < 8 * 60 or hour > 7), at, end, 0.85
    )
