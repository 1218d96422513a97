"""Multinomial logistic regression on dense features, by L-BFGS.

Deterministic: it starts from zero and uses no randomness.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dialog.nlu.e5_weights import Matrix


def fit_softmax(
    features: Matrix,
    labels: npt.NDArray[np.int64],
    classes: int,
    *,
    strength: float,
    weights: Matrix | None = None,
    iterations: int = 150,
) -> tuple[Matrix, Matrix]:
    """Weights (features, classes) and bias (classes,), float32.

    Args:
        features: shape (n, d).
        labels: shape (n,), from 0.
        classes: how many there are.
        strength: weight of the data against the L2 penalty; scikit-learn's ``C``.
        weights: of the examples, shape (n,); all 1 by default.
        iterations: of L-BFGS at most.
    """
    count, size = features.shape
    share = np.full(count, strength, np.float32) if weights is None else strength * weights
    share = share.astype(np.float32)[:, None]
    target = np.zeros((count, classes), np.float32)
    target[np.arange(count), labels] = 1
    transposed = np.ascontiguousarray(features.T)

    def objective(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        matrix = flat.reshape(size + 1, classes).astype(np.float32)
        scores = features @ matrix[:-1] + matrix[-1]
        scores -= scores.max(axis=1, keepdims=True)
        exps = np.exp(scores)
        sums = exps.sum(axis=1, keepdims=True)
        losses = (np.log(sums) - (scores * target).sum(axis=1, keepdims=True)) * share
        slope = (exps / sums - target) * share
        gradient = np.empty_like(matrix)
        gradient[:-1] = transposed @ slope + matrix[:-1]
        gradient[-1] = slope.sum(axis=0)
        loss = float(losses.sum(dtype=np.float64)) + 0.5 * float(np.sum(matrix[:-1] ** 2))
        return loss, gradient.ravel().astype(np.float64)

    found = minimize(
        objective,
        np.zeros((size + 1) * classes),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "gtol": 1e-3 * strength},
    )
    matrix = found.x.reshape(size + 1, classes).astype(np.float32)
    return matrix[:-1], matrix[-1]


def probabilities(scores: Matrix) -> Matrix:
    """Softmax of the last axis."""
    exps: Matrix = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Matrix = exps / exps.sum(axis=-1, keepdims=True)
    return shares
