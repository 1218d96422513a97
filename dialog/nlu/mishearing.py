"""Phrases as a recognizer mishears them on a bad line: for training, not for measuring.

Spoken Russian loses what is not stressed: о and а, е and и fall together, voiced consonants are
devoiced at the end of words, endings and short words vanish, words stick together or break apart.
`bench/nlu.py` measures with another model of noise, so that nothing is tuned to this one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

_VOICING: Final = dict(zip("бвгджзпфктшс", "пфктшсбвгджз", strict=True))
_VOWELS: Final = {"о": "а", "а": "о", "е": "и", "и": "е", "я": "е", "ы": "и", "э": "е"}
_CLUSTERS: Final = (
    ("вств", "ств"),
    ("здн", "зн"),
    ("стн", "сн"),
    ("лнц", "нц"),
    ("тся", "ца"),
    ("ться", "ца"),
    ("сч", "щ"),
    ("зж", "ж"),
    ("ого", "ова"),
    ("его", "ево"),
    ("сейчас", "щас"),
    ("пожалуйста", "пожалста"),
    ("здравствуйте", "здрасте"),
    ("нн", "н"),
    ("сс", "с"),
    ("лл", "л"),
)
_SHORT: Final = 3
"""Letters: prepositions, particles and pronouns, which are lost most often."""


def mishear(words: Sequence[str], rate: float, random_source: random.Random) -> list[str]:
    """`words` with about `rate` of them (0 to 1) lost or changed."""
    heard: list[str] = []
    stuck = False
    for word in words:
        if stuck:
            heard[-1] += word
            stuck = False
            continue
        if random_source.random() >= rate:
            heard.append(word)
            continue
        if len(word) <= _SHORT:
            if len(words) == 1 or random_source.random() < 0.3:
                heard.append(word)
                stuck = len(words) > 1
            continue
        change = random_source.choice(_CHANGES)
        heard.extend(change(word, random_source))
    return heard or list(words)


def _reduce(word: str, source: random.Random) -> list[str]:
    """An unstressed vowel is heard as its neighbour."""
    return [_replace_one(word, _VOWELS, source)]


def _voice(word: str, source: random.Random) -> list[str]:
    return [_replace_one(word, _VOICING, source)]


def _replace_one(word: str, table: dict[str, str], source: random.Random) -> str:
    places = [i for i, letter in enumerate(word) if letter in table]
    if not places:
        return word[:-1]
    at = source.choice(places)
    return word[:at] + table[word[at]] + word[at + 1 :]


def _drop_ending(word: str, source: random.Random) -> list[str]:
    return [word[: -source.randint(1, min(2, len(word) - 2))]]


def _drop_start(word: str, source: random.Random) -> list[str]:
    return [word[source.randint(1, 2) :]]


def _simplify(word: str, source: random.Random) -> list[str]:
    """A cluster of consonants is spoken as one."""
    for cluster, heard in _CLUSTERS:
        if cluster in word:
            return [word.replace(cluster, heard)]
    return _reduce(word, source)


def _split(word: str, source: random.Random) -> list[str]:
    if len(word) < 6:
        return _drop_ending(word, source)
    at = source.randint(2, len(word) - 3)
    return [word[:at], word[at:]]


def _lose(word: str, source: random.Random) -> list[str]:
    return []


_CHANGES: Final[tuple[Callable[[str, random.Random], list[str]], ...]] = (
    _reduce,
    _reduce,
    _voice,
    _drop_ending,
    _drop_start,
    _simplify,
    _split,
    _lose,
    _lose,
)
