"""Numbers in Russian words, as far as hours, days and phone numbers need them."""

from __future__ import annotations

from datetime import date
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_MIDNIGHT: Final = "полуночи"
_GENITIVE: Final = _words(
    "ноля одного двух трёх четырёх пяти шести семи восьми девяти десяти одиннадцати двенадцати "
    "тринадцати четырнадцати пятнадцати шестнадцати семнадцати восемнадцати девятнадцати "
    "двадцати"
)
_GENITIVE_TENS: Final = {20: "двадцати", 30: "тридцати", 40: "сорока", 50: "пятидесяти"}
_DAYS: Final = _words(
    "первого второго третьего четвёртого пятого шестого седьмого восьмого девятого десятого "
    "одиннадцатого двенадцатого тринадцатого четырнадцатого пятнадцатого шестнадцатого "
    "семнадцатого восемнадцатого девятнадцатого"
)
_MONTHS: Final = _words(
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
)
_CARDINALS: Final = {
    word: value
    for words, values in (
        ("ноль один два три четыре пять шесть семь восемь девять десять", range(11)),
        ("одиннадцать двенадцать тринадцать четырнадцать пятнадцать", range(11, 16)),
        ("шестнадцать семнадцать восемнадцать девятнадцать двадцать", range(16, 21)),
        ("тридцать сорок пятьдесят шестьдесят семьдесят", range(30, 80, 10)),
        ("восемьдесят девяносто сто двести триста", (80, 90, 100, 200, 300)),
        ("четыреста пятьсот шестьсот семьсот восемьсот", range(400, 900, 100)),
        ("девятьсот одна две тысяча тысячи тысяч", (900, 1, 2, 1000, 1000, 1000)),
    )
    for word, value in zip(words.split(), values, strict=True)
}


def hour_and_minute(minutes: int) -> str:
    """A time of day after «с» or «до», without «часов»: «восьми», «восьми тридцати».

    Args:
        minutes: since midnight, 0 to 1440.
    """
    hours, rest = divmod(minutes, 60)
    if not rest:
        return _MIDNIGHT if hours in (0, 24) else "часа" if hours == 1 else _genitive(hours)
    return f"{_genitive(hours)} {'ноль ' if rest < 10 else ''}{_one(rest)}"


def hours_end(minutes: int) -> str:
    """The same, complete: «двадцати часов», «двадцати часов тридцати минут», «часа», «полуночи»."""
    hours, rest = divmod(minutes, 60)
    if not rest and hours in (0, 1, 24):
        return hour_and_minute(minutes)
    spoken = f"{_genitive(hours)} {_of_hours(hours)}"
    return spoken if not rest else f"{spoken} {_one(rest)} {_of_minutes(rest)}"


def day_and_month(day: date) -> str:
    """«двенадцатого января»."""
    tens, unit = divmod(day.day, 10)
    if day.day < 20:
        spoken = _DAYS[day.day - 1]
    elif unit:
        spoken = f"{'двадцать' if tens == 2 else 'тридцать'} {_DAYS[unit - 1]}"
    else:
        spoken = "двадцатого" if tens == 2 else "тридцатого"
    return f"{spoken} {_MONTHS[day.month - 1]}"


def digits_of(spoken: str) -> str | None:
    """Digits of a number said in groups: «двести семнадцать, тридцать три» -> ``21733``.

    None where a word is not a numeral.
    """
    said: list[int] = []
    for group in spoken.replace("-", " ").split(","):
        room = 0  # what may be added to the number that is being said
        for word in group.split():
            value = _CARDINALS.get(word.lower())
            if value is None:
                return None
            if value == 1000 and room:
                said[-1] *= value
                room = 1000
            elif 0 < value < room:
                said[-1] += value
                room = _room(value)
            else:
                said.append(value)
                room = _room(value)
    return "".join(str(number) for number in said)


def _room(value: int) -> int:
    """Words smaller than this continue a number whose last word counts `value`."""
    if value >= 100:
        return 100
    return 10 if value >= 20 else 1 if value else 0


def _genitive(value: int) -> str:
    if value <= 20:
        return _GENITIVE[value]
    tens = value // 10 * 10
    unit = value - tens
    return _GENITIVE_TENS[tens] + (f" {_genitive(unit)}" if unit else "")


def _one(minutes: int) -> str:
    """Minutes are feminine: «двадцати одной минуты»."""
    spoken = _genitive(minutes)
    return spoken[: -len("одного")] + "одной" if spoken.endswith("одного") else spoken


def _of_hours(value: int) -> str:
    return "часа" if value % 10 == 1 and value != 11 else "часов"


def _of_minutes(value: int) -> str:
    return "минуты" if value % 10 == 1 and value != 11 else "минут"
