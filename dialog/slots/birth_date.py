"""Birth dates: «двенадцатого мая пятьдесят восьмого года», «12 05 1958», «ноль пятое»."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from dialog.slots import calendar_words as names
from dialog.slots.digits import runs_of, ways
from dialog.slots.numerals import number_at
from dialog.slots.reading import Reading
from dialog.slots.words import Word, vocabulary, words_of

OLDEST_YEARS: Final = 120
_YEAR_WORDS: Final = frozenset({"года", "год", "году", "г"})
_AFTER_YEAR: Final = _YEAR_WORDS | {"рождения", "рожденья", "родился", "родилась", "а", "и"}
_BETWEEN: Final = vocabulary("месяца месяц год числа число день тире точка дефис это в")


class BirthDateReader:
    """Gives the date as ``1958-05-12``; None without a year, in the future, or over 120 years ago.

    Of two digits for the year the latest past one is meant: «пятого года» is 2005.
    """

    def read(self, text: str, today: date) -> Reading | None:
        """The last birth date that `text` names."""
        words = words_of(text)
        best: tuple[date, int, int, float] | None = None
        at = 0
        while at < len(words):
            found = _date_at(words, at, today)
            if found is None:  # a whole number: of «двадцать девятого» nine is no day
                number = number_at(words, at)
                at = number.end if number is not None else at + 1
            else:
                best = (found[0], at, found[1], 0.95)
                at = found[1]
        if best is None:
            best = _in_digits(words, today)
        if best is None:
            return None
        start, end = words[best[1]].start, words[best[2] - 1].end
        return Reading(best[0].isoformat(), text[start:end], start, end, best[3])


def _date_at(words: Sequence[Word], at: int, today: date) -> tuple[date, int] | None:
    """A day, a month and a year that begin at word `at`, and the index behind them."""
    if words[at].is_digits and len(words[at].text) == 4:  # 1958-05-12
        found = _iso(words, at, today)
        return found if found is not None else _year_first(words, at, today)
    found = _day_first(words, at, today)
    return found if found is not None else _year_first(words, at, today)


def _year_first(words: Sequence[Word], at: int, today: date) -> tuple[date, int] | None:
    """«пятьдесят восьмой год двенадцатое мая», «1958 года рождения, 12 мая»."""
    called = words[at].text in ("год", "года")
    year, end = _year(words, at + called)
    if year is None:
        return None
    marked = called or year >= 1000
    while end < len(words) and words[end].text in _AFTER_YEAR:
        marked = marked or words[end].text in _YEAR_WORDS
        end += 1
    if not marked:
        return None
    day, behind = _small(words, end, 31)
    if day is None:
        return None
    behind = _skip(words, behind)
    month = names.month(words[behind].text) if behind < len(words) else None
    if month is not None:
        behind += 1
    else:
        month, behind = _small(words, behind, 12)
        if month is None:
            return None
    of = _past_date(year, month, day, today)
    return None if of is None else (of, behind)


def _day_first(words: Sequence[Word], at: int, today: date) -> tuple[date, int] | None:
    """«двенадцатое мая пятьдесят восьмого», «мая двенадцатого пятьдесят восьмого»."""
    first = names.month(words[at].text)
    if first is not None:
        day, end = _small(words, at + 1, 31)
        return None if day is None else _with_year(words, _skip(words, end), day, first, today)
    day, end = _small(words, at, 31)
    if day is None:
        return None
    end = _skip(words, end)
    month = names.month(words[end].text) if end < len(words) else None
    if month is not None:
        end += 1
    else:
        month, end = _small(words, end, 12)
        if month is None:
            return None
    return _with_year(words, _skip(words, end), day, month, today)


def _with_year(
    words: Sequence[Word], at: int, day: int, month: int, today: date
) -> tuple[date, int] | None:
    year, end = _year(words, at)
    of = None if year is None else _past_date(year, month, day, today)
    if of is None:
        return None
    return of, end + (end < len(words) and words[end].text in _YEAR_WORDS)


def _year(words: Sequence[Word], at: int) -> tuple[int | None, int]:
    """A year as it is said, of two or four digits, and the index behind it."""
    number = number_at(words, at)
    if number is None:
        return None, at
    year, end = number.value, number.end
    if year == 0 and number.digits == "0":  # «ноль пятого года»
        number = number_at(words, end)
        if number is None or not 1 <= number.value <= 9:
            return None, at
        year, end = number.value, number.end
    # «девятнадцать пятьдесят восемь», as in English
    if year in (19, 20) and not number.ordinal and len(number.digits) == 2:
        rest = number_at(words, end)
        if rest is not None and 10 <= rest.value <= 99 and len(rest.digits) == 2:
            year, end = year * 100 + rest.value, rest.end
    if 900 <= year <= 999:  # «девятьсот пятьдесят восьмого», without the thousand
        year += 1000
    return year, end


def _iso(words: Sequence[Word], at: int, today: date) -> tuple[date, int] | None:
    run = words[at : at + 3]
    if len(run) < 3 or not all(word.is_digits and len(word.text) <= 4 for word in run):
        return None
    year, month, day = (int(word.text) for word in run)
    of = _past_date(year, month, day, today)
    return None if of is None else (of, at + 3)


def _small(words: Sequence[Word], at: int, most: int) -> tuple[int | None, int]:
    """A number from 1 to `most`, perhaps with a spoken zero ahead."""
    number = number_at(words, at)
    if number is not None and number.digits == "0":
        number = number_at(words, number.end)
        most = 9
    if number is None or not 1 <= number.value <= most or len(number.digits) > 2:
        return None, at
    return number.value, number.end


def _skip(words: Sequence[Word], at: int) -> int:
    while at < len(words) and words[at].text in _BETWEEN:
        at += 1
    return at


def _past_date(year: int, month: int, day: int, today: date) -> date | None:
    if year < 100:
        year += 2000 if 2000 + year <= today.year else 1900
    try:
        of = date(year, month, day)
    except (ValueError, OverflowError):
        return None
    return of if of <= today and today.year - of.year <= OLDEST_YEARS else None


def _in_digits(words: Sequence[Word], today: date) -> tuple[date, int, int, float] | None:
    """Eight digits in a row, as keys give them: 12051958."""
    for run in reversed(runs_of(words)):
        for digits in ways(run):
            if len(digits) == 8:
                of = _past_date(int(digits[4:]), int(digits[2:4]), int(digits[:2]), today)
                if of is not None and int(digits[4:]) > 999:
                    return of, run.groups[0].start, run.groups[-1].end, 0.8
    return None
