"""What engines do with their readings: choose among rivals, join pieces, drop repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final

import numpy as np

from asr.recognizer import Alternative, Hints, Recognition

_CLOSE: Final = 0.9
"""A rival with at least this share of the best reading's belief may win by hints."""


@dataclass(frozen=True)
class Reading:
    """What an engine may have heard."""

    text: str
    confidence: float
    """By the sound, 0 to 1."""
    belief: float
    """The same with what is likely to be said, above 0: by this readings are ranked."""


def choose(readings: Sequence[Reading], hints: Hints) -> Recognition:
    """The best reading; a close rival that has more of the question's own words wins over it.

    Hints invent nothing: they only break near-ties. The best reading's confidence is that of its
    sound; the others have as much less as they are believed less.

    Args:
        readings: best first, each text once.
        hints: what the question makes likely.
    """
    if not readings:
        return Recognition()
    words = set(hints.words)
    first = readings[0]
    close = [r for r in readings if r.belief >= _CLOSE * first.belief]
    best = max(close, key=lambda r: len(words.intersection(r.text.split())))  # first of equals
    if not best.text:
        return Recognition()
    prior = first.belief / first.confidence if first.confidence else 1.0
    others = (
        Alternative(r.text, first.confidence * r.belief / first.belief)
        for r in readings
        if r is not best and r.text
    )
    return Recognition(best.text, first.confidence, alternatives=tuple(others), prior=prior)


def readings_of(chosen: Recognition) -> list[Reading]:
    """What `choose` chose from, best first, but for the confidence of what it did not choose."""
    told = [Alternative(chosen.text, chosen.confidence), *chosen.alternatives]
    return ranked(Reading(r.text, r.confidence, r.confidence * chosen.prior) for r in told)


def ranked(readings: Iterable[Reading]) -> list[Reading]:
    """Best first; of those of one text, the best.

    Nothing is put together from parts: a whole reading wins or loses.
    """
    best: dict[str, Reading] = {}
    for reading in sorted(readings, key=lambda reading: reading.belief, reverse=True):
        best.setdefault(reading.text, reading)
    return list(best.values())


def join(pieces: Sequence[Recognition]) -> Recognition:
    """One recognition of consecutive pieces; the confidence is weighted by words.

    Alternatives survive only where a single piece has words: their combinations are nobody's
    reading. `no_speech` is the lowest, for somebody spoke in that piece.
    """
    doubts = [piece.no_speech for piece in pieces if piece.no_speech is not None]
    spoken = [piece for piece in pieces if piece.text]
    if not spoken:
        return Recognition(no_speech=min(doubts, default=None))
    if len(pieces) == 1:
        return spoken[0]
    weights = [len(piece.text.split()) for piece in spoken]
    return Recognition(
        text=" ".join(piece.text for piece in spoken),
        confidence=float(np.average([piece.confidence for piece in spoken], weights=weights)),
        words=tuple(word for piece in spoken for word in piece.words),
        alternatives=spoken[0].alternatives if len(spoken) == 1 else (),
        no_speech=min(doubts, default=None),
    )


def said_once(text: str) -> str:
    """`text` without its repetitions, if it is one phrase of three words or more over and over.

    Whisper sometimes begins a phrase anew until its length cap cuts it, in the middle of a word. A
    caller who really said it twice loses nothing; digits are left alone.
    """
    words = text.split()
    for period in range(3, len(words) - 1):
        phrase = words[:period]
        if len(set(phrase)) == 1 or all(is_digit(word) for word in phrase):
            continue
        if words[period : period + 2] != phrase[:2]:
            continue
        expected = [phrase[i % period] for i in range(period, len(words))]
        *whole, last = words[period:]
        if whole == expected[:-1] and expected[-1].startswith(last):
            return " ".join(phrase)
    return text


def without_loops(text: str) -> str:
    """`text` where a word that comes more than five times in a row comes once.

    Where Whisper cannot write what it hears ("2022" in digits) it may write one word until its
    length cap; nobody speaks like that, but for digits, which are left alone.
    """
    runs = [(word, len([*same])) for word, same in groupby(text.split())]
    once = (
        [word] * (count if count <= _MOST_IN_A_ROW or is_digit(word) else 1) for word, count in runs
    )
    return " ".join(chain.from_iterable(once))


def is_digit(word: str) -> bool:
    """Whether `word` is a number in digits, or the name of a single digit."""
    return word.isdigit() or word in _DIGITS


_MOST_IN_A_ROW: Final = 5
_DIGITS: Final = frozenset(
    ("ноль", "нуль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
)
