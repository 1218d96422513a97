"""From scores to probabilities that can be believed: 0.8 is right eight times out of ten.

Scores are estimates of probabilities with errors of their own; a power and a floor, fitted to
phrases that the model had not seen, mend them. (With the logarithm of the score as logit this is
temperature scaling: Guo et al. 2017, "On Calibration of Modern Neural Networks".)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dialog.nlu.e5_weights import Matrix


@dataclass(frozen=True)
class Calibration:
    """How scores become probabilities."""

    power: float
    """An inverse temperature."""
    floor: float
    """Scores below it, negative ones too, count as this much."""
    noisy: float
    """By how much `power` is multiplied (0 to 1) where the recognizer is not sure at all."""

    def probabilities(self, scores: Matrix, sureness: float = 1.0) -> Matrix:
        """Shape (texts, intents), rows of sum 1.

        Args:
            scores: from `Scorer`.
            sureness: of the recognizer, 0 to 1.
        """
        power = self.power * (self.noisy + (1 - self.noisy) * sureness)
        logits = power * np.log(np.maximum(scores, self.floor))
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: Matrix = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
        return chances


def calibrate(
    scores: Matrix,
    labels: npt.NDArray[np.int64],
    misheard: Matrix,
    misheard_labels: npt.NDArray[np.int64],
) -> Calibration:
    """Fit to the scores of unseen phrases and of the same phrases misheard (least log loss).

    Args:
        scores: shape (n, intents).
        labels: shape (n,).
        misheard: shape (m, intents); may be empty.
        misheard_labels: shape (m,).
    """

    def loss(calibration: Calibration, noisy: bool = False) -> float:
        of, truth = (misheard, misheard_labels) if noisy else (scores, labels)
        chances = calibration.probabilities(of, 0.0 if noisy else 1.0)
        return float(-np.log(chances[np.arange(len(truth)), truth] + 1e-9).sum())

    # Logarithms, so that neither can become negative.
    found = minimize(
        lambda x: loss(Calibration(float(np.exp(x[0])), float(np.exp(x[1])), 1.0)),
        [1.0, -4.0],
        method="Nelder-Mead",
        options={"xatol": 1e-3, "fatol": 1e-3},
    )
    power, floor = (float(np.exp(value)) for value in found.x)
    noisy = min(
        np.linspace(0.4, 0.95, 12).tolist(),  # never surer than on a clean line
        key=lambda factor: loss(Calibration(power, floor, factor), noisy=True),
    )
    return Calibration(power, floor, noisy)
