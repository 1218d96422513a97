"""Dates that count from today: «завтра», «через неделю», «в следующий вторник», «конец месяца»."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from dialog.slots import calendar_words as names
from dialog.slots.correct import Named
from dialog.slots.date_span import DateSpan, day, month_end, moved, next_of
from dialog.slots.numerals import number_at
from dialog.slots.words import Word

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
_NUMBERED: Final = {
    "первых": (1, 5), "первые": (1, 5), "последних": (25, 31), "двадцатых": (20, 29),
    "десятых": (10, 15), "пятнадцатых": (14, 17),
}  # fmt: skip
"""Days of «в первых числах декабря»."""
_THIRDS: Final = {"начал": 0, "середин": 1, "конц": 2, "конец": 2}


def from_today(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
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


def in_units(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«через неделю», «через две недели в четверг», «дня через три», «неделю назад»."""
    text = words[at].text
    if text == "через" or (
        text in _UNITS and at + 1 < len(words) and words[at + 1].text == "через"
    ):
        unit = None if text == "через" else _UNITS[text]
        count, index = _count(words, at + (1 if unit is None else 2))
        if unit is None and count is None and at + 1 < len(words):
            later, behind = _count(words, at + 2)  # «через недели две»
            if later is not None and words[at + 1].text in ("недели", "дня", "дней", "месяца"):
                unit, count, index = _UNITS[words[at + 1].text], later, behind
        if unit is None:
            if index >= len(words) or words[index].text not in _UNITS:
                return None
            unit, index = _UNITS[words[index].text], index + 1
            if unit == "day" and count is None:  # «через день»: the day after tomorrow
                count = 2
        of = moved(today, unit, count or 1)
        if unit == "week":
            named = _weekday_in_week(words, index, of)
            if named is not None:
                return Named(day(named[0]), at, named[1])
        return Named(day(of), at, index, 0.9)
    count, index = _count(words, at)
    if index + 1 < len(words) and words[index].text in _UNITS and words[index + 1].text == "назад":
        of = moved(today, _UNITS[words[index].text], -(count or 1))
        return Named(day(of), at, index + 2)
    return None


def _count(words: Sequence[Word], at: int) -> tuple[float | None, int]:
    """How many units, and the index behind; None where no number is said."""
    if at < len(words) and words[at].text in _COUNTS:
        return _COUNTS[words[at].text], at + 1
    number = number_at(words, at)
    if number is None or number.ordinal or number.value > 400:
        return None, at
    return number.value, number.end


def _weekday_in_week(words: Sequence[Word], at: int, of: date) -> tuple[date, int] | None:
    """A weekday right behind a week: «на следующей неделе в четверг»."""
    while at < len(words) and words[at].text in ("в", "во", "на"):
        at += 1
    index = names.weekday(words[at].text) if at < len(words) else None
    return None if index is None else (of + timedelta(index - of.weekday()), at + 1)


def which_of(word: str) -> int | None:
    """-1 for «прошлый», 0 for «этот», 1 for «следующий»; None for other words."""
    for stems, shift in ((_NEXT, 1), (_LAST, -1)):
        if word.startswith(stems):
            return shift
    this = word in ("этот", "эту", "это", "этой", "этом", "этого", "эти", "этих")
    return 0 if this or word.startswith(_THIS) else None


def week(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«на следующей неделе», «в эти выходные», «следующий месяц»."""
    shift = which_of(words[at].text)
    if words[at].text in ("той", "ту"):  # of a visit to come «на той неделе» is the next one
        shift = 1
    index = at if shift is None else at + 1
    if index >= len(words):
        return None
    text = words[index].text
    monday = today - timedelta(today.weekday())
    if words[at].text in ("той", "ту") and not text.startswith("недел"):
        return None
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
        of = moved(today.replace(day=1), "month", shift)
        first = max(today, of) if shift == 0 else of
        return Named(DateSpan(first, month_end(of)), at, index + 1, 0.9)
    return None


def weekday(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«вторник», «следующую пятницу», «вторник через неделю», «четверг на следующей неделе»."""
    shift = which_of(words[at].text)
    index = at if shift is None else at + 1
    wanted_day = names.weekday(words[index].text) if index < len(words) else None
    if wanted_day is None or words[index].text.endswith(("ам", "ям")):  # «по субботам»
        return None
    confidence = 0.95 if names.is_exact(words[index].text) else 0.7
    end = index + 1
    monday = today - timedelta(today.weekday())
    if shift is None:
        texts = [word.text for word in words[end : end + 4]]
        which = which_of(texts[1]) if len(texts) > 2 and texts[0] in ("на", "той") else None
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


def third_of(words: Sequence[Word], at: int, today: date) -> Named[DateSpan] | None:
    """«конец месяца», «начало недели», «середина декабря»."""
    third = next((n for stem, n in _THIRDS.items() if words[at].text.startswith(stem)), None)
    index = at + 1
    days = _NUMBERED.get(words[at].text)
    if days is not None and index < len(words) and words[index].text in ("числах", "числа"):
        third, index = 0, at + 2
    if third is None or index >= len(words):
        return None
    shift = which_of(words[index].text)
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
        of = moved(today.replace(day=1), "month", shift or 0)
    elif month is not None:
        of = next_of(today, month, month_end(date(today.year, month, 1)).day).replace(day=1)
    else:
        return None
    if days is not None:
        last = of.replace(day=min(days[1], month_end(of).day))
        span = DateSpan(max(of.replace(day=days[0]), min(today, last)), last)
        if last < today:
            of = moved(of, "month", 1)
            span = DateSpan(of.replace(day=days[0]), of.replace(day=min(days[1], 28)))
        return Named(span, at, index + 1, 0.8)
    named = _nth_third(of, third, at, index + 1)
    if text == "месяца" and shift is None and named.value.last and named.value.last < today:
        return _nth_third(moved(of, "month", 1), third, at, index + 1)
    return named


def _nth_third(of: date, third: int, at: int, end: int) -> Named[DateSpan]:
    begin, last = ((1, 10), (11, 20), (21, month_end(of).day))[third]
    return Named(DateSpan(of.replace(day=begin), of.replace(day=last)), at, end, 0.85)
