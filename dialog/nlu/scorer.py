"""Scores of all intents for a phrase, by what it means and by what it sounds like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dialog.nlu.e5_weights import Matrix
from dialog.nlu.kernel import KernelModel
from dialog.nlu.lexical import TfIdf

LEXICAL_SHARE: Final = 0.28
"""Of the lexical part in the similarity of two phrases (0 to 1) beside their embeddings."""


@dataclass(frozen=True)
class Meaning:
    """The part of the features that needs an encoder."""

    encoder: str
    """Name of the encoder that the model was trained with."""
    parts: tuple[int, ...]
    """Sizes of the embeddings that its vectors consist of."""
    shares: tuple[float, ...]
    """Of each in the similarity of two phrases, of sum 1."""
    centre: Matrix
    """Shape (size,): the mean embedding; without it all phrases look alike."""

    def features(self, embeddings: Matrix) -> Matrix:
        """Embeddings (texts, size) seen from their centre; rows of length 1."""
        away = embeddings - self.centre
        ends = np.cumsum(self.parts)[:-1]
        pieces = [
            np.sqrt(share) * unit(piece)
            for share, piece in zip(self.shares, np.split(away, ends, axis=1), strict=True)
        ]
        return np.hstack(pieces).astype(np.float32)


@dataclass(frozen=True)
class Features:
    """How a phrase becomes a vector."""

    lexical: tuple[TfIdf, ...]
    projection: Matrix
    """Shape (lexical features, directions): see `training.principal`."""
    meaning: Meaning | None
    """None without an encoder."""

    def of(self, texts: Sequence[Sequence[str]], embeddings: Matrix | None) -> Matrix:
        """Shape (texts, features), rows of length 1.

        Args:
            texts: lists of words.
            embeddings: of the texts, as the encoder gave them; None without an encoder.
        """
        latent = [self._latent(text) for text in texts]
        words = unit(np.array(latent, np.float32).reshape(len(texts), self.projection.shape[1]))
        if self.meaning is None or embeddings is None:
            return words
        meaning = self.meaning.features(embeddings)
        return np.hstack(
            [np.sqrt(1 - LEXICAL_SHARE) * meaning, np.sqrt(LEXICAL_SHARE) * words]
        ).astype(np.float32)

    def _latent(self, text: Sequence[str]) -> Matrix:
        found = np.zeros(self.projection.shape[1], np.float32)
        offset = 0
        for terms in self.lexical:
            columns, values = terms.row(text)
            if columns:
                rows = self.projection[np.array(columns) + offset]
                found += np.array(values, np.float32) @ rows
            offset += len(terms.index)
        return found


@dataclass(frozen=True)
class Scorer:
    """A trained model, before calibration."""

    intents: tuple[str, ...]
    features: Features
    model: KernelModel

    def scores(self, texts: Sequence[Sequence[str]], embeddings: Matrix | None) -> Matrix:
        """Shape (texts, intents); see `KernelModel.scores`."""
        return self.model.scores(self.features.of(texts, embeddings))


def unit(rows: Matrix) -> Matrix:
    """Rows of length 1; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Matrix = rows / np.maximum(lengths, 1e-6)
    return result
