"""From what an engine writes to what the rest of the house reads: lower case, words, one space.

Punctuation goes; so do hyphens, but for those of particles («какой-то», «по-русски», «из-за»).
Numbers stay as the engine gives them, and all our engines give words («восемь девятьсот
двенадцать»): Whisper is kept from writing digits, which it makes up and repeats. Digits that come
all the same stay digits. The letter ё is kept as given.
"""

from __future__ import annotations

import re
from typing import Final

_SPOKEN_SIGNS: Final = {"%": " процентов ", "№": " номер ", "+": " плюс ", "&": " и "}
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[-–—.,:/](?=\d)")
_NOT_A_WORD: Final = re.compile(r"[^\w\s-]|_")
_LOOSE_HYPHEN: Final = re.compile(
    r"-(?!(?:то|либо|нибудь|ка|таки)\b)(?<!\bпо-)(?<!\bкое-)(?<!\bиз-)|(?<!\w)-|-(?!\w)"
)


def normalize(text: str) -> str:
    """Lower-case words separated by single spaces; empty where there are none."""
    text = text.lower().replace("\u0301", "")  # a stress mark above a vowel is not a letter
    for sign, words in _SPOKEN_SIGNS.items():
        text = text.replace(sign, words)
    text = _BETWEEN_DIGITS.sub(" ", text)
    text = _NOT_A_WORD.sub(" ", text.replace("–", "-").replace("—", " "))
    return " ".join(_LOOSE_HYPHEN.sub(" ", text).split())
