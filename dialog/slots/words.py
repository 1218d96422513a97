"""Words of an utterance with their places, as all readers see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_WORDS: Final = 400
"""Of longer texts the last words are read: 400 take three minutes to say."""
_WORD = re.compile(r"[0-9]+|[a-zа-я]+")
_STRETCHED = re.compile(r"([а-я])\1{2,}")

CORRECTIONS: Final = frozenset(
    {"нет", "ой", "точнее", "вернее", "ошибся", "ошиблась", "перепутала"}
)
"""Words after which a caller says it anew: «на вторник, ой, на среду»."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word or one run of digits."""

    text: str
    """Lower case, ё as е."""
    start: int
    """Characters from the beginning of the text."""
    end: int
    gap: str
    """The characters between the word before and this one."""

    @property
    def is_digits(self) -> bool:
        """Whether it is a number written in digits."""
        return self.text.isdecimal()


def vocabulary(words: str) -> frozenset[str]:
    """The words of a text that is separated by blanks."""
    return frozenset(words.split())


def in_order(words: str) -> tuple[str, ...]:
    """The same, where their order means something."""
    return tuple(words.split())


def fold(text: str) -> str:
    """Lower case, ё as е; of the same length, so that positions stay those of the caller's text."""
    lowered = text.lower()
    if len(lowered) != len(text):  # İ becomes two characters
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.replace("ё", "е")


def words_of(text: str) -> list[Word]:
    """The words of `text` in their order, at most `MAX_WORDS` from its end."""
    return list(_words_of(text))


@lru_cache(maxsize=16)
def _words_of(text: str) -> tuple[Word, ...]:
    """The same; every reader of a step asks for the words of the same few texts."""
    folded = fold(text)
    words: list[Word] = []
    last_end = 0
    for match in _WORD.finditer(folded):
        start, end = match.span()
        words.append(Word(match.group(), start, end, folded[last_end:start]))
        last_end = end
    return tuple(words[-MAX_WORDS:])


def unstretched(word: str) -> str:
    """A drawn-out word as it is spelled: «дааа» -> «да»."""
    return _STRETCHED.sub(r"\1", word)
