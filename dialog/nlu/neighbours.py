"""The training phrase nearest to another: why something was understood, and what is too alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from dialog.content.findings import Finding, Severity
from dialog.content.nlu_reader import Example
from dialog.nlu.embedding_cache import encode_cached
from dialog.nlu.encoder import Encoder
from dialog.nlu.matrix import Matrix
from dialog.nlu.scorer import Meaning
from dialog.nlu.text import plain

TOO_NEAR: Final = 0.82
"""Cosine of centred embeddings from which two phrases differ in a word that hardly matters."""


@dataclass(frozen=True)
class Neighbour:
    """A training phrase and how near it is."""

    example: Example
    nearness: float
    """Cosine, -1 to 1."""


class Neighbours:
    """Training phrases to be searched by meaning."""

    def __init__(self, examples: Sequence[Example], encoder: Encoder, cache_dir: Path) -> None:
        self._examples = examples
        self._encoder = encoder
        self._cache_dir = cache_dir
        embeddings = self._embed([example.text for example in examples])
        centre: Matrix = embeddings.mean(axis=0)
        self._meaning = Meaning(encoder.name, encoder.parts, encoder.shares, centre)
        self._vectors = self._meaning.features(embeddings)

    def nearest(self, texts: Sequence[str]) -> list[Neighbour]:
        """The nearest training phrase of each text."""
        if not texts:
            return []
        cosines = self._meaning.features(self._embed(texts)) @ self._vectors.T
        return [
            Neighbour(self._examples[best], float(row[best]))
            for row, best in zip(cosines, cosines.argmax(axis=1), strict=True)
        ]

    def too_near(self) -> tuple[Finding, ...]:
        """Pairs of phrases of different intents that say nearly the same; each pair once."""
        cosines = np.triu(self._vectors @ self._vectors.T, k=1)
        found = []
        for first, second in zip(*np.nonzero(cosines >= TOO_NEAR), strict=True):
            one, other = self._examples[first], self._examples[second]
            if one.intent == other.intent or plain(one.text) == plain(other.text):
                continue
            found.append(
                Finding(
                    Severity.WARNING,
                    other.file,
                    other.line,
                    f"«{other.text}» ({other.intent}) почти то же, что «{one.text}» "
                    f"({one.intent}, {one.file}:{one.line})",
                    "Помощник будет путать эти темы и переспрашивать",
                    "Оставьте одну из фраз или добавьте слова, по которым темы различают",
                )
            )
        return tuple(found)

    def _embed(self, texts: Sequence[str]) -> Matrix:
        return encode_cached(self._encoder, [plain(text) for text in texts], self._cache_dir)
