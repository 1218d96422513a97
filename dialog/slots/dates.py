"""Dates: «завтра», «в следующий вторник», «через неделю», «пятого декабря», «на конец месяца».

A weekday or a day of a month without a year is the next one, since callers ask for visits.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dialog.slots import calendar_words as names
from dialog.slots.correct import Named, alternatives, wanted
from dialog.slots.numerals import Number, number_at
from dialog.slots.reading import Reading
from dialog.slots.words import Word, vocabulary, words_of

ANY_DAY: Final = "any"
SOONEST: Final = "soonest"
WISHES: Final = (ANY_DAY, SOONEST)
"""Values that name no date."""
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
_NEXT: Final = ("следующ", "будущ")
_THIS: Final = ("ближайш", "текущ", "нынешн", "данн")
_LAST: Final = ("прошл", "прошедш", "предыдущ")
_UNITS: Final = {
    **dict.fromkeys(("день", "дня", "дней", "дни", "деньков", "денька", "денек"), "day"),
    **dict.fromkeys(("неделя", "неделю", "недели", "недель", "недельку", "недельки"), "week"),
    **dict.fromkeys(("месяц", "месяца", "месяцев", "месяцок"), "month"),
    **dict.fromkeys(("год", "года", "лет", "годик"), "year"),
}
_COUNTS: Final = {"пару": 2, "пара": 2, "парочку": 2, "полторы": 1.5, "несколько": 3, "пол": 0.5}
_THIRDS: Final = {"начал": 0, "середин": 1, "конц": 2, "конец": 2}
_TIME_BEFORE_ORDINAL: Final = vocabulary(
    "четверть четверти половина половине половину пол минут минуты минута минуту часа"
)
_ISO: Final = 3


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A day, days from first to last, or a wish without a date."""

    first: date | None
    last: date | None = None
    """Equal to `first` for one day; None for an open end."""
    wish: str | None = None
    """``any`` or ``soonest``; then there are no dates."""

    @property
    def value(self) -> str:
        """``2026-12-05``, ``2026-11-30/2026-12-06``, ``2026-12-01/..``, ``any``, ``soonest``."""
        if self.first is None:
            return self.wish or ANY_DAY
        if self.last is None:
            return f"{self.first.isoformat()}/.."
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def day(of: date) -> DateSpan:
    """One day."""
    return DateSpan(of, of)


def _table(phrases: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in phrases.split(","))


_WISH_PHRASES: Final = {
    **dict.fromkeys(_table(_ANY_PHRASES), ANY_DAY),
    **dict.fromkeys(_table(_SOONEST_PHRASES), SOONEST),
}
_LONGEST: Final = max(map(len, _WISH_PHRASES))


class _NoSuchDayError(Exception):
    """30 February; `end` is the index of the first word behind it."""

    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


class DateReader:
    """Gives a date, an interval of dates, ``any`` or ``soonest``."""

    def __init__(self, asked: bool = True) -> None:
        """`asked`: whether the question was about a day, so that «на пятое» is one."""
        self._asked = asked

    def read(self, text: str, today: date) -> Reading | None:
        """The last date that `text` names."""
        words = words_of(text)
        chosen = chosen_dates(words, find_dates(words, today, bare=self._asked))
        if not chosen or (chosen[0].value.wish and not self._asked):
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
        except (_NoSuchDayError, ValueError, OverflowError) as error:
            at = error.end if isinstance(error, _NoSuchDayError) else at + 1
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
    named = _from_today(words, at, today) or _edged(words, at, today, bare)
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
        _from_today(words, at, today)
        or _in_units(words, at, today)
        or _week(words, at, today)
        or _weekday(words, at, today)
        or _written(words, at, today, bare)
        or _third(words, at, today)
        or _month_only(words, at, today)
        or _day_of_month(words, at, today, bare)
    )


def _from_today(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«завтра», «после завтра», «завтрашний день»."""
    texts = [word.text for word in words[at : at + 3]]
    end, days = at + 1, names.days_from_today(texts[0])
    if texts[:2] == ["после", "завтра"]:
        end, days = at + 2, 2
    elif texts[:3] == ["после", "после", "завтра"]:
        end, days = at + 3, 3
    if days is None:
        return None
    if end < len(words) and words[end].text in ("день", "дня", "число", "числа", "же"):
        end += 1
    return Named(day(today + timedelta(days)), at, end)


def _in_units(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«через неделю», «через две недели в четверг», «дня через три», «неделю назад»."""
    text = words[at].text
    if text == "через" or (
        text in _UNITS and at + 1 < len(words) and words[at + 1].text == "через"
    ):
        unit = None if text == "через" else _UNITS[text]
        count, index = _count(words, at + (1 if unit is None else 2))
        if unit is None:
            if index >= len(words) or words[index].text not in _UNITS:
                return None
            unit, index = _UNITS[words[index].text], index + 1
            if unit == "day" and count is None:  # «через день»: the day after tomorrow
                count = 2
        moved = _moved(today, unit, count or 1)
        if unit == "week":
            named = _weekday_in_week(words, index, moved)
            if named is not None:
                return Named(day(named[0]), at, named[1])
        return Named(day(moved), at, index, 0.9)
    count, index = _count(words, at)
    if index + 1 < len(words) and words[index].text in _UNITS and words[index + 1].text == "назад":
        moved = _moved(today, _UNITS[words[index].text], -(count or 1))
        return Named(day(moved), at, index + 2)
    return None


def _count(words: Sequence[Word], at: int) -> tuple[float | None, int]:
    """How many units, and the index behind; None where no number is said."""
    if at < len(words) and words[at].text in _COUNTS:
        return _COUNTS[words[at].text], at + 1
    number = number_at(words, at)
    if number is None or number.ordinal or number.value > 400:
        return None, at
    return number.value, number.end


def _moved(today: date, unit: str, count: float) -> date:
    if unit == "day":
        return today + timedelta(round(count))
    if unit == "week":
        return today + timedelta(round(count * 7 - 0.01))
    if unit == "month" and count != int(count):
        return today + timedelta(round(count * 30))
    months = today.year * 12 + today.month - 1 + int(count * (12 if unit == "year" else 1))
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _weekday_in_week(words: Sequence[Word], at: int, of: date) -> tuple[date, int] | None:
    """A weekday right behind a week: «на следующей неделе в четверг»."""
    while at < len(words) and words[at].text in ("в", "во", "на"):
        at += 1
    index = names.weekday(words[at].text) if at < len(words) else None
    return None if index is None else (of + timedelta(index - of.weekday()), at + 1)


def _which(word: str) -> int | None:
    """-1 for «прошлый», 0 for «этот», 1 for «следующий»; None for other words."""
    for stems, shift in ((_NEXT, 1), (_LAST, -1)):
        if word.startswith(stems):
            return shift
    this = word in ("этот", "эту", "это", "этой", "этом", "этого", "эти", "этих")
    return 0 if this or word.startswith(_THIS) else None


def _week(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«на следующей неделе», «в эти выходные», «следующий месяц»."""
    shift = _which(words[at].text)
    index = at if shift is None else at + 1
    if index >= len(words):
        return None
    text = words[index].text
    monday = today - timedelta(today.weekday())
    if (
        text in ("неделе", "неделю", "недели", "неделя", "недельке", "недельку")
        and shift is not None
    ):
        monday += timedelta(7 * shift)
        named = _weekday_in_week(words, index + 1, monday)
        if named is not None:
            return Named(day(named[0]), at, named[1])
        first = max(today, monday) if shift == 0 else monday
        return Named(DateSpan(first, monday + timedelta(6)), at, index + 1, 0.9)
    if text in ("выходные", "выходных"):
        saturday = monday + timedelta(5 + 7 * (shift or 0))
        first = max(today, saturday) if not shift else saturday
        return Named(DateSpan(first, saturday + timedelta(1)), at, index + 1, 0.9)
    if text in ("месяц", "месяце", "месяца") and shift is not None:
        of = _moved(today.replace(day=1), "month", shift)
        first = max(today, of) if shift == 0 else of
        return Named(DateSpan(first, _month_end(of)), at, index + 1, 0.9)
    return None


def _weekday(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«вторник», «следующую пятницу», «вторник через неделю», «четверг на следующей неделе»."""
    shift = _which(words[at].text)
    index = at if shift is None else at + 1
    wanted_day = names.weekday(words[index].text) if index < len(words) else None
    if wanted_day is None or words[index].text.endswith(("ам", "ям")):  # «по субботам»
        return None
    confidence = 0.95 if names.is_exact(words[index].text) else 0.7
    end = index + 1
    monday = today - timedelta(today.weekday())
    if shift is None:
        texts = [word.text for word in words[end : end + 4]]
        which = _which(texts[1]) if len(texts) > 2 and texts[0] in ("на", "той") else None
        if which is not None and texts[2].startswith("недел"):
            shift, end = which, end + 3
        elif texts[:2] == ["через", "неделю"]:
            ahead = (wanted_day - today.weekday()) % 7 or 7
            return Named(day(today + timedelta(ahead + 7)), at, end + 2, confidence)
    if shift == 1:
        return Named(day(monday + timedelta(7 + wanted_day)), at, end, min(confidence, 0.85))
    if shift == -1:
        return Named(day(monday + timedelta(wanted_day - 7)), at, end, confidence)
    # On a Tuesday «во вторник» is the next one: of this day people say «сегодня».
    ahead = (wanted_day - today.weekday()) % 7 or 7
    return Named(day(today + timedelta(ahead)), at, end, confidence)


def _written(words: Sequence[Word], at: int, today: date, bare: bool) -> Named[DateSpan] | None:
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
        return Named(day(_next_of(today, numbers[1], numbers[0])), at, at + 2, 0.8)
    return None


def _third(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«конец месяца», «начало недели», «середина декабря»."""
    third = next((n for stem, n in _THIRDS.items() if words[at].text.startswith(stem)), None)
    index = at + 1
    if third is None or index >= len(words):
        return None
    shift = _which(words[index].text)
    index += shift is not None
    if index >= len(words):
        return None
    text = words[index].text
    monday = today - timedelta(today.weekday()) + timedelta(7 * (shift or 0))
    if text == "недели":
        begin, end = ((0, 1), (2, 3), (4, 6))[third]
        if shift is None and monday + timedelta(end) < today:
            monday += timedelta(7)
        span = DateSpan(monday + timedelta(begin), monday + timedelta(end))
        return Named(span, at, index + 1, 0.85)
    month = names.month(text)
    if text == "месяца":
        of = _moved(today.replace(day=1), "month", shift or 0)
    elif month is not None:
        of = _next_of(today, month, _month_end(date(today.year, month, 1)).day).replace(day=1)
    else:
        return None
    named = _third_of(of, third, at, index + 1)
    if text == "месяца" and shift is None and named.value.last and named.value.last < today:
        return _third_of(_moved(of, "month", 1), third, at, index + 1)
    return named


def _third_of(of: date, third: int, at: int, end: int) -> Named[DateSpan]:
    begin, last = ((1, 10), (11, 20), (21, _month_end(of).day))[third]
    return Named(DateSpan(of.replace(day=begin), of.replace(day=last)), at, end, 0.85)


def _month_only(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«в январе», «декабря»."""
    month = names.month(words[at].text)
    if month is None:
        return None
    year = today.year + (month < today.month)
    of = date(year, month, 1)
    return Named(DateSpan(max(of, today), _month_end(of)), at, at + 1, 0.8)


def _day_of_month(
    words: Sequence[Word], at: int, today: date, bare: bool
) -> Named[DateSpan] | None:
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
                of = _next_of(today, month, number.value)
            else:
                of = date(year, month, number.value)
        except ValueError as error:
            raise _NoSuchDayError(end) from error
        return Named(day(of), at, end, 0.95 if exact else 0.7)
    if not 1 <= number.value <= 31:
        raise _NoSuchDayError(end)
    if not number.ordinal or (at > 0 and words[at - 1].text in _TIME_BEFORE_ORDINAL):
        return None
    numbered = end < len(words) and words[end].text in ("числа", "число", "числу")
    which = _which(words[end + 1].text) if numbered and end + 1 < len(words) else None
    alone = bare or _is_surely_a_day(words, at, number)
    if not numbered and not (alone and _names_a_day(words, at, number)):
        return None
    end += numbered
    if which is not None and end + 1 < len(words) and words[end + 1].text == "месяца":
        of = _moved(today.replace(day=1), "month", which)
        return Named(day(of.replace(day=number.value)), at, end + 2)
    return Named(day(_next_day(today, number.value)), at, end, 0.85)


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
        shift = _which(words[at].text)
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


def _month_end(of: date) -> date:
    return of.replace(day=monthrange(of.year, of.month)[1])


def _next_of(today: date, month: int, number: int) -> date:
    """The next `number` of `month`, today included.

    Raises:
        ValueError: the month has no such day in the coming years.
    """
    for year in range(today.year, today.year + 5):
        if number <= monthrange(year, month)[1] and date(year, month, number) >= today:
            return date(year, month, number)
    raise ValueError(f"month {month} has no day {number}")


def _next_day(today: date, number: int) -> date:
    """The next day `number` of a month, today included."""
    of = today.replace(day=1)
    while number > monthrange(of.year, of.month)[1] or of.replace(day=number) < today:
        of = _moved(of, "month", 1)
    return of.replace(day=number)
