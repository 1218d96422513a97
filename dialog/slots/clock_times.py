"""Times by the clock: «четверть девятого», «без десяти восемь», «девять тридцать», «14:15».

An hour without «утра» or «вечера» is one at which clinics see patients, 8:00 to 20:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialog.slots.correct import Named
from dialog.slots.numerals import Number, number_at, numeral
from dialog.slots.words import Word, vocabulary

DAY_MINUTES: Final = 24 * 60
QUALIFIERS: Final = {
    "утра": "утро", "утром": "утро", "дня": "день", "днем": "день", "вечера": "вечер",
    "вечером": "вечер", "ночи": "ночь", "ночью": "ночь", "вечерка": "вечер", "утречка": "утро",
}  # fmt: skip
HOUR_WORDS: Final = frozenset({"час", "часа", "часу", "часов", "часам", "часиков", "часика"})
_MINUTE_WORDS: Final = frozenset({"минут", "минуты", "минута", "минуту", "минуток", "мин"})
_THIRDS: Final = {"начале": (0, 20), "середине": (20, 40), "конце": (40, 60)}
"""Minutes of «в начале девятого», «в конце девятого»."""
_ONE: Final = Number(1, 1, False, (1,), "1")
"""«Час» is one o'clock."""
_ONE_OF_SOMETHING: Final = vocabulary("одно одной одну одного одному одним")
_BEFORE_ONE: Final = frozenset({"после", "до", "с", "около", "от", "раньше", "позже"})
_HALVES: Final = frozenset({"пол", "половина", "половину", "половине", "половины"})


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


def clock_at(words: Sequence[Word], at: int, bare: bool = True) -> Named[TimeSpan] | None:
    """The time that begins right at word `at`."""
    if at >= len(words) or (at > 0 and words[at - 1].text in ("через", "без")):
        return None
    for rule in (
        _half,
        _before_hour,
        _within_hour,
        _past_hour,
        _about_past_hour,
        _hour_and_minutes,
    ):
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
    """«без десяти восемь», «без четверти девять», «без двадцати пять»."""
    if words[at].text != "без" or at + 1 >= len(words):
        return None
    number = None
    if words[at + 1].text == "четверти":
        minutes, end = 15, at + 2
    else:
        number = number_at(words, at + 1)
        if number is None or number.ordinal or not 1 <= number.value <= 29:
            return None
        minutes, end = number.value, number.end
    end += is_one_of(words, end, _MINUTE_WORDS)
    hour = _hour(words, end, False)
    if hour is None and number is not None and len(number.parts) == 2:
        # «двадцати пять» reads as one number; without an hour behind it, it is twenty to five.
        minutes, named = number.parts
        return _named(words, at, number.end, named, -minutes)
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


def _about_past_hour(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«минут десять третьего», «минут в двадцать девятого»."""
    if words[at].text not in ("минут", "минуток"):
        return None
    index = at + 1
    while index < len(words) and words[index].text in ("в", "на", "этак", "примерно"):
        index += 1
    number = number_at(words, index)
    if number is None or number.value > 69:
        return None
    if number.ordinal:  # «двадцать девятого» reads as one number, and means 20 past eight
        if len(number.parts) != 2:
            return None
        minutes, hour = number.parts
        return _named(words, at, number.end, hour, minutes - 60) if minutes < 60 else None
    past = _hour(words, number.end, True)
    return _named(words, at, past.end, past.value, number.value - 60) if past is not None else None


def _within_hour(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«десятом часу», «начале девятого», «конце третьего»: a part of an hour."""
    third = _THIRDS.get(words[at].text)
    hour = _hour(words, at if third is None else at + 1, True)
    if hour is None:
        return None
    in_hour = hour.end < len(words) and words[hour.end].text in ("часу", "часа", "час")
    if _counts_something(words, hour.end):
        return None
    if third is None:
        if not in_hour or not words[hour.end - 1].text.endswith(("ом", "ем")):
            return None
        third = (0, 60)
    begin = _named(words, at, hour.end + in_hour, hour.value, third[0] - 60)
    first = begin.value.first
    span = TimeSpan(first, first + third[1] - third[0], begin.value.sure)
    return Named(span, at, begin.end, min(begin.confidence, 0.85))


def _hour(words: Sequence[Word], at: int, ordinal: bool) -> Number | None:
    """The hour at word `at`: «девятого» or «девять»; «час» is one."""
    if at < len(words) and words[at].text in ("час", "часу") and not ordinal:
        return replace(_ONE, end=at + 1)
    number = number_at(words, at)
    fits = number is not None and number.ordinal == ordinal and 1 <= number.value <= 12
    return number if fits else None


def _hour_and_minutes(words: Sequence[Word], at: int, bare: bool) -> Named[TimeSpan] | None:
    """«девять тридцать», «два часа», «14:15», «час дня», «девять утра»."""
    if words[at].text in ("час", "часу", "часа"):
        qualified = at + 1 < len(words) and words[at + 1].text in QUALIFIERS
        if words[at].text == "часа" and not (at > 0 and words[at - 1].text in _BEFORE_ONE):
            return None  # «часа» of «через два часа» is no time
        minutes, end = _minutes(words, at + 1, _ONE)
        if minutes is not None and (at == 0 or number_at(words, at - 1) is None):
            return _named(words, at, end, 1, minutes)
        return _named(words, at, at + 1, 1, 0) if bare or qualified else None
    hour = number_at(words, at)
    if hour is None or hour.ordinal or hour.value > 24 or len(hour.digits) > 2:
        return None
    end, marked = hour.end, False
    if is_one_of(words, end, HOUR_WORDS):
        end, marked = end + 1, True
    minutes, end = _minutes(words, end, hour)
    if hour.value == 0 and minutes is None:
        return None
    qualified = end < len(words) and words[end].text in QUALIFIERS
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
    elif first.value < 10 and len(first.digits) < 2 and not is_one_of(words, end, _MINUTE_WORDS):
        return None, at
    return minutes, end + is_one_of(words, end, _MINUTE_WORDS)


def is_one_of(words: Sequence[Word], at: int, wanted: frozenset[str]) -> bool:
    return at < len(words) and words[at].text in wanted


def _counts_something(words: Sequence[Word], at: int) -> bool:
    """Whether the number before word `at` counts days, years, people rather than hours."""
    counted = "дней день неделю недели недель месяц месяца месяцев год года лет годик раз раза"
    return at < len(words) and words[at].text in (*counted.split(), "число", "числа", "человек")


def _named(words: Sequence[Word], at: int, end: int, hour: int, shift: int) -> Named[TimeSpan]:
    """The time `shift` minutes from `hour`, in the half of the day that is said or meant."""
    part = QUALIFIERS.get(words[end].text) if end < len(words) else None
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
