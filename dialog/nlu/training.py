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


def fit_heads(
    corpus: Corpus, encoder: Encoder | None, embed: Embed | None, costs: Costs
) -> list[tuple[Head, Unseen]]:
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
) -> tuple[Head, Unseen]:
    copied = np.array(list(corpus.misheard), np.int64)
    model, own, other = fit_kernel(clean, corpus.labels, len(corpus.intents), copied, misheard)
    calibration = calibrate(own, corpus.labels, other, corpus.labels[copied])
    unseen = Unseen(calibration.probabilities(own), calibration.probabilities(other, sureness=0.0))
    bands = choose_bands(unseen.chances, corpus.labels, corpus.outside, costs)
    return Head(Scorer(corpus.intents, wording, meaning, model), calibration, bands), unseen


def _random_of(text: Sequence[str]) -> random.Random:
    digest = hashlib.sha256(" ".join(text).encode("utf-8")).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - noise, not secrets
