"""Slot values as the assistant says them: «двадцать шестого ноября, четверг, в девять тридцать»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from dialog.slots.date_span import ANY_DAY, SOONEST
from dialog.slots.words import in_order

_UNITS: Final = in_order(
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать "
    "двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать "
    "восемнадцать девятнадцать"
)
_TENS: Final = in_order(
    "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"
)
_OF_DAY: Final = in_order(
    "первого второго третьего четвёртого пятого шестого седьмого восьмого девятого "
    "десятого одиннадцатого двенадцатого тринадцатого четырнадцатого пятнадцатого "
    "шестнадцатого семнадцатого восемнадцатого девятнадцатого"
)
_OF_TEN: Final = {
    10: "десятого", 20: "двадцатого", 30: "тридцатого", 40: "сорокового", 50: "пятидесятого",
    60: "шестидесятого", 70: "семидесятого", 80: "восьмидесятого", 90: "девяностого",
}  # fmt: skip
_MONTHS: Final = in_order(
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
)
_WEEKDAYS: Final = in_order("понедельник вторник среда четверг пятница суббота воскресенье")
_BY_PART: Final = {
    "08:00/12:00": "в первой половине дня", "12:00/17:00": "после обеда",
    "17:00/20:00": "вечером", "00:00/06:00": "ночью", "12:00/14:00": "в обед",
    "00:00/24:00": "в любое время",
}  # fmt: skip
_GENITIVE: Final = {
    1: "часа", 2: "двух", 3: "трёх", 4: "четырёх", 5: "пяти", 6: "шести", 7: "семи", 8: "восьми",
    9: "девяти", 10: "десяти", 11: "одиннадцати", 12: "двенадцати", 20: "двадцати", 0: "нуля",
}  # fmt: skip
_AGE: Final = re.compile(r"P(\d+)([DWM])")
_AGE_UNITS: Final = {
    "D": ("день", "дня", "дней"), "W": ("неделя", "недели", "недель"),
    "M": ("месяц", "месяца", "месяцев"), "Y": ("год", "года", "лет"),
}  # fmt: skip


def spoken(kind: str, value: str) -> str:
    """`value` of a slot that is read as `kind`, in words; unknown kinds and values stay."""
    try:
        return _spoken(kind, value)
    except (ValueError, IndexError):  # a value from another version of the content
        return value


def _spoken(kind: str, value: str) -> str:
    match kind:
        case "yes_no":
            return {"yes": "да", "no": "нет"}.get(value, value)
        case "date":
            return _days(value)
        case "time":
            return _time(value)
        case "day_and_time":
            day, _, time = value.partition("T")
            return f"{_days(day)}, {_time(time)}" if time else _days(day)
        case "birth_date":
            of = date.fromisoformat(value)
            return f"{_day_and_month(of)} {_year(of.year)} года"
        case "age":
            return _age(value)
        case "phone":
            return _phone(value)
        case "snils" | "policy" | "digits":
            return " ".join(cardinal(int(digit)) for digit in value if digit.isdecimal())
        case _:
            return value


def _phone(value: str) -> str:
    """«восемь, девять один два, пять пять пять, ноль один, ноль два»: in the groups in which
    numbers are told, with the eight of who dials."""
    digits = [int(digit) for digit in value if digit.isdecimal()]
    if len(digits) != 11:
        return " ".join(map(cardinal, digits))
    digits[0] = 8 if digits[0] == 7 else digits[0]
    groups = (digits[:1], digits[1:4], digits[4:7], digits[7:9], digits[9:])
    return ", ".join(" ".join(map(cardinal, group)) for group in groups)


def spoken_options(kind: str, options: Sequence[str]) -> tuple[str, ...]:
    """Two or three values to choose from; of times on one day only the times are said."""
    days = {option.partition("T")[0] for option in options}
    if kind == "day_and_time" and len(days) == 1:
        kind, options = "time", [option.partition("T")[2] for option in options]
    return tuple(_with_half(kind, option) for option in options)


def _with_half(kind: str, value: str) -> str:
    """«в семь утра» where a choice is between the halves of the day."""
    if kind == "time" and re.fullmatch(r"\d\d:\d\d", value):
        hour, minute = int(value[:2]), int(value[3:])
        half = "утра" if hour < 12 else "дня" if hour < 17 else "вечера"
        return f"{_clock(hour % 12 or 12, minute, bare=True)} {half}"
    return spoken(kind, value)


def cardinal(number: int) -> str:
    """0 to 99 in words, in the nominative."""
    if number < 20:
        return _UNITS[number]
    tens = _TENS[number // 10 - 2]
    return tens if number % 10 == 0 else f"{tens} {_UNITS[number % 10]}"


def _ordinal(number: int) -> str:
    """1 to 99 as an ordinal in the genitive: «двадцать шестого»."""
    if number < 20:
        return _OF_DAY[number - 1]
    if number % 10 == 0:
        return _OF_TEN[number]
    return f"{_TENS[number // 10 - 2]} {_OF_DAY[number % 10 - 1]}"


def _year(year: int) -> str:
    rest = year % 100
    if year == 2000:
        return "двухтысячного"
    if year == 1900:
        return "тысяча девятисотого"
    return f"{'тысяча девятьсот' if year < 2000 else 'две тысячи'} {_ordinal(rest)}"


def _days(value: str) -> str:
    if value in (ANY_DAY, SOONEST):
        return "любой день" if value == ANY_DAY else "ближайший возможный"
    first, _, last = value.partition("/")
    begin = date.fromisoformat(first)
    if not last:
        return f"{_day_and_month(begin)}, {_WEEKDAYS[begin.weekday()]}"
    if last == "..":
        return f"не раньше {_day_and_month(begin)}"
    end = date.fromisoformat(last)
    since = _ordinal(begin.day) if begin.month == end.month else _day_and_month(begin)
    return f"с {since} до {_day_and_month(end)} включительно"


def _day_and_month(of: date) -> str:
    return f"{_ordinal(of.day)} {_MONTHS[of.month - 1]}"


def _time(value: str) -> str:
    if value in _BY_PART:
        return _BY_PART[value]
    first, _, last = value.partition("/")
    begin = (int(first[:2]), int(first[3:5]))
    if not last:
        return f"в {_clock(*begin)}"
    end = (int(last[:2]), int(last[3:5]))
    if end == (24, 0):
        return f"после {_until(*begin)}"
    if begin == (0, 0):
        return f"до {_until(*end)}"
    return f"с {_until(*begin)} до {_until(*end)}"


def _clock(hour: int, minute: int, bare: bool = False) -> str:
    """«девять тридцать», «четырнадцать часов»."""
    if minute:
        zero = "ноль " if minute < 10 else ""
        return f"{cardinal(hour)} {zero}{cardinal(minute)}"
    if bare:
        return cardinal(hour)
    return "час" if hour == 1 else f"{cardinal(hour)} {_counted(hour, ('час', 'часа', 'часов'))}"


def _until(hour: int, minute: int) -> str:
    """A time in the genitive: «четырнадцати», «девяти тридцати» is said «девять тридцать»."""
    if minute:
        return _clock(hour, minute)
    if hour in _GENITIVE:
        return _GENITIVE[hour]
    if hour < 20:
        return f"{_UNITS[hour][:-1]}и"
    return f"двадцати {_GENITIVE[hour - 20]}" if hour > 21 else "двадцати одного"


def _age(value: str) -> str:
    match = _AGE.fullmatch(value)
    number, unit = (int(match[1]), match[2]) if match else (int(value), "Y")
    if number > 99:
        return f"сто {_age(str(number - 100))}" if number > 100 else "сто лет"
    said = cardinal(number)
    if unit == "W":
        said = re.sub(r"один$", "одна", re.sub(r"два$", "две", said))
    return f"{said} {_counted(number, _AGE_UNITS[unit])}"


def _counted(number: int, forms: tuple[str, str, str]) -> str:
    """The form of a noun behind `number`: «час», «часа», «часов»."""
    if number % 10 == 1 and number % 100 != 11:
        return forms[0]
    return forms[1] if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else forms[2]
