"""How well intents are understood: figures with their confidence intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dialog.nlu.bands import Bands, decide
from dialog.nlu.e5_weights import Matrix

BINS: Final = 10
"""Of confidence, for the calibration error."""
RESAMPLES: Final = 1000
"""Of the bootstrap."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Figure:
    """A measured share with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Metrics:
    """Over one set of phrases."""

    phrases: int
    accuracy: Figure
    """In scope: the first intent is right and the phrase is not rejected."""
    out_of_scope_f1: Figure
    """Of rejection as a detector of phrases out of scope."""
    calibration_error: Figure
    """Expected calibration error of the first of the ranking, ten bins (Naeini et al. 2015)."""
    out_of_scope_auroc: float
    """How well 1 - P(out of scope) orders phrases in and out of scope; 1 is perfect."""
    questions: float
    """Share of phrases in scope that would be answered by a clarifying question."""
    wrong_answers: float
    """Share of all phrases that would get a wrong answer without a question."""


def measure(
    labels: Labels, chances: Matrix, outside: int | None, bands: Bands, seed: int = 122
) -> Metrics:
    """Figures of calibrated probabilities (n, intents) against the truth (n,).

    Args:
        labels: what was meant; -1 for an intent that the model does not know.
        chances: calibrated.
        outside: index of the intent ``out_of_scope``, or None.
        bands: of the interpreter.
        seed: of the bootstrap.
    """
    decisions = [decide(row, outside, bands) for row in chances]
    decided = np.array([-1 if d.intent is None else d.intent for d in decisions], np.int64)
    asked = np.array([bool(d.clarify) for d in decisions])
    first = chances.argmax(axis=1)
    top = chances.max(axis=1)
    inside = labels != outside if outside is not None else np.ones(len(labels), np.bool_)
    right = decided == labels

    def figure(function: Callable[[npt.NDArray[np.int64]], float]) -> Figure:
        return bootstrap(function, len(labels), seed)

    beyond = chances[:, outside] if outside is not None else np.zeros(len(labels), np.float32)
    return Metrics(
        phrases=len(labels),
        accuracy=figure(lambda rows: _share(right[rows], inside[rows])),
        out_of_scope_f1=figure(lambda rows: f1(decided[rows] < 0, ~inside[rows])),
        calibration_error=figure(
            lambda rows: calibration_error(top[rows], (first == labels)[rows])
        ),
        out_of_scope_auroc=auroc(beyond, ~inside),
        questions=_share(asked, inside),
        wrong_answers=float(np.mean((decided >= 0) & ~asked & ~right)),
    )


def bootstrap(function: Callable[[npt.NDArray[np.int64]], float], count: int, seed: int) -> Figure:
    """A function of row numbers, on all rows and on resamples (Efron 1979, percentiles)."""
    source = np.random.default_rng(seed)
    values = [function(source.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(function(np.arange(count)), float(low), float(high))


def f1(found: npt.NDArray[np.bool_], true: npt.NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing found."""
    both = int(np.sum(found & true))
    total = int(found.sum()) + int(true.sum())
    return 2 * both / total if total else 1.0


def calibration_error(confidences: Matrix, right: npt.NDArray[np.bool_], bins: int = BINS) -> float:
    """Mean distance between confidence and accuracy over equal bins, weighted by their size."""
    places = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    counts = np.bincount(places, minlength=bins)
    sure = np.bincount(places, confidences, minlength=bins)
    correct = np.bincount(places, right.astype(np.float64), minlength=bins)
    return float(np.abs(sure - correct).sum() / max(counts.sum(), 1))


def auroc(scores: Matrix, positive: npt.NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative, ties counting half (Mann and Whitney)."""
    ups, downs = np.sort(scores[positive]), np.sort(scores[~positive])
    if not len(ups) or not len(downs):
        return float("nan")
    below = np.searchsorted(downs, ups, "left").sum()
    ties = np.searchsorted(downs, ups, "right").sum() - below
    return float((below + ties / 2) / (len(ups) * len(downs)))


def _share(hits: npt.NDArray[np.bool_], of: npt.NDArray[np.bool_]) -> float:
    return float(hits[of].mean()) if of.any() else float("nan")
