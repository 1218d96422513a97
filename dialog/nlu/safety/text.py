"""Text as the safety rules read it: words without case, accents and fillers, with their places.

Nothing here fails: the text may be empty, broken or hostile.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_MARKS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
_INVISIBLE = re.compile(f"[{_MARKS}]+")
_CYRILLIC = re.compile("[а-я]")
_STOPS = frozenset(".!?;…\n")
_LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
_LONGEST_WORD = 40
"""Characters; the longest form of the rules' vocabulary is shorter."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the text."""

    text: str
    """Lower case, ё as е, without accents; at most 40 characters."""
    start: int
    """Characters from the beginning of the text."""
    end: int
    after_stop: bool = False
    """Whether a sentence ended just before it."""


def words_of(text: str) -> list[Word]:
    """The words of `text` in their order; linear in its length."""
    found: list[Word] = []
    last_end = 0
    for match in _WORD.finditer(text):
        stopped = any(char in _STOPS for char in text[last_end : match.start()][:8])
        found.append(Word(plain(match.group()), match.start(), match.end(), stopped))
        last_end = match.end()
    return found


def plain(word: str) -> str:
    """Lower case, ё as е, accents and invisible marks dropped, Latin look-alikes made Cyrillic."""
    word = word[: 3 * _LONGEST_WORD].lower()
    if not word.isascii():
        if not _CYRILLIC.fullmatch(word[0]) or _INVISIBLE.search(word):
            # Compose first, so that й typed as и with a breve stays й.
            word = _INVISIBLE.sub("", unicodedata.normalize("NFC", word))
        word = word.replace("ё", "е")
        if _CYRILLIC.search(word):
            word = word.translate(_LOOKALIKES)
    return word[:_LONGEST_WORD]


# What a telephone recognizer and a hurried ear confuse; the first column is replaced in this order.
_SPELLINGS = (
    ("ь", ""), ("ъ", ""), ("тся", "ца"), ("дся", "ца"), ("дца", "ца"), ("тца", "ца"),
    ("сч", "ш"), ("зч", "ш"), ("жч", "ш"), ("щ", "ш"), ("стн", "сн"), ("здн", "сн"), ("лнц", "нц"),
    ("рдц", "рц"), ("нтств", "нств"), ("вств", "ств"),
)  # fmt: skip
_SOUNDS = str.maketrans("оэеыяюбвгджз", "аииииупфктшс")
_DOUBLED = re.compile(r"(.)\1+")


def sound_of(word: str) -> str:
    """How a plain word sounds, roughly: unstressed vowels, voicing and doubling dropped.

    Two spellings of one sound («задыхаеца», «задыхается») give one key. Coarse on purpose: used
    only for words that the dictionary does not know.
    """
    for spelling, instead in _SPELLINGS:
        word = word.replace(spelling, instead)
    if word.endswith(("ого", "его")):
        word = word[:-2] + "во"
    return _DOUBLED.sub(r"\1", word.translate(_SOUNDS))
