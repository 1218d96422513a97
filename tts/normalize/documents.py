"""Document numbers: in short groups, as people dictate them; a leading zero is never lost."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.numerals import group, split_groups

_SNILS: Final = re.compile(r"(?<![\d-])(\d{3})[ -](\d{3})[ -](\d{3})[ -](\d{2})(?![\d-])")
_PASSPORT: Final = re.compile(
    r"(?P<word>паспорт[а-я]*(?:\s+РФ)?\s*:?\s*(?:сери[яию]\s*)?)"
    r"(?P<series>\d\d ?\d\d)[ ,]*(?P<sign>№|номер)?\s*(?P<number>\d{6})(?!\d)",
    re.IGNORECASE,
)
_SERIES: Final = re.compile(r"(сери[яией]{1,2}\s*:?\s*)(\d\d) ?(\d\d)(?!\d)", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"(?P<word>(?:полис\w*|СНИЛС\w*|ИНН|ОГРН|КПП|БИК|УИН|пин-?код\w*|код\w*|сч[её]т\w*|"
    r"заявк\w*|заявлени\w*|обращени\w*|удостоверени\w*|справк\w*|карт\w*|договор\w*|номер\w*|"
    r"квитанци\w*|талон\w*|направлени\w*)(?:\s+ОМС)?\s*:?\s*(?:№\s*)?)"
    r"(?P<number>\d{4}(?: \d{4}){3}|\d{5,}|0\d+)(?![\d.:,]\d)(?!\d)",
    re.IGNORECASE,
)
_LONG: Final = re.compile(r"(?<![\d.,:/+-])(?<!\d )(?:\d{10,}|0\d+)(?![\d]|[.,:/]\d)")
_DASHED: Final = re.compile(r"(?<![\d–-])\d+(?:-\d+){2,}(?![\d–-])")
_TWO_PARTS: Final = re.compile(r"(?<![\d–-])(\d{1,5})-(\d{5,})(?![\d–-])")
_GROUPS_BY_LENGTH: Final = {11: (3, 3, 3, 2), 16: (4, 4, 4, 4), 20: (5, 3, 2, 2, 4, 4)}


def say_documents(text: str) -> str:
    """Replace numbers of documents and any long string of digits by dictated groups."""
    text = _SNILS.sub(lambda match: ", ".join(group(part) for part in match.groups()), text)
    text = _PASSPORT.sub(_passport, text)
    text = _SERIES.sub(lambda m: f"{m[1]}{group(m[2])}, {group(m[3])}", text)
    text = _NAMED.sub(lambda match: match["word"] + say_long(match["number"]), text)
    text = _TWO_PARTS.sub(lambda m: f"{group(m[1])}, {say_long(m[2])}", text)
    text = _DASHED.sub(lambda m: ", ".join(group(part) for part in m[0].split("-")), text)
    return _LONG.sub(lambda match: say_long(match[0]), text)


def say_long(number: str) -> str:
    """Say a string of digits (spaces allowed) in groups with pauses between them."""
    plain = number.replace(" ", "")
    sizes = _GROUPS_BY_LENGTH.get(len(plain))
    if sizes is None:
        parts = [plain] if len(plain) <= 4 else split_groups(plain)
    else:
        parts, start = [], 0
        for size in sizes:
            parts.append(plain[start : start + size])
            start += size
    return ", ".join(", ".join(map(group, _halves(part))) for part in parts)


def _halves(part: str) -> list[str]:
    """Four digits are dictated two by two."""
    return [part[:2], part[2:]] if len(part) == 4 else [part]


def _passport(match: re.Match[str]) -> str:
    series = match["series"].replace(" ", "")
    number = match["number"]
    said = f"{group(series[:2])}, {group(series[2:])}"
    return f"{match['word']}{said}, номер {group(number[:3])}, {group(number[3:])}"
