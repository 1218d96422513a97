"""Texts as a recognizer with a given word error rate writes them down.

Recognizers make words into other words that sound alike and exist; they lose words and run them
together. `dialog.nlu.mishearing`, with which the embedded interpreter is trained, changes letters
instead: an interpreter measured here has not seen this noise before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from bench.words import word_errors
from dialog.nlu.text import words

NEAR: Final = 5
"""A word is taken for one of so many that are spelt most like it."""
SHARES: Final = (0.6, 0.25, 0.15)
"""Of words misheard: taken for another, lost, run together with the next."""


class NoisyLine:
    """Mishears.

    Args:
        vocabulary: texts whose words the recognizer knows.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._known = sorted({word for text in vocabulary for word in words(text)})
        self._alike: dict[str, list[str]] = {}

    def at(self, texts: Sequence[str], wer: float, seed: int) -> list[str]:
        """`texts` misheard, so that together they have about this word error rate (per cent)."""
        low, high = 0.0, 1.0
        heard = list(texts)
        for _ in range(12):  # the same draws each time: more words are misheard as the rate grows
            rate = (low + high) / 2
            source = np.random.default_rng(seed)
            heard = [self.mishear(text, rate, source.random) for text in texts]
            if word_errors(zip(texts, heard, strict=True)).wer < wer:
                low = rate
            else:
                high = rate
        return heard

    def mishear(self, text: str, rate: float, draw: Callable[[], float]) -> str:
        """`text` with each word misheard at this rate (0 to 1), by `draw` from 0 to 1."""
        said = words(text)
        heard: list[str] = []
        for word in said:
            misheard, kind, choice = draw() < rate, draw(), draw()
            if not misheard:
                heard.append(word)
            elif kind < SHARES[0]:
                alike = self._like(word)
                heard.append(alike[int(choice * len(alike))])
            elif kind < SHARES[0] + SHARES[1]:
                continue
            elif heard:
                heard[-1] += word
            else:
                heard.append(self._like(word)[0])
        return " ".join(heard or self._like(said[0])[:1] if said else [])

    def _like(self, word: str) -> list[str]:
        if word not in self._alike:
            scorer = Levenshtein.normalized_distance
            found = process.extract(word, self._known, scorer=scorer, limit=NEAR + 1)
            self._alike[word] = [other for other, _, _ in found if other != word][:NEAR]
        return self._alike[word]
