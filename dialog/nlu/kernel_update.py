"""Phrases exchanged in a solved kernel model, without solving it again.

The inverse of the kernel matrix gains and loses some rows by block elimination (Hager 1989,
"Updating the inverse of a matrix"): the weights and the leave-one-out scores are those of solving
anew, up to rounding. Work grows with the square of the number of phrases instead of its cube.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dialog.nlu.anchors import Anchors, stacked
from dialog.nlu.kernel import RIDGE, KernelModel, nearness, one_hot
from dialog.nlu.matrix import Matrix

Labels = npt.NDArray[np.int64]


def exchange(
    model: KernelModel, root: Matrix, labels: Labels, removed: Labels, added: Matrix, new: Labels
) -> tuple[KernelModel, Matrix]:
    """The model without some of its phrases, and with others behind the ones that stay.

    Args:
        model, root: as `fit_kernel` solved them.
        labels: shape (n,): of the model's phrases.
        removed: shape (k,): numbers of phrases that go.
        added: shape (m, features): phrases that come, rows of length 1.
        new: shape (m,): their labels.

    Returns:
        The model, and the score of each of its phrases by the model without that phrase.
    """
    count, more, classes = len(labels), len(added), model.weights.shape[1]
    present = np.concatenate([np.setdiff1d(np.arange(count), removed), count + np.arange(more)])
    target = one_hot(np.concatenate([labels, new]), classes)
    shares: Matrix = target[present].mean(axis=0)
    aim = target - shares

    coming = Anchors.of(added)
    near = coming.floats().T

    # One reading of the root for all that is asked of the inverse: it is what takes the time.
    gone = np.zeros((count, len(removed)), np.float32)
    gone[removed, np.arange(len(removed))] = 1
    asked = np.hstack([nearness(model.anchors.floats() @ near), gone, aim[:count]])
    halfway = root @ asked
    solved = np.vstack([root.T @ halfway, np.zeros((more, asked.shape[1]), np.float32)])
    reach, columns, weights = np.split(solved, [more, more + len(removed)], axis=1)
    spread = np.concatenate([np.einsum("ij,ij->j", root, root), np.zeros(more, np.float32)])

    # Those that come: the inverse gains `reach @ gain @ reach.T`.
    reach[count:] = -np.eye(more, dtype=np.float32)
    within = nearness(near.T @ near) + RIDGE * np.eye(more, dtype=np.float32)
    gain = _inverse(within - halfway[:, :more].T @ halfway[:, :more])
    weights += reach @ (gain @ (reach.T @ aim))
    columns += reach @ (gain @ reach[removed].T)
    spread += np.einsum("ij,ij->i", reach @ gain, reach)

    # Those that go: it loses what it knows through them.
    loss = _inverse(columns[removed])
    weights -= columns @ (loss @ weights[removed])
    spread -= np.einsum("ij,ij->i", columns @ loss, columns)

    weights = weights[present]
    own = target[present] - weights / spread[present, None]
    anchors = stacked([model.anchors, coming])[present]
    return KernelModel(anchors, weights, shares), own


def _inverse(small: Matrix) -> Matrix:
    """Of a symmetric matrix, which may be empty."""
    return np.linalg.inv(small.astype(np.float64)).astype(np.float32)
