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
from threadpoolctl import threadpool_limits

from dialog.content.nlu_reader import Example
from dialog.nlu.bands import Bands, Costs, choose_bands
from dialog.nlu.calibration import Calibration, calibrate
from dialog.nlu.e5_weights import Matrix
from dialog.nlu.encoder import Encoder
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.kernel import fit_kernel
from dialog.nlu.mishearing import mishear
from dialog.nlu.scorer import Meaning, Scorer, Wording, joined
from dialog.nlu.text import words

MISHEARD_RATE: Final = 0.25
"""Share of words changed in the misheard copy of each training phrase."""
MISHEARD_EVERY: Final = 6
"""One in so many training phrases is misheard: enough to measure by, a sixth of the time."""

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
    copies = list(corpus.misheard.values())
    with threadpool_limits(1):  # sums in another order would give another model
        wording, clean = Wording.fit(corpus.clean)
        misheard = wording.features(copies)
        heads = [_fit(corpus, wording, None, clean, misheard, costs)]
        if encoder is not None and embed is not None:
            vectors = embed([" ".join(text) for text in [*corpus.clean, *copies]])
            centre: Matrix = vectors[: len(clean)].mean(axis=0)
            meaning = Meaning(encoder.name, encoder.parts, encoder.shares, centre)
            meant = meaning.features(vectors)
            clean = joined(clean, meant[: len(clean)])
            misheard = joined(misheard, meant[len(clean) :])
            heads.append(_fit(corpus, wording, meaning, clean, misheard, costs))
    return heads


def _fit(
    corpus: Corpus,
    wording: Wording,
    meaning: Meaning | None,
    clean: Matrix,
    misheard: Matrix,
    costs: Costs,
) -> Fitted:
    # With the precision that is kept, so that what is chosen here is what a call meets.
    clean = clean.astype(np.float16).astype(np.float32)
    copied = np.array(list(corpus.misheard), np.int64)
    fit = fit_kernel(clean, corpus.labels, len(corpus.intents), copied, misheard)
    calibration = calibrate(fit.own, corpus.labels, fit.other, corpus.labels[copied])
    unseen = calibration.probabilities(fit.own)
    bands = choose_bands(unseen, corpus.labels, corpus.outside, costs)
    head = Head(Scorer(corpus.intents, wording, meaning, fit.model), calibration, bands)
    return Fitted(head, unseen, fit.root)


def _random_of(text: Sequence[str]) -> random.Random:
    digest = hashlib.sha256(" ".join(text).encode("utf-8")).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - noise, not secrets
