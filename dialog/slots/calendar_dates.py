"""Dates by the calendar: «пятого декабря», «на пятое», «05.12.2026», «в январе»."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from dialog.slots import calendar_words as names
from dialog.slots.correct import Named
from dialog.slots.date_span import (
    DateSpan,
    NoSuchDayError,
    day,
    month_end,
    moved,
    next_day,
    next_of,
)
from dialog.slots.numerals import Number, number_at
from dialog.slots.relative_dates import which_of
from dialog.slots.words import Word, vocabulary

_TIME_BEFORE_ORDINAL: Final = vocabulary(
    "четверть четверти половина половине половину пол минут минуты минута минуту часа"
)
_ISO: Final = 3


def written(words: Sequence[Word], at: int, today: date, bare: bool) -> Named[DateSpan] | None:
    """«2026-12-05», «05.12.2026», «5.12», as Whisper and keyboards write."""
    run = words[at : at + _ISO]
    if not run[0].is_digits or len(run) < 2 or not run[1].is_digits:
        return None
    numbers = [int(word.text[:9]) for word in run if word.is_digits]
    joint = run[1].gap.strip()
    full = len(numbers) == _ISO and run[2].gap.strip() == joint and bool(joint)
    if full and len(run[0].text) == 4:
        return Named(day(date(*numbers)), at, at + 3)
    if full and len(run[2].text) in (2, 4):
        year = numbers[2] if numbers[2] > 99 else 2000 + numbers[2]
        return Named(day(date(year, numbers[1], numbers[0])), at, at + 3)
    if bare and joint in (".", "/") and numbers[1] <= 12 and len(run[1].text) == 2:
        return Named(day(next_of(today, numbers[1], numbers[0])), at, at + 2, 0.8)
    return None


def month_only(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«в январе», «декабря»."""
    month = names.month(words[at].text)
    if month is None:
        return None
    year = today.year + (month < today.month)
    of = date(year, month, 1)
    return Named(DateSpan(max(of, today), month_end(of)), at, at + 1, 0.8)


def day_of_month(words: Sequence[Word], at: int, today: date, bare: bool) -> Named[DateSpan] | None:
    """«пятого декабря», «5 декабря 2027 года», «пятого числа», «на пятое»."""
    number = number_at(words, at)
    if number is None or number.value > 99 or len(number.digits) > 2:
        return None
    end = number.end
    month = names.month(words[end].text) if end < len(words) else None
    exact = month is None or names.is_exact(words[end].text)
    if month is None and bare and number.ordinal:
        month = _ordinal_month(words, end)
    if month is not None:
        year, end = _year(words, end + 1, today)
        try:
            if year is None:
                of = next_of(today, month, number.value)
            else:
                of = date(year, month, number.value)
        except ValueError as error:
            raise NoSuchDayError(end) from error
        return Named(day(of), at, end, 0.95 if exact else 0.7)
    if not 1 <= number.value <= 31:
        raise NoSuchDayError(end)
    if not number.ordinal or (at > 0 and words[at - 1].text in _TIME_BEFORE_ORDINAL):
        return None
    numbered = end < len(words) and words[end].text in ("числа", "число", "числу")
    which = which_of(words[end + 1].text) if numbered and end + 1 < len(words) else None
    alone = bare or _is_surely_a_day(words, at, number)
    if not numbered and not (alone and _names_a_day(words, at, number)):
        return None
    end += numbered
    if which is not None and end + 1 < len(words) and words[end + 1].text == "месяца":
        of = moved(today.replace(day=1), "month", which)
        return Named(day(of.replace(day=number.value)), at, end + 2)
    return Named(day(next_day(today, number.value)), at, end, 0.85)


def _ordinal_month(words: Sequence[Word], at: int) -> int | None:
    """«пятого двенадцатого»: a month by its number, of one word."""
    number = number_at(words, at)
    fits = number is not None and number.ordinal and number.end == at + 1
    spoken = at < len(words) and words[at].text.endswith(("го", "ое"))
    return (
        number.value if number is not None and fits and spoken and 1 <= number.value <= 12 else None
    )


def _is_surely_a_day(words: Sequence[Word], at: int, number: Number) -> bool:
    """«тридцать первого», «на пятое»: even in passing hardly anything else."""
    neuter = words[number.end - 1].text.endswith(("ое", "ье"))
    onto = at > 0 and words[at - 1].text == "на" and neuter and number.value > 3
    return onto or len(number.parts) == 2


def _names_a_day(words: Sequence[Word], at: int, number: Number) -> bool:
    """Whether an ordinal has the ending of a day: «пятого», «пятое», «к пятому»."""
    last = words[number.end - 1].text
    following = words[number.end].text if number.end < len(words) else ""
    return last.endswith(("го", "ое", "ье", "е", "му")) and following not in (
        "года", "раза", "класса", "этажа", "кабинета", "часа", "ребенка",
    )  # fmt: skip


def _year(words: Sequence[Word], at: int, today: date) -> tuple[int | None, int]:
    """The year behind a month, and the index behind it."""
    if at + 1 < len(words) and words[at + 1].text in ("года", "год", "году"):
        shift = which_of(words[at].text)
        if shift is not None:
            return today.year + shift, at + 2
    number = number_at(words, at)
    if number is None:
        return None, at
    end = number.end
    marked = end < len(words) and words[end].text in ("года", "год", "году", "г")
    if number.value < 100 and marked and number.ordinal:
        return 2000 + number.value, end + 1
    if 1900 <= number.value <= 2100 and (number.ordinal or number.parts[0] >= 1900 or marked):
        return number.value, end + marked
    return None, at
