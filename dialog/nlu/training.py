"""Fitting the interpreter: features, kernel model, calibration, bands.

Everything that is chosen is chosen on phrases by models that had not seen them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from dialog.content.nlu_reader import Example
from dialog.nlu.bands import Bands, Costs, choose_bands
from dialog.nlu.calibration import Calibration, calibrate
from dialog.nlu.encoder import Encoder
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.kernel import fit_kernel
from dialog.nlu.matrix import Matrix
from dialog.nlu.scorer import Meaning, Scorer, Wording, joined
from dialog.nlu.text import words

Embed = Callable[[Sequence[str]], Matrix]
"""Texts in, embeddings out, float32 (texts, size)."""


@dataclass(frozen=True)
class Head:
    """A scorer with its calibration and bands: all that is needed to understand a phrase."""

    scorer: Scorer
    calibration: Calibration
    bands: Bands


@dataclass(frozen=True)
class Fitted:
    """A head, and what it takes to judge and to change it."""

    head: Head
    unseen: Matrix
    """Shape (phrases, intents): calibrated probabilities of each training phrase by a model that
    had seen all of them but that one."""
    root: Matrix
    """See `KernelFit`; empty where the head was changed, not solved."""


@dataclass(frozen=True)
class Corpus:
    """Training phrases."""

    intents: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    clean: list[list[str]]
    """Lists of words."""

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Corpus:
        """Phrases in an order of their own, so that moving lines between files changes nothing."""
        unique = {(" ".join(words(e.text)), e.intent) for e in examples}
        ordered = sorted(pair for pair in unique if pair[0])
        intents = tuple(sorted({intent for _, intent in ordered}))
        numbers = {intent: number for number, intent in enumerate(intents)}
        clean = [text.split() for text, _ in ordered]
        labels = np.array([numbers[intent] for _, intent in ordered], np.int64)
        return cls(intents, labels, clean)

    @property
    def keys(self) -> list[str]:
        """A hash of each phrase with its intent: tells changed ones, and holds no words."""
        pairs = zip(self.clean, self.labels, strict=True)
        said = (f"{self.intents[label]} {' '.join(text)}" for text, label in pairs)
        return [hashlib.sha256(one.encode("utf-8")).hexdigest()[:32] for one in said]

    @property
    def outside(self) -> int | None:
        """Index of the intent ``out_of_scope``."""
        return self.intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.intents else None


def fit_heads(
    corpus: Corpus, encoder: Encoder | None, embed: Embed | None, costs: Costs
) -> list[Fitted]:
    """Train on a corpus: first by words alone, then, where there is an encoder, with it.

    Args:
        corpus: at least two intents.
        encoder: names and sizes of the embeddings; None to go by words alone.
        embed: computes or remembers the encoder's embeddings; None without an encoder.
        costs: what wrong answers and questions cost a caller.
    """
    with threadpool_limits(1):  # sums in another order would give another model
        wording, clean = Wording.fit(corpus.clean)
        heads = [_fit(corpus, wording, None, clean, costs)]
        if encoder is not None and embed is not None:
            vectors = embed([" ".join(text) for text in corpus.clean])
            centre: Matrix = vectors.mean(axis=0)
            meaning = Meaning(encoder.name, encoder.parts, encoder.shares, centre)
            clean = joined(clean, meaning.features(vectors))
            heads.append(_fit(corpus, wording, meaning, clean, costs))
    return heads


def _fit(
    corpus: Corpus,
    wording: Wording,
    meaning: Meaning | None,
    clean: Matrix,
    costs: Costs,
) -> Fitted:
    fit = fit_kernel(clean, corpus.labels, len(corpus.intents))
    calibration = calibrate(fit.own, corpus.labels)
    unseen = calibration.probabilities(fit.own)
    bands = choose_bands(unseen, corpus.labels, corpus.outside, costs)
    head = Head(Scorer(corpus.intents, wording, meaning, fit.model), calibration, bands)
    return Fitted(head, unseen, fit.root)
