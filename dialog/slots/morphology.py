"""Forms of Russian words: lemmas, cases, what a number counts (pymorphy3, OpenCorpora's tags)."""

from __future__ import annotations

from functools import lru_cache

from dialog.morphology import morphology
from dialog.slots.numerals import numeral
from dialog.slots.words import fold


@lru_cache(maxsize=20_000)
def lemmas_of(word: str) -> frozenset[str]:
    """Every dictionary form that `word` may belong to, the word itself, and its number if any."""
    parses = morphology().parse(word)
    number = int(word) if word.isdecimal() and len(word) < 5 else None
    if (spelled := numeral(word)) is not None:
        number = spelled.value
    counted = () if number is None else (f"#{number}",)
    return frozenset({word, *(fold(parse.normal_form) for parse in parses), *counted})


def cases_of(word: str) -> tuple[str, ...]:
    """`word` in all its cases, of a rare word as they are guessed."""
    return tuple(fold(inflected.word) for inflected in morphology().parse(word)[0].lexeme)


@lru_cache(maxsize=10_000)
def is_counted(word: str) -> bool:
    """Whether `word`, right behind a number, is what it counts: «к двум врачам», «пять минут»."""
    tag = morphology().parse(word)[0].tag
    return tag.POS == "NOUN" and tag.number == "plur" and tag.case in ("gent", "datv", "ablt")
