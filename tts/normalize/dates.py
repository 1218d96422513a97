"""Calendar dates and years."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.cases import Case, Gender, case_before, last_words, words
from tts.normalize.nouns import count_noun
from tts.normalize.numerals import ordinal

MONTHS: Final = words(
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
)
_MONTH: Final = "|".join(MONTHS)
_SHORT_MONTH: Final = "янв|февр?|мар|апр|июн|июл|авг|сент?|окт|нояб?|дек"
_YEAR_WORD: Final = r"(?:года?\b|г\b(?:\.(?!\s+(?-i:[А-ЯЁ])|\s*$))?)"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"

_ISO: Final = re.compile(
    r"(?<![\d-])(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>\d\d)(?![\d-])(?:T(?=\d\d:))?"
)
_DOTTED: Final = re.compile(
    rf"(?<![\d.,])(?P<d>{_DAY})[./](?P<m>0[1-9]|1[0-2])[./](?P<y>\d{{4}}|\d\d)(?![\d/]|\.\d)"
    rf"(?:\s*{_YEAR_WORD})?"
)
_DAY_AND_MONTH: Final = re.compile(
    rf"(?<![\d.,:])(?P<d>{_DAY})\.(?P<m>0[1-9]|1[0-2])(?![\d%]|[.,:]\d)(?!\s*(?:руб|₽|°|%|проц|тыс|млн|ч\b|час|утра|дня|вечера|ночи|кг|мг|мл|см|км))"
)
_WORDS: Final = re.compile(
    rf"(?<![\d.,])(?P<d>{_DAY})(?:-?го|-?е)?\s+(?P<m>{_MONTH}|(?:{_SHORT_MONTH})\.)(?!\w)"
    rf"(?:\s+(?P<y>\d{{4}})(?!\d)(?:\s*{_YEAR_WORD})?)?",
    re.IGNORECASE,
)
_DAYS_RANGE: Final = re.compile(
    rf"(?P<word>\b(?:с|со|от)\s+)?(?<![\d.,])(?P<a>{_DAY})(?:-?го)?(?:\s*[-–]\s*|\s+(?P<to>по|до)\s+)"
    rf"(?P<b>{_DAY})(?:-?е|-?го)?\s+(?P<m>{_MONTH})\b",
    re.IGNORECASE,
)
_TWO_DAYS: Final = re.compile(
    rf"(?<![\d.,])(?P<a>{_DAY})\s+(?P<and>и|или)\s+(?P<b>{_DAY})\s+(?P<m>{_MONTH})\b", re.IGNORECASE
)
_DATE_DASH: Final = re.compile(
    rf"(?<![\d.,])(?P<a>{_DAY}\.\d\d(?:\.\d{{2,4}})?)\s*[-–]\s*"
    rf"(?P<b>{_DAY}\.\d\d(?:\.\d{{2,4}})?)(?![\d.]\d)"
)
_YEARS_RANGE: Final = re.compile(
    r"(?<!\d)(?P<a>(?:19|20)\d\d)\s*[-–/]\s*(?P<b>(?:19|20)\d\d)\s*(?:гг\.?|год[а-я]*|г\.)"
)
_YEAR: Final = re.compile(
    rf"(?<![\d.,])(?P<y>(?:1[89]|20)\d\d)(?:-?(?:й|го|м|му))?\s*(?P<word>год[а-я]*|{_YEAR_WORD})"
)
_NOMINATIVE_AFTER: Final = frozenset(words("сегодня завтра послезавтра вчера это дата сейчас"))
_SHORT_MONTHS: Final = {month[:3]: month for month in MONTHS} | {"мар": "марта"}


def say_dates(text: str) -> str:
    """Replace dates and years by words in the case that the sentence asks for."""
    text = _DATE_DASH.sub(_date_dash, text)
    text = _DAYS_RANGE.sub(_days_range, text)
    text = _TWO_DAYS.sub(_two_days, text)
    for pattern in (_ISO, _DOTTED, _WORDS):
        text = pattern.sub(_date, text)
    text = _DAY_AND_MONTH.sub(_date, text)
    text = _YEARS_RANGE.sub(_years_range, text)
    return _YEAR.sub(_year, text)


def _date(match: re.Match[str]) -> str:
    groups = match.groupdict()
    day = int(groups["d"])
    month = _month(groups["m"])
    if month is None or not 1 <= day <= 31:
        return match[0]
    year = groups.get("y")
    before = last_words(match.string, match.start())
    if year is None and groups["m"].isdigit() and before and before[-1] in ("в", "во"):
        return match[0]  # «в 10.12» is a time: a date takes no «в»
    case = _date_case(match)
    said = f"{ordinal(day, case, Gender.NEUTER)} {month}"
    if year:
        said += f" {ordinal(_full_year(year), Case.GEN)} года"
    return f"{said} " if match[0].endswith("T") else said


def _date_case(match: re.Match[str]) -> Case:
    """«до первого», «по пятое», «к первому»; «сегодня первое»; alone it is when: «первого»."""
    before = last_words(match.string, match.start())
    if before and before[-1] in _NOMINATIVE_AFTER:
        return Case.NOM
    if re.search(r"дата\s*:\s*$", match.string[: match.start()], re.IGNORECASE):
        return Case.NOM
    return case_before(match.string, match.start(), Case.GEN)


def _month(value: str) -> str | None:
    if value.isdigit():
        return MONTHS[int(value) - 1]
    lower = value.lower().rstrip(".")
    return lower if lower in MONTHS else _SHORT_MONTHS.get(lower[:3])


def _full_year(value: str) -> int:
    """Two digits are of this century up to 40, else of the last."""
    year = int(value)
    if len(value) == 4:
        return year
    return 2000 + year if year <= 40 else 1900 + year


def _date_dash(match: re.Match[str]) -> str:
    a, b = match["a"], match["b"]
    if not all(1 <= int(value.split(".")[1]) <= 12 for value in (a, b)):
        return match[0]
    before = last_words(match.string, match.start())
    start = "" if before and before[-1] in ("с", "со", "от") else "с "
    return f"{start}{a} по {b}"


def _days_range(match: re.Match[str]) -> str:
    word = match["word"] or "с "
    to = (match["to"] or "по").lower()
    end = Case.ACC if to == "по" else Case.GEN
    first = ordinal(int(match["a"]), Case.GEN, Gender.NEUTER)
    last = ordinal(int(match["b"]), end, Gender.NEUTER)
    return f"{word}{first} {to} {last} {match['m'].lower()}"


def _two_days(match: re.Match[str]) -> str:
    case = _date_case(match)
    first, second = (ordinal(int(match[day]), case, Gender.NEUTER) for day in ("a", "b"))
    return f"{first} {match['and']} {second} {match['m'].lower()}"


def _years_range(match: re.Match[str]) -> str:
    a, b = int(match["a"]), int(match["b"])
    before = last_words(match.string, match.start())
    if before and before[-1] in ("в", "во"):
        case, noun = Case.LOC, "годах"
    elif before and before[-1] in ("на", "за"):
        case, noun = Case.NOM, "годы"
    else:
        case, noun = Case.GEN, "годов"
    return f"{ordinal(a, case)} — {ordinal(b, case)} {noun}"


def _year(match: re.Match[str]) -> str:
    case = _year_case(match)
    noun = match["word"].lower()
    if noun in ("г", "г."):
        noun = count_noun("год", 1, case)
        if case is Case.LOC:
            noun = "году"
    return f"{ordinal(int(match['y']), case)} {noun}"


def _year_case(match: re.Match[str]) -> Case:
    noun = match["word"].lower()
    before = last_words(match.string, match.start())
    if noun in ("года", "годам", "годом", "годах"):
        return {"года": Case.GEN, "годом": Case.INS}.get(noun, Case.LOC)
    if noun == "году":
        return Case.DAT if before and before[-1] in ("к", "ко", "по") else Case.LOC
    if before and before[-1] in ("в", "во"):
        return Case.ACC if noun == "год" else Case.LOC
    default = Case.NOM if noun == "год" else Case.GEN
    return case_before(match.string, match.start(), default)
