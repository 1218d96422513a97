"""Telephone numbers: in the groups in which they are written, with a pause between."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.numerals import cardinal, group

_FULL: Final = re.compile(
    r"""(?<![\w+])(?P<plus>\+\s?)?(?P<country>[78])
    (?:\s?[-–]?\s?\((?P<bracketed>\d{3,5})\)|\s?[-–]?\s?(?P<bare>\d{3}))[\s–-]{0,3}
    (?P<rest>\d{1,3}(?:[\s–-]?\d{1,4}){1,4})(?!\d)""",
    re.VERBOSE,
)
_AREA: Final = re.compile(r"\((?P<area>\d{3,5})\)\s?(?P<rest>\d{1,3}(?:[\s–-]\d{2}){2})(?!\d)")
_LOCAL: Final = re.compile(r"(?<![\d–-])\d{1,3}[–-]\d{2}[–-]\d{2}(?![\d–-])")
_EXTENSION: Final = re.compile(
    r"[,(]?\s*\bдоб(?:авочный|\.)\s*(?:№\s*)?(\d{1,6})\)?", re.IGNORECASE
)
_TAIL: Final = {7: (3, 2, 2), 6: (2, 2, 2), 5: (1, 2, 2)}


def say_phones(text: str) -> str:
    """Replace telephone numbers by words; short ones like 122 are ordinary numbers."""
    text = _EXTENSION.sub(lambda match: f", добавочный {group(match[1])}", text)
    text = _FULL.sub(_full, text)
    text = _AREA.sub(lambda match: f" {_area(match['area'])}, {_groups(match['rest'])}", text)
    return _LOCAL.sub(lambda match: _groups(match[0]), text)


def _full(match: re.Match[str]) -> str:
    area, rest = match["bracketed"] or match["bare"], match["rest"]
    length = len(area) + len(re.sub(r"\D", "", rest))
    if length != 10:
        return match[0]
    country = "плюс семь" if match["plus"] else cardinal(int(match["country"]))
    return f" {country}, {_area(area)}, {_groups(rest)}"


def _area(code: str) -> str:
    """A long code begins with the region's three digits: «триста сорок два, пятьдесят девять»."""
    return group(code) if len(code) == 3 else f"{group(code[:3])}, {group(code[3:])}"


def _groups(number: str) -> str:
    parts = re.findall(r"\d+", number)
    if len(parts) == 1 and len(number) in _TAIL:
        parts, start = [], 0
        for size in _TAIL[len(number)]:
            parts.append(number[start : start + size])
            start += size
    return ", ".join(group(part) for part in parts)
