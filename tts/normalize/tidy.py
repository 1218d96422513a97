"""Last of the rules: nothing is left but words, stress marks and pauses."""

from __future__ import annotations

import re
from typing import Final

from tts.normalize.cases import case_before
from tts.normalize.numerals import MAX_CARDINAL, cardinal, digits

_SIGNS: Final = {
    "№№": " номера ",
    "№": " номер ",
    "%": " процентов ",
    "₽": " рублей ",
    "$": " долларов ",
    "€": " евро ",
    "&": " и ",
    "=": " равно ",
    "@": " собака ",
    "#": " решётку ",
    "°": " градусов ",
    "§": " параграф ",
    "±": " плюс минус ",
}
_NUMBER: Final = re.compile(r"\d+")
_GROUPED: Final = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d])")
_PLUS_BEFORE_NUMBER: Final = re.compile(r"(?<!\w)\+(?=\s?\d)")
_MINUS_BEFORE_NUMBER: Final = re.compile(r"(?:(?<=\s)|^)-(?=\d)")
_FOREIGN: Final = re.compile(r"[^а-яёА-ЯЁ+\s,.!?…:;—-]")
_STRAY_PLUS: Final = re.compile(r"\+(?![аеёиоуыэюяАЕЁИОУЫЭЮЯ])|(?<=\+)\+")
_LOOSE_HYPHEN: Final = re.compile(r"(?<![а-яёА-ЯЁ])-+|-+(?![а-яёА-ЯЁ+])")
_PAUSES: Final = re.compile(r"\s*([,.!?…:;—](?:\s*[,.!?…:;—])*)\s*")
_STRENGTH: Final = "—,;:.…?!"


def say_numbers(text: str) -> str:
    """Say whatever digits are left: a number in its case, a long or zero-led one digit by digit."""
    text = _MINUS_BEFORE_NUMBER.sub("минус ", _PLUS_BEFORE_NUMBER.sub("плюс ", text))
    text = _GROUPED.sub(lambda match: match[0].replace(" ", ""), text)
    return _NUMBER.sub(_number, text)


def tidy(text: str) -> str:
    """Keep words, ``+`` before vowels and single pauses; name the signs that are spoken."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = re.sub(r"(?<=\s)[–-](?=\s)|–", " — ", text)
    text = re.sub(r"[()/]", ", ", text).replace("...", "…")
    text = _FOREIGN.sub(" ", text)
    text = _LOOSE_HYPHEN.sub(" ", _STRAY_PLUS.sub("", text))
    text = _PAUSES.sub(_pause, text)
    return re.sub(r"\s+", " ", text).strip(" ,;:—.…!?") + _ending(text)


def _number(match: re.Match[str]) -> str:
    number = match[0]
    if (number.startswith("0") and len(number) > 1) or int(number) > MAX_CARDINAL:
        said = digits(number)
    else:
        said = cardinal(int(number), case_before(match.string, match.start()))
    return f" {said} "


def _pause(match: re.Match[str]) -> str:
    """Of several pauses in a row the strongest stays."""
    marks = [mark for mark in match[1] if mark in _STRENGTH]
    mark = max(marks, key=_STRENGTH.index)
    return " — " if mark == "—" else f"{mark} "


def _ending(text: str) -> str:
    last = text.rstrip()[-1:]
    return last if last and last in ".!?…" and re.search("[а-яё]", text, re.IGNORECASE) else ""
