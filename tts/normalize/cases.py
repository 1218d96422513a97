"""Grammatical case of a number, from the words in front of it."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final


class Case(IntEnum):
    """The six Russian cases, in the order of every table of forms in this package."""

    NOM = 0
    GEN = 1
    DAT = 2
    ACC = 3
    INS = 4
    LOC = 5


class Gender(IntEnum):
    """Gender, or the plural, which has none."""

    MALE = 0
    FEMALE = 1
    NEUTER = 2
    PLURAL = 3


def words(line: str) -> list[str]:
    """The words of a table's line."""
    return line.split()


_PHRASES: Final = {
    "в течение": Case.GEN,
    "в размере": Case.GEN,
    "в сумме": Case.NOM,
    "на сумму": Case.ACC,
    "за исключением": Case.GEN,
    "более чем": Case.NOM,
    "в район": Case.GEN,
    "в районе": Case.GEN,
    "вплоть до": Case.GEN,
    "по состоянию на": Case.ACC,
}
_WORDS: Final = {
    **dict.fromkeys(
        words(
            "до от с со без для из у около после свыше более менее больше меньше выше ниже "
            "старше младше моложе раньше позже позднее ранее порядка кроме против вместо ради "
            "возле достигших достигшего начиная"
        ),
        Case.GEN,
    ),
    **dict.fromkeys(words("к ко согласно благодаря"), Case.DAT),
    **dict.fromkeys(words("в во на за по через про под спустя"), Case.ACC),
    **dict.fromkeys(["между", "перед", "над"], Case.INS),
    **dict.fromkeys(words("о об обо при"), Case.LOC),
}
_LAST_WORDS: Final = re.compile(r"((?:[а-яё]+\s+){0,3})$", re.IGNORECASE)


def case_before(text: str, position: int, default: Case = Case.NOM) -> Case:
    """Case that the words right before `position` ask of a number there; else `default`."""
    before = last_words(text, position)
    for size in (3, 2):
        case = _PHRASES.get(" ".join(before[-size:]))
        if case is not None:
            return case
    return _WORDS.get(before[-1], default) if before else default


def last_words(text: str, position: int) -> list[str]:
    """Up to three words before `position`, in lower case, with nothing but spaces after each."""
    match = _LAST_WORDS.search(text[max(0, position - 60) : position])
    return match.group(1).lower().split() if match else []
