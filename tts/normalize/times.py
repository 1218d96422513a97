"""Times of day and opening hours."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.cases import Case, Gender, case_before
from tts.normalize.nouns import count_noun
from tts.normalize.numerals import cardinal

_HM: Final = r"(?:[01]?\d|2[0-4])[:.][0-5]\d"
_HOUR: Final = r"(?:[01]?\d|2[0-4])"
_END: Final = r"(?![\d:]|[.,]\d)"
_START: Final = r"(?<![\d:.,])"
_UNIT: Final = r"(?:\s*(?:час(?:ов|а|ам|у)?\b|ч\b\.?(?=\s*[,;)]|\s+[а-яё]|\s*$)))"

_RANGE: Final = re.compile(
    rf"{_START}(?:(?P<word>с|от)\s+)?(?P<a>{_HM}|{_HOUR})\s*(?:[-–]|\bдо\b)\s*"
    rf"(?P<b>{_HM}|{_HOUR}){_END}(?P<unit>{_UNIT})?",
    re.IGNORECASE,
)
_COLON: Final = re.compile(
    rf"{_START}(?P<h>{_HOUR}):(?P<m>[0-5]\d)(?::[0-5]\d)?{_END}{_UNIT}?", re.IGNORECASE
)
_DOT: Final = re.compile(
    rf"(?P<word>(?<!\w)(?:в|к|с|до|после|около|на)\s+){_START}(?P<h>{_HOUR})\.(?P<m>[0-5]\d){_END}"
    rf"(?P<unit>{_UNIT})?",
    re.IGNORECASE,
)
_DOT_WITH_UNIT: Final = re.compile(
    rf"{_START}(?P<h>{_HOUR})\.(?P<m>[0-5]\d)(?=\s*(?:ч\b|час|утра|дня|вечера|ночи)){_UNIT}?",
    re.IGNORECASE,
)
_DOT_FULL_HOUR: Final = re.compile(rf"{_START}(?P<h>{_HOUR})\.(?P<m>00){_END}")
_ROUND_THE_CLOCK: Final = re.compile(r"(?<!\d)24\s?/\s?7(?!\d)")

_DAYS: Final = {
    "пн": "понедельник",
    "вт": "вторник",
    "ср": "среда",
    "чт": "четверг",
    "пт": "пятница",
    "сб": "суббота",
    "вс": "воскресенье",
}
_DAY: Final = "|".join(_DAYS)
_DAY_RANGE: Final = re.compile(
    rf"\b(?:с\s+)?({_DAY})\.?\s*(?:[-–]|по\b)\s*({_DAY})\b\.?(?!\s*[а-яё]*[А-ЯЁ])", re.IGNORECASE
)
_DAY_ALONE: Final = re.compile(
    rf"(?<![\w.])(?P<word>в\s+|во\s+)?(?P<day>{_DAY})(?:\.|(?=\s*(?:[:;,(–]|\d|и\s+(?:{_DAY})\b|$)))",
    re.IGNORECASE,
)


def say_times(text: str) -> str:
    """Replace times by words: «в тринадцать часов», «с восьми до двадцати часов»."""
    text = _ROUND_THE_CLOCK.sub("круглосуточно", text)
    text = _DAY_RANGE.sub(_day_range, text)
    text = _DAY_ALONE.sub(_day, text)
    text = _RANGE.sub(_range, text)
    for pattern in (_COLON, _DOT, _DOT_WITH_UNIT, _DOT_FULL_HOUR):
        text = pattern.sub(lambda match: _single(text_of(match), match), text)
    return text


def text_of(match: re.Match[str]) -> str:
    """The whole text that a match was found in."""
    return str(match.string)


def say_time(hour: int, minute: int, case: Case = Case.NOM, *, with_unit: bool = True) -> str:
    """Say a time of day: «тринадцать часов», «тринадцать тридцать», «девять ноль пять».

    Args:
        hour: 0 ... 24.
        minute: 0 ... 59.
        case: of the hour; minutes follow it.
        with_unit: say «часов» after a full hour.
    """
    if minute == 0:
        said = cardinal(hour, case)
        return f"{said} {count_noun('час', hour, case)}" if with_unit else said
    minutes = cardinal(minute, case, Gender.FEMALE)
    if minute < 10:
        minutes = f"ноль {minutes}"
    return f"{cardinal(hour, case)} {minutes}"


def _single(text: str, match: re.Match[str]) -> str:
    groups = match.groupdict()
    word = groups.get("word") or ""
    start = match.start() + len(word)
    return word + say_time(int(match["h"]), int(match["m"]), _at(text, start))


def _at(text: str, position: int) -> Case:
    return case_before(text, position, Case.NOM)


def _range(match: re.Match[str]) -> str:
    a, b = match["a"], match["b"]
    clock = ":" in a or ":" in b or match["unit"] or _is_dotted_time(a, b)
    if match["word"] is None:
        if not clock:
            return match[0]
        if not re.search(r"[:.]", a + b) and "до" not in match[0]:
            return match[0]  # «8-9 часов» is how long, not when
    if match["word"] and not clock and not re.match(r"\s*(?:$|[,.;)]|\bчас)", _after(match)):
        return match[0]  # «от 3 до 5 рублей» is another rule's
    if match["word"] and match["word"].lower() == "от" and not clock:
        return match[0]
    start, end = _parse(a), _parse(b)
    if start is None or end is None:
        return match[0]
    first = say_time(*start, Case.GEN, with_unit=False)
    # Bare hours stay bare: «с восьми до двадцати».
    last = say_time(*end, Case.GEN, with_unit=bool(clock))
    word = match["word"] or "с"
    return f"{word} {first} до {last}"


def _after(match: re.Match[str]) -> str:
    return str(match.string[match.end() :])


def _is_dotted_time(a: str, b: str) -> bool:
    """Two values like 8.00 and 17.30 whose second half cannot be a month."""
    dotted = [value for value in (a, b) if "." in value]
    return bool(dotted) and any(not 1 <= int(value.split(".")[1]) <= 12 for value in dotted)


def _parse(value: str) -> tuple[int, int] | None:
    hour, _, minute = value.replace(".", ":").partition(":")
    if int(hour) > 24:
        return None
    return int(hour), int(minute or 0)


def _day_range(match: re.Match[str]) -> str:
    first, last = _DAYS[match[1].lower()], _DAYS[match[2].lower()]
    return f"с {_day_form(first, Case.GEN)} по {_day_form(last, Case.ACC)}"


def _day(match: re.Match[str]) -> str:
    day = _DAYS[match["day"].lower()]
    if match["word"]:
        return match["word"] + _day_form(day, Case.ACC)
    return day


def _day_form(day: str, case: Case) -> str:
    return count_noun(day, 1, case)
