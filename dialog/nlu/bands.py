"""Accept, clarify or reject: the band edges that cost callers least.

The costs are stated, the edges follow from them and from scores of phrases that the model had not
been trained on. A wrong answer costs a caller the answer, the doubt and a new start; a question
costs five seconds.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dialog.nlu.matrix import Matrix

CANDIDATES: Final = 3
"""Intents that a clarifying question offers at most: more are not remembered by ear."""
CANDIDATE_FLOOR: Final = 0.08
"""A less probable intent is not worth offering."""


@dataclass(frozen=True)
class Costs:
    """What an outcome costs a caller; a right answer costs nothing, a question is the unit."""

    wrong_answer: float = 4.0
    """Answering another intent than was meant, or something out of scope as if it were in."""
    question: float = 1.0
    """Asking «вы хотите … или …?», where the intent that was meant is among those offered."""
    useless_question: float = 2.5
    """Asking where it is not: the caller has to start over."""
    refusal: float = 3.0
    """«Этим я не занимаюсь» or «не понимаю» about a topic that is served."""


@dataclass(frozen=True)
class Bands:
    """Edges on calibrated probabilities, 0 to 1."""

    accept: float
    """At least this probable: answered without a question."""
    reject: float
    """The best intent in scope is less probable than this: not understood."""
    out_of_scope: float
    """At least this probable to be out of scope: told so honestly."""


@dataclass(frozen=True)
class Decision:
    """What to do with one phrase."""

    intent: int | None
    """None where it is rejected."""
    clarify: tuple[int, ...] = ()
    """Intents to offer, best first; empty where it is accepted or rejected."""


def decide(chances: Matrix, outside: int | None, bands: Bands) -> Decision:
    """Apply the bands to the probabilities (intents,) of one phrase.

    Args:
        chances: calibrated, of sum 1.
        outside: index of the intent ``out_of_scope``; None where nobody gave examples of it.
        bands: the edges.
    """
    inside = chances.copy()
    beyond = 0.0
    if outside is not None:
        beyond = float(chances[outside])
        inside[outside] = 0.0
    order = np.argsort(-inside, kind="stable")
    best = int(order[0])
    if beyond >= bands.out_of_scope or inside[best] < bands.reject:
        return Decision(None)
    if inside[best] >= bands.accept:
        return Decision(best)
    offered = [best] + [int(i) for i in order[1:CANDIDATES] if inside[i] >= CANDIDATE_FLOOR]
    return Decision(best, tuple(offered))


def choose_bands(
    chances: Matrix, labels: npt.NDArray[np.int64], outside: int | None, costs: Costs
) -> Bands:
    """The edges of least total cost on out-of-fold probabilities (n, intents)."""
    accepts = np.round(np.arange(0.30, 0.91, 0.05), 2)
    rejects = np.round(np.arange(0.05, 0.41, 0.05), 2)
    beyonds = np.round(np.arange(0.20, 0.51, 0.05), 2)  # likelier than all else: always rejected
    table = _outcomes(chances, labels, outside)

    def total(bands: Bands) -> float:
        return table.total(bands, costs)

    choices = (
        Bands(float(accept), float(reject), float(beyond))
        for accept, reject, beyond in itertools.product(accepts, rejects, beyonds)
        if reject <= accept
    )
    return min(choices, key=total)


@dataclass(frozen=True)
class _Outcomes:
    """Per phrase: all that the cost of any bands depends on."""

    beyond: Matrix
    top: Matrix
    is_outside: npt.NDArray[np.bool_]
    is_top: npt.NDArray[np.bool_]
    is_offered: npt.NDArray[np.bool_]

    def total(self, bands: Bands, costs: Costs) -> float:
        rejected = (self.beyond >= bands.out_of_scope) | (self.top < bands.reject)
        accepted = ~rejected & (self.top >= bands.accept)
        asked = ~rejected & ~accepted
        return float(
            costs.refusal * np.sum(rejected & ~self.is_outside)
            + costs.wrong_answer * np.sum(accepted & ~self.is_top)
            + costs.question * np.sum(asked & self.is_offered)
            + costs.useless_question * np.sum(asked & ~self.is_offered)
        )


def _outcomes(chances: Matrix, labels: npt.NDArray[np.int64], outside: int | None) -> _Outcomes:
    inside = chances.copy()
    beyond = np.zeros(len(chances), np.float32)
    if outside is not None:
        beyond = inside[:, outside].copy()
        inside[:, outside] = 0.0
    order = np.argsort(-inside, axis=1, kind="stable")[:, :CANDIDATES]
    rows = np.arange(len(chances))[:, None]
    offered = (order == labels[:, None]) & (inside[rows, order] >= CANDIDATE_FLOOR)
    is_top = order[:, 0] == labels
    return _Outcomes(
        beyond, inside.max(axis=1), labels == outside, is_top, is_top | offered.any(axis=1)
    )
