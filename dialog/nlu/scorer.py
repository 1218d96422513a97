"""Scores of all intents for a phrase: a linear model over what it means and what it sounds like,
together with its nearest training examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dialog.nlu.e5_weights import Matrix
from dialog.nlu.lexical import TfIdf

SCALE: Final = 1.5
"""Length of an embedding beside the lexical features, which have length 1 each."""


@dataclass(frozen=True)
class Embedded:
    """The half of the model that needs an encoder."""

    encoder: str
    """Name of the encoder that it was trained with."""
    centre: Matrix
    """Shape (size,): the mean embedding; without it all phrases look alike."""
    weights: Matrix
    """Shape (size, intents)."""
    examples: Matrix
    """Shape (examples, size): training phrases, centred, of length 1."""
    labels: npt.NDArray[np.int64]
    """Shape (examples,): their intents."""


@dataclass(frozen=True)
class Scorer:
    """A trained model, before calibration."""

    intents: tuple[str, ...]
    lexical: tuple[TfIdf, ...]
    lexical_weights: Matrix
    """Shape (features of all `lexical`, intents)."""
    bias: Matrix
    embedded: Embedded | None
    """None where no encoder could be loaded."""

    def linear(self, texts: Sequence[Sequence[str]], embeddings: Matrix | None) -> Matrix:
        """Shape (texts, intents): scores of the linear model.

        Args:
            texts: lists of words.
            embeddings: of the texts, as the encoder gave them; None without an encoder.
        """
        scores = np.tile(self.bias, (len(texts), 1))
        for row, text in enumerate(texts):
            offset = 0
            for terms in self.lexical:
                columns, values = terms.row(text)
                if columns:
                    chosen = self.lexical_weights[np.array(columns) + offset]
                    scores[row] += np.array(values, np.float32) @ chosen
                offset += len(terms.index)
        if self.embedded is not None and embeddings is not None:
            scores += SCALE * centred(embeddings, self.embedded.centre) @ self.embedded.weights
        return scores

    def nearest(self, embeddings: Matrix | None) -> Matrix | None:
        """Shape (texts, intents): cosine with the nearest example of each intent, -1 to 1."""
        if self.embedded is None or embeddings is None:
            return None
        part = self.embedded
        cosines = centred(embeddings, part.centre) @ part.examples.T
        return nearest_by_class(cosines, part.labels, len(self.intents))


def centred(embeddings: Matrix, centre: Matrix) -> Matrix:
    """Embeddings seen from their common centre, of length 1."""
    away = embeddings - centre
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    result: Matrix = away / np.maximum(lengths, 1e-6)
    return result


def nearest_by_class(cosines: Matrix, labels: npt.NDArray[np.int64], classes: int) -> Matrix:
    """The largest cosine with the examples of each class; -1 where a class has none."""
    best = np.full((len(cosines), classes), -1.0, np.float32)
    for label in range(classes):
        mine = cosines[:, labels == label]
        if mine.shape[1]:
            best[:, label] = mine.max(axis=1)
    return best
