"""Fitting the interpreter: features, linear model, calibration, bands.

Everything that is chosen is chosen on out-of-fold scores: of phrases, and of the same phrases as a
recognizer would mishear them, by models that saw neither.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from threadpoolctl import threadpool_limits

from dialog.content.nlu_reader import Example
from dialog.nlu.bands import Bands, Costs, choose_bands
from dialog.nlu.calibration import Calibration, calibrate
from dialog.nlu.e5_weights import Matrix
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.lexical import TfIdf, char_ngrams, lemmas
from dialog.nlu.mishearing import mishear
from dialog.nlu.scorer import SCALE, Embedded, Scorer, centred, nearest_by_class
from dialog.nlu.softmax import fit_softmax
from dialog.nlu.text import words

FOLDS: Final = 5
STRENGTH: Final = 100.0
"""Weight of the data against the penalty, as scikit-learn's ``C``."""
MISHEARD_RATE: Final = 0.25
"""Share of words changed in the misheard copy of each training phrase."""
MISHEARD_WEIGHT: Final = 0.5
"""Of a misheard copy beside its original."""
LATENT: Final = 256
"""Dimensions in which the linear model sees the lexical features while it is fitted."""

Embed = Callable[[Sequence[str]], Matrix]
"""Texts in, embeddings out, float32 (texts, size)."""


@dataclass(frozen=True)
class Head:
    """A scorer with its calibration and bands: all that is needed to understand a phrase."""

    scorer: Scorer
    calibration: Calibration
    bands: Bands


@dataclass(frozen=True)
class OutOfFold:
    """What models that had not seen the examples make of them."""

    chances: Matrix
    """Shape (examples, intents): calibrated."""
    misheard: Matrix
    """The same for the misheard copies."""
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """Training phrases with their misheard copies."""

    intents: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    clean: list[list[str]]
    """Lists of words."""
    misheard: list[list[str]]
    folds: npt.NDArray[np.int64]
    """Shape (examples,): 0 to FOLDS - 1, each intent spread evenly."""

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Corpus:
        """Phrases in an order of their own, so that moving lines between files changes nothing."""
        unique = {(" ".join(words(e.text)), e.intent) for e in examples}
        ordered = sorted(pair for pair in unique if pair[0])
        intents = tuple(sorted({intent for _, intent in ordered}))
        numbers = {intent: number for number, intent in enumerate(intents)}
        clean = [text.split() for text, _ in ordered]
        # Seeded by the phrase: a new example leaves the copies, and their embeddings, as they were.
        misheard = [mishear(text, MISHEARD_RATE, _random_of(text)) for text in clean]
        labels = np.array([numbers[intent] for _, intent in ordered], np.int64)
        return cls(intents, labels, clean, misheard, _spread(labels))

    @property
    def outside(self) -> int | None:
        """Index of the intent ``out_of_scope``."""
        return self.intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.intents else None


def fit_head(
    corpus: Corpus, embed: Embed | None, encoder: str, costs: Costs
) -> tuple[Head, OutOfFold]:
    """Train on a corpus, with sentence embeddings or (`embed` is None) without."""
    with threadpool_limits(1):  # sums in another order would give another model
        return _Fitting(corpus, embed, encoder).run(costs)


class _Fitting:
    def __init__(self, corpus: Corpus, embed: Embed | None, encoder: str) -> None:
        self.corpus = corpus
        self.encoder = encoder
        self.lexical = (
            TfIdf.fit(char_ngrams, corpus.clean),
            TfIdf.fit(lemmas, corpus.clean),
        )
        everything = corpus.clean + corpus.misheard
        sparse_rows = sparse.hstack([t.transform(everything) for t in self.lexical]).tocsr()
        self.projection = _principal(sparse_rows[: len(corpus.clean)], LATENT)
        parts = [np.asarray(sparse_rows @ self.projection)]
        self.vectors: Matrix | None = None
        if embed is not None:
            embeddings = embed([" ".join(text) for text in everything])
            self.centre: Matrix = embeddings[: len(corpus.clean)].mean(axis=0)
            self.vectors = centred(embeddings, self.centre)
            parts.insert(0, SCALE * self.vectors)
        self.features: Matrix = np.hstack(parts).astype(np.float32)

    def run(self, costs: Costs) -> tuple[Head, OutOfFold]:
        corpus = self.corpus
        linear, nearest = self._out_of_fold()
        size = len(corpus.clean)

        def half(scores: Matrix | None, misheard: bool) -> Matrix | None:
            return None if scores is None else (scores[size:] if misheard else scores[:size])

        calibration = calibrate(
            linear[:size], half(nearest, False), corpus.labels, linear[size:], half(nearest, True)
        )
        chances = calibration.probabilities(linear[:size], half(nearest, False))
        misheard = calibration.probabilities(linear[size:], half(nearest, True))
        bands = choose_bands(chances, corpus.labels, corpus.outside, costs)
        head = Head(self._scorer(), calibration, bands)
        return head, OutOfFold(chances, misheard, corpus.labels)

    def _out_of_fold(self) -> tuple[Matrix, Matrix | None]:
        corpus = self.corpus
        size, classes = len(corpus.clean), len(corpus.intents)
        linear = np.zeros((2 * size, classes), np.float32)
        nearest = None if self.vectors is None else np.zeros_like(linear)
        for fold in range(FOLDS):
            seen, unseen = (
                np.flatnonzero(corpus.folds != fold),
                np.flatnonzero(corpus.folds == fold),
            )
            both = np.concatenate([unseen, unseen + size])
            weights, bias = self._fit(seen)
            linear[both] = self.features[both] @ weights + bias
            if self.vectors is not None and nearest is not None:
                cosines = self.vectors[both] @ self.vectors[seen].T
                nearest[both] = nearest_by_class(cosines, corpus.labels[seen], classes)
        return linear, nearest

    def _fit(self, rows: npt.NDArray[np.int64]) -> tuple[Matrix, Matrix]:
        size = len(self.corpus.clean)
        labels = self.corpus.labels[rows]
        return fit_softmax(
            self.features[np.concatenate([rows, rows + size])],
            np.concatenate([labels, labels]),
            len(self.corpus.intents),
            strength=STRENGTH,
            weights=np.repeat([1.0, MISHEARD_WEIGHT], len(rows)).astype(np.float32),
        )

    def _scorer(self) -> Scorer:
        corpus = self.corpus
        weights, bias = self._fit(np.arange(len(corpus.clean)))
        embedded = None
        if self.vectors is not None:
            size = self.vectors.shape[1]
            examples = self.vectors[: len(corpus.clean)]
            embedded = Embedded(self.encoder, self.centre, weights[:size], examples, corpus.labels)
            weights = weights[size:]
        return Scorer(corpus.intents, self.lexical, self.projection @ weights, bias, embedded)


def _random_of(text: Sequence[str]) -> random.Random:
    digest = hashlib.sha256(" ".join(text).encode("utf-8")).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - noise, not secrets


def _spread(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Folds: within each intent in turn, in an order drawn once and for all."""
    order = np.random.default_rng(122).permutation(len(labels))
    folds = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        folds[mine] = (np.arange(len(mine)) + label) % FOLDS
    return folds


def _principal(rows: sparse.csr_matrix, size: int) -> Matrix:
    """The `size` main directions of sparse rows, shape (columns, size), orthonormal.

    Latent semantic analysis by a randomised range finder with two power iterations (Halko,
    Martinsson and Tropp 2011); the seed is fixed.
    """
    size = min(size, *rows.shape)
    start = np.random.default_rng(122).standard_normal((rows.shape[1], size + 16))
    basis = np.linalg.qr(rows @ start.astype(np.float32))[0]
    for _ in range(2):
        basis = np.linalg.qr(rows @ (rows.T @ basis))[0]
    _, _, directions = np.linalg.svd((rows.T @ basis).T, full_matrices=False)
    result: Matrix = np.ascontiguousarray(directions[:size].T, dtype=np.float32)
    return result
