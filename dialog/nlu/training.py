"""Fitting the interpreter: features, kernel model, calibration, bands.

Everything that is chosen is chosen on phrases, and on the same phrases as a recognizer would
mishear them, by models that had not seen them.
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
from dialog.nlu.encoder import Encoder
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.kernel import fit_kernel
from dialog.nlu.lexical import TfIdf, char_ngrams, lemmas
from dialog.nlu.mishearing import mishear
from dialog.nlu.scorer import Features, Meaning, Scorer
from dialog.nlu.text import words

MISHEARD_RATE: Final = 0.25
"""Share of words changed in the misheard copy of each training phrase."""
MISHEARD_EVERY: Final = 3
"""One in so many training phrases is misheard: enough to measure by, a third of the time."""
LATENT: Final = 256
"""Directions to which the lexical features are reduced."""

Embed = Callable[[Sequence[str]], Matrix]
"""Texts in, embeddings out, float32 (texts, size)."""


@dataclass(frozen=True)
class Head:
    """A scorer with its calibration and bands: all that is needed to understand a phrase."""

    scorer: Scorer
    calibration: Calibration
    bands: Bands


@dataclass(frozen=True)
class Unseen:
    """What models make of the training phrases that had each seen all of them but that one."""

    chances: Matrix
    """Shape (phrases, intents): calibrated."""
    misheard: Matrix
    """The same for the misheard copies, shape (copies, intents)."""


@dataclass(frozen=True)
class Corpus:
    """Training phrases with their misheard copies."""

    intents: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    clean: list[list[str]]
    """Lists of words."""
    misheard: dict[int, list[str]]
    """By the number of the phrase."""

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Corpus:
        """Phrases in an order of their own, so that moving lines between files changes nothing."""
        unique = {(" ".join(words(e.text)), e.intent) for e in examples}
        ordered = sorted(pair for pair in unique if pair[0])
        intents = tuple(sorted({intent for _, intent in ordered}))
        numbers = {intent: number for number, intent in enumerate(intents)}
        clean = [text.split() for text, _ in ordered]
        # Seeded by the phrase: a new example leaves the copies, and their embeddings, as they were.
        sources = ((number, text, _random_of(text)) for number, text in enumerate(clean))
        misheard = {
            number: mishear(text, MISHEARD_RATE, source)
            for number, text, source in sources
            if source.random() < 1 / MISHEARD_EVERY
        }
        labels = np.array([numbers[intent] for _, intent in ordered], np.int64)
        return cls(intents, labels, clean, misheard)

    @property
    def outside(self) -> int | None:
        """Index of the intent ``out_of_scope``."""
        return self.intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.intents else None


def fit_head(
    corpus: Corpus, encoder: Encoder | None, embed: Embed | None, costs: Costs
) -> tuple[Head, Unseen]:
    """Train on a corpus.

    Args:
        corpus: at least two intents.
        encoder: names and sizes of the embeddings; None to go by words alone.
        embed: computes or remembers the encoder's embeddings; None without an encoder.
        costs: what wrong answers and questions cost a caller.
    """
    with threadpool_limits(1):  # sums in another order would give another model
        lexical = (TfIdf.fit(char_ngrams, corpus.clean), TfIdf.fit(lemmas, corpus.clean))
        rows = sparse.hstack([terms.transform(corpus.clean) for terms in lexical]).tocsr()
        projection = principal(rows, LATENT)
        meaning = clean_vectors = misheard_vectors = None
        if encoder is not None and embed is not None:
            clean_vectors = embed([" ".join(text) for text in corpus.clean])
            misheard_vectors = embed([" ".join(text) for text in corpus.misheard.values()])
            centre: Matrix = clean_vectors.mean(axis=0)
            meaning = Meaning(encoder.name, encoder.parts, encoder.shares, centre)
        features = Features(lexical, projection, meaning)
        copied = np.array(list(corpus.misheard), np.int64)
        model, own, other = fit_kernel(
            features.of(corpus.clean, clean_vectors),
            corpus.labels,
            len(corpus.intents),
            copied,
            features.of(list(corpus.misheard.values()), misheard_vectors),
        )
        calibration = calibrate(own, corpus.labels, other, corpus.labels[copied])
        unseen = Unseen(
            calibration.probabilities(own), calibration.probabilities(other, sureness=0.0)
        )
        bands = choose_bands(unseen.chances, corpus.labels, corpus.outside, costs)
    return Head(Scorer(corpus.intents, features, model), calibration, bands), unseen


def principal(rows: sparse.csr_matrix, size: int) -> Matrix:
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


def _random_of(text: Sequence[str]) -> random.Random:
    digest = hashlib.sha256(" ".join(text).encode("utf-8")).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - noise, not secrets
