"""How well intents are understood: figures with their confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dialog.nlu.bands import Bands, decide
from dialog.nlu.interpreter import Parse
from dialog.nlu.matrix import Matrix

OUT_OF_SCOPE: Final = "out_of_scope"
BINS: Final = 10
"""Of confidence, for the calibration error."""
RESAMPLES: Final = 1000
"""Of the bootstrap."""

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What was meant, and what was understood."""

    text: str
    intent: str
    """What was meant."""
    decided: str | None
    """None where the phrase was rejected."""
    first: str
    """Of the ranking, whatever was decided."""
    confidence: float
    """Of `first`."""
    outside: float
    """Probability of being out of scope."""
    asked: bool
    """Whether a clarifying question would be asked."""

    @classmethod
    def of(cls, intent: str, parse: Parse) -> Outcome:
        """A phrase that the interpreter parsed; `intent` is what was meant."""
        chances = {ranked.intent: ranked.confidence for ranked in parse.ranking}
        return cls(
            text=parse.text,
            intent=intent,
            decided=parse.intent,
            first=parse.ranking[0].intent if parse.ranking else OUT_OF_SCOPE,
            confidence=parse.confidence,
            # An interpreter without such an intent rejects what it is unsure of.
            outside=chances.get(OUT_OF_SCOPE, 1 - parse.confidence),
            asked=bool(parse.clarify),
        )

    @property
    def right(self) -> bool:
        """In scope: the intent that was meant. Out of scope: rejected."""
        if self.intent == OUT_OF_SCOPE:
            return self.decided in {None, OUT_OF_SCOPE}
        return self.decided == self.intent


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
    """In scope: the intent is right and the phrase is not rejected."""
    out_of_scope_f1: Figure
    """Of rejection as a detector of phrases out of scope."""
    calibration_error: Figure
    """Expected calibration error of the first of the ranking, ten bins (Naeini et al. 2015)."""
    out_of_scope_auroc: float
    """How well the probability of being out of scope sorts the phrases; 1 is perfect."""
    questions: float
    """Share of phrases in scope that would be met with a clarifying question."""
    wrong_answers: float
    """Share of all phrases that would get a wrong answer without a question."""


def outcomes_of(
    texts: Sequence[str],
    meant: Sequence[str],
    chances: Matrix,
    intents: Sequence[str],
    bands: Bands,
) -> list[Outcome]:
    """Outcomes of calibrated probabilities, shape (texts, intents)."""
    outside = intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else None
    outcomes = []
    for text, intent, row in zip(texts, meant, chances, strict=True):
        decision = decide(row, outside, bands)
        first = int(row.argmax())
        outcomes.append(
            Outcome(
                text=text,
                intent=intent,
                decided=None if decision.intent is None else intents[decision.intent],
                first=intents[first],
                confidence=float(row[first]),
                outside=0.0 if outside is None else float(row[outside]),
                asked=bool(decision.clarify),
            )
        )
    return outcomes


def measure(outcomes: Sequence[Outcome], seed: int = 122) -> Metrics:
    """Figures over `outcomes`; `seed` is the bootstrap's."""
    right = _flags(outcomes, lambda o: o.right)
    inside = _flags(outcomes, lambda o: o.intent != OUT_OF_SCOPE)
    rejected = _flags(outcomes, lambda o: o.decided in {None, OUT_OF_SCOPE})
    asked = _flags(outcomes, lambda o: o.asked)
    first_right = _flags(outcomes, lambda o: o.first == o.intent)
    confidence = np.array([o.confidence for o in outcomes], np.float32)

    def figure(function: Callable[[Rows], float]) -> Figure:
        return bootstrap(function, len(outcomes), seed)

    return Metrics(
        phrases=len(outcomes),
        accuracy=figure(lambda rows: share(right[rows], inside[rows])),
        out_of_scope_f1=figure(lambda rows: f1(rejected[rows], ~inside[rows])),
        calibration_error=figure(
            lambda rows: calibration_error(confidence[rows], first_right[rows])
        ),
        out_of_scope_auroc=auroc(np.array([o.outside for o in outcomes]), ~inside),
        questions=share(asked, inside),
        wrong_answers=float(np.mean(~rejected & ~asked & ~right)),
    )


def bootstrap(function: Callable[[Rows], float], count: int, seed: int) -> Figure:
    """A function of row numbers, on all rows and on resamples (Efron 1979, percentiles)."""
    source = np.random.default_rng(seed)
    values = [function(source.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return Figure(function(np.arange(count)), float(low), float(high))


def share(hits: Flags, of: Flags) -> float:
    """Share of hits among `of`; 1 where there is nothing to hit."""
    return float(hits[of].mean()) if of.any() else 1.0


def f1(found: Flags, true: Flags) -> float:
    """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing found."""
    both = int(np.sum(found & true))
    total = int(found.sum()) + int(true.sum())
    return 2 * both / total if total else 1.0


def calibration_error(confidences: Matrix, right: Flags, bins: int = BINS) -> float:
    """Mean distance between confidence and accuracy over equal bins, weighted by their size."""
    places = np.minimum((confidences * bins).astype(np.int64), bins - 1)
    sure = np.bincount(places, confidences, minlength=bins)
    correct = np.bincount(places, right.astype(np.float64), minlength=bins)
    return float(np.abs(sure - correct).sum() / max(len(places), 1))


def auroc(scores: npt.NDArray[np.float64], positive: Flags) -> float:
    """Chance that a positive scores above a negative, ties counting half (Mann and Whitney).

    0.5 where one of the two is missing.
    """
    ups, downs = scores[positive], np.sort(scores[~positive])
    if not len(ups) or not len(downs):
        return 0.5
    below = np.searchsorted(downs, ups, "left").sum()
    ties = np.searchsorted(downs, ups, "right").sum() - below
    return float((below + ties / 2) / (len(ups) * len(downs)))


def _flags(outcomes: Sequence[Outcome], of: Callable[[Outcome], bool]) -> Flags:
    return np.array([of(outcome) for outcome in outcomes], np.bool_)
