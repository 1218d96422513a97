"""From scores to probabilities that can be believed: 0.8 is right eight times out of ten.

Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks") of scores that the
model gave to phrases it had not been trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dialog.nlu.e5_weights import Matrix
from dialog.nlu.softmax import probabilities


@dataclass(frozen=True)
class Calibration:
    """How scores become probabilities."""

    slope: float
    """Of the linear scores (an inverse temperature)."""
    nearness: float
    """Weight of the cosine with the nearest example of an intent."""
    noisy: float
    """By how much scores are multiplied (0 to 1) where the recognizer is not sure at all."""

    def probabilities(
        self, linear: Matrix, nearest: Matrix | None, sureness: float = 1.0
    ) -> Matrix:
        """Shape (texts, intents), rows of sum 1.

        Args:
            linear, nearest: from `Scorer`.
            sureness: of the recognizer, 0 to 1.
        """
        scores = self.slope * linear
        if nearest is not None:
            scores = scores + self.nearness * nearest
        return probabilities(scores * (self.noisy + (1 - self.noisy) * sureness))


def calibrate(
    linear: Matrix,
    nearest: Matrix | None,
    labels: npt.NDArray[np.int64],
    noisy_linear: Matrix,
    noisy_nearest: Matrix | None,
) -> Calibration:
    """Fit to out-of-fold scores of clean phrases and of the same phrases misheard.

    Args:
        linear, nearest: shape (n, intents); `nearest` is None without an encoder.
        labels: shape (n,).
        noisy_linear, noisy_nearest: as above, for the misheard phrases.
    """

    def loss(slope: float, nearness: float, noisy: float, misheard: bool) -> float:
        calibration = Calibration(slope, nearness, noisy)
        first, second = (noisy_linear, noisy_nearest) if misheard else (linear, nearest)
        chances = calibration.probabilities(first, second, 0.0 if misheard else 1.0)
        return float(-np.log(chances[np.arange(len(labels)), labels] + 1e-9).mean())

    free = 1 if nearest is None else 2
    # Logarithms, so that neither weight can become negative.
    found = minimize(
        lambda x: loss(float(np.exp(x[0])), float(np.exp(x[1])) if free == 2 else 0.0, 1.0, False),
        [0.0, 1.0][:free],
        method="Nelder-Mead",
        options={"xatol": 1e-3, "fatol": 1e-5},
    )
    slope = float(np.exp(found.x[0]))
    nearness = float(np.exp(found.x[1])) if free == 2 else 0.0
    factors = np.linspace(0.3, 1.0, 36)
    noisy = min(factors, key=lambda factor: loss(slope, nearness, float(factor), True))
    return Calibration(slope, nearness, float(noisy))
