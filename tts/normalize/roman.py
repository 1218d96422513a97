"""Roman numerals: «двадцать первый век», «вторая группа»."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.cases import Case, Gender
from tts.normalize.counts import agreeing_ordinal
from tts.normalize.nouns import noun_forms
from tts.normalize.numerals import ordinal

_ROMAN: Final = re.compile(
    r"(?<![\w.-])(?P<n>[IVXХ]{1,6}|[ХX]{0,3}[IVХXL]{1,5}|M{0,3}C{0,3}[XLVI]{2,8})(?![\w])(?!\.\s?[А-ЯЁ])"
)
_RANGE: Final = re.compile(r"(?<=[IVXХ])\s*[-–]\s*(?=[IVXХ])")
_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_VALID: Final = re.compile(r"M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})")
_NEXT: Final = re.compile(r"(?:\s*(?:[–,]|и|или)\s*[IVXХ]+)*\s+([а-яё]{2,})", re.IGNORECASE)
_LAST: Final = re.compile(r"([а-яё]+)\s+$", re.IGNORECASE)


def say_roman(text: str) -> str:
    """Replace Roman numerals by ordinals that agree with the noun after (or before) them."""
    return _ROMAN.sub(_say, _RANGE.sub(" – ", text))


def _say(match: re.Match[str]) -> str:
    value = _value(match["n"])
    if value is None:
        return match[0]
    text, start, end = match.string, match.start(), match.end()
    following = _NEXT.match(text, end)
    for noun in noun_forms(following[1]) if following else ():
        return agreeing_ordinal(value, noun, text, start)
    previous = _LAST.search(text, 0, start)
    for noun in noun_forms(previous[1]) if previous else ():
        return ordinal(value, noun.case, noun.gender)
    if not re.fullmatch("[IVXХ]+", match["n"]) and not previous and not following:
        return match[0]
    return ordinal(value, Case.NOM, Gender.MALE)


def _value(letters: str) -> int | None:
    letters = letters.replace("Х", "X")  # typed on a Russian keyboard
    if not _VALID.fullmatch(letters):
        return None
    values = [_VALUES[letter] for letter in letters]
    following = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, following, strict=True))
