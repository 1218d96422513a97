"""From scores to probabilities that can be believed: 0.8 is right eight times out of ten.

Scores are estimates of probabilities with errors of their own; a power and a floor, fitted to
phrases that the model had not seen, mend them. (With the logarithm of the score as logit this is
temperature scaling: Guo et al. 2017, "On Calibration of Modern Neural Networks".) What changes
where the recognizer is not sure was measured on what it really hears, see docs/models.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dialog.nlu.matrix import Matrix

NOISY: Final = 0.7
"""By how much the power is multiplied where the recognizer is not sure at all."""
GARBLED: Final = 2.5
"""By how much the logarithm of the odds of being out of scope is less there."""


@dataclass(frozen=True)
class Calibration:
    """How scores become probabilities."""

    power: float
    """An inverse temperature."""
    floor: float
    """Scores below it, negative ones too, count as this much."""

    def probabilities(self, scores: Matrix, sureness: float = 1.0) -> Matrix:
        """Shape (texts, intents), rows of sum 1.

        Args:
            scores: from `Scorer`.
            sureness: of the recognizer, 0 to 1.
        """
        power = self.power * (NOISY + (1 - NOISY) * sureness)
        logits = power * np.log(np.maximum(scores, self.floor))
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: Matrix = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
        return chances


def calibrate(scores: Matrix, labels: npt.NDArray[np.int64]) -> Calibration:
    """Fit to the scores of unseen phrases (least log loss).

    Args:
        scores: shape (n, intents).
        labels: shape (n,).
    """

    def loss(logarithms: npt.NDArray[np.float64]) -> float:
        power, floor = np.exp(logarithms)  # so that neither can become negative
        chances = Calibration(float(power), float(floor)).probabilities(scores)
        return float(-np.log(chances[np.arange(len(labels)), labels] + 1e-9).sum())

    found = minimize(
        loss, [1.0, -4.0], method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3}
    )
    power, floor = np.exp(found.x)
    return Calibration(float(power), float(floor))


def less_outside(chances: Matrix, outside: int, sureness: float) -> Matrix:
    """Probabilities (texts, intents) where garbled words count less as out of scope.

    They resemble nothing that the service is asked, like words that are out of scope; but most
    callers want something of it.

    Args:
        chances: rows of sum 1.
        outside: number of the intent that is out of scope.
        sureness: of the recognizer, 0 to 1.
    """
    result = chances.copy()
    result[..., outside] *= np.exp(-GARBLED * (1 - sureness))
    result /= result.sum(axis=-1, keepdims=True)
    return result
