"""Latin letters that look like Cyrillic ones: seen by nobody, and never recognized."""

from __future__ import annotations

import re
from typing import Final

_LOOK_ALIKE: Final = dict(zip("ABCEHKMOPTXYaceopxyk", "АВСЕНКМОРТХУасеорхук", strict=True))
_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = re.compile(r"[A-Za-z]")
_CYRILLIC: Final = re.compile(r"[А-Яа-яЁё]")


def mixed_words(text: str) -> list[tuple[str, str]]:
    """Words that mix the alphabets, each with the way it should be written.

    A Latin word of look-alikes alone («c», «KT») counts where the text around it is Cyrillic.
    """
    found = []
    cyrillic_text = _CYRILLIC.search(text) is not None
    for word in _WORD.findall(text):
        latin = _LATIN.findall(word)
        if not latin or not cyrillic_text:
            continue
        mixed = _CYRILLIC.search(word) is not None
        if mixed or all(letter in _LOOK_ALIKE for letter in latin):
            found.append((word, "".join(_LOOK_ALIKE.get(letter, letter) for letter in word)))
    return found
