"""Scores of all intents for a phrase, by what it means and by what it sounds like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import qr

from dialog.nlu.kernel import KernelModel
from dialog.nlu.lexical import TfIdf, lemmas, sounds
from dialog.nlu.matrix import Matrix

# Chosen by leave-one-out log loss and accuracy, of phrases as they are written and as they were
# heard; all optima are flat.
WORDING_SHARE: Final = 0.3
"""Of the words in the similarity of two phrases (0 to 1) beside their meaning."""
SOUNDS_WEIGHT: Final = 1.4
"""Of n-grams of sounds beside lemmas."""
SOUNDS_LEAST: Final = 3
"""Phrases that an n-gram must be in; with two there are a third more, which bring nothing."""
LEMMAS_LEAST: Final = 2
"""The same of lemmas and their pairs."""
DIRECTIONS: Final = 384
"""To which the TF-IDF features are reduced."""


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
        return np.hstack(pieces, dtype=np.float32)


@dataclass(frozen=True)
class Wording:
    """The part of the features that goes by words alone."""

    terms: tuple[TfIdf, ...]
    projection: npt.NDArray[np.float16]
    """Shape (columns of all `terms`, directions): see `principal`."""

    @classmethod
    def fit(cls, texts: Sequence[Sequence[str]]) -> tuple[Wording, Matrix]:
        """Learn from texts, each a list of words; the wording, and the features of the texts."""
        heard, heard_rows = TfIdf.fit(sounds, texts, least=SOUNDS_LEAST)
        forms, form_rows = TfIdf.fit(lemmas, texts, least=LEMMAS_LEAST)
        weighted = sparse.hstack([SOUNDS_WEIGHT * heard_rows, form_rows]).tocsr()
        directions = principal(weighted, DIRECTIONS)
        directions[: len(heard.index)] *= SOUNDS_WEIGHT
        projection = directions.astype(np.float16)
        rows = sparse.hstack([heard_rows, form_rows]).tocsr()
        return cls((heard, forms), projection), unit(rows @ projection.astype(np.float32))

    def features(self, texts: Sequence[Sequence[str]]) -> Matrix:
        """Shape (texts, directions), float32; rows of length 1, or 0 where no word is known."""
        if not texts:
            return np.zeros((0, self.projection.shape[1]), np.float32)
        offsets = np.cumsum([0, *(len(terms.index) for terms in self.terms)])
        found = [
            (columns + offset, values)
            for text in texts
            for terms, offset in zip(self.terms, offsets, strict=False)
            for columns, values in [terms.row(text)]
        ]
        ends = np.cumsum([0, *(len(columns) for columns, _ in found)])[:: len(self.terms)]
        # Each direction that the texts need is widened once, however many of them need it.
        used, places = np.unique(
            np.concatenate([columns for columns, _ in found]), return_inverse=True
        )
        values = np.concatenate([values for _, values in found])
        rows = sparse.csr_matrix((values, places, ends), shape=(len(texts), len(used)))
        return unit(rows @ self.projection[used].astype(np.float32))


def joined(wording: Matrix, meaning: Matrix | None, share: float = WORDING_SHARE) -> Matrix:
    """Both parts of the features, rows of length 1; `share` is that of the words."""
    if meaning is None:
        return wording
    return np.hstack([np.sqrt(1 - share) * meaning, np.sqrt(share) * wording], dtype=np.float32)


@dataclass(frozen=True)
class Scorer:
    """A trained model, before calibration."""

    intents: tuple[str, ...]
    wording: Wording
    meaning: Meaning | None
    """None where it goes by words alone."""
    model: KernelModel

    def scores(self, texts: Sequence[Sequence[str]], embeddings: Matrix | None) -> Matrix:
        """Shape (texts, intents); see `KernelModel.scores`.

        Args:
            texts: lists of words.
            embeddings: of the texts, as the encoder gave them; None without an encoder.
        """
        wording = self.wording.features(texts)
        if self.meaning is None or embeddings is None:
            return self.model.scores(wording)
        return self.model.scores(joined(wording, self.meaning.features(embeddings)))


def unit(rows: Matrix) -> Matrix:
    """Rows of length 1; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Matrix = rows / np.maximum(lengths, 1e-6)
    return result


def principal(rows: sparse.csr_matrix, size: int) -> Matrix:
    """The `size` main directions of sparse rows, shape (columns, size), orthonormal.

    Latent semantic analysis by a randomised range finder with two power iterations (Halko,
    Martinsson and Tropp 2011); the seed is fixed.
    """
    size = min(size, *rows.shape)
    start = np.random.default_rng(122).standard_normal((rows.shape[1], size + 16))
    basis = _orthonormal(rows @ start.astype(np.float32))
    for _ in range(2):
        basis = _orthonormal(rows @ (rows.T @ basis))
    image = rows.T @ basis
    squares, turns = np.linalg.eigh(image.T @ image)
    largest = np.argsort(-squares)[:size]
    lengths = np.sqrt(np.maximum(squares[largest], 1e-12))
    result: Matrix = np.ascontiguousarray(image @ turns[:, largest] / lengths, dtype=np.float32)
    return result


def _orthonormal(columns: Matrix) -> Matrix:
    """A basis of what the columns span; in single precision, unlike numpy's."""
    basis: Matrix = qr(columns, mode="economic", overwrite_a=True, check_finite=False)[0]
    return basis
