"""The phrases that others are compared with, in 8 bits.

Eight thousand phrases of 1,664 numbers are read for every phrase that is understood: in float32
that takes 5 ms and throws everything else out of the processor's caches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import onnxruntime

from dialog.errors import NluError
from dialog.nlu.matrix import Matrix
from models.onnx_graph import GraphBuilder, column_scales


@dataclass(frozen=True)
class Anchors:
    """Rows of about length 1. Each is rounded by itself, so that it stays the same among others."""

    levels: npt.NDArray[np.int8]
    """Shape (rows, features)."""
    scales: Matrix
    """Shape (rows,): the value of one level."""

    @classmethod
    def of(cls, rows: Matrix) -> Anchors:
        """Round rows, shape (n, features); what is solved must be solved with what is kept."""
        scales = column_scales(rows.T)
        return cls(np.round(rows / scales[:, None]).astype(np.int8), scales)

    def __len__(self) -> int:
        return len(self.levels)

    def floats(self) -> Matrix:
        """Shape (rows, features), float32."""
        rows: Matrix = self.levels * self.scales[:, None]
        return rows

    def cosines(self, features: Matrix) -> Matrix:
        """Shape (n, rows): products with the rows of `features`, shape (n, features).

        `features` are rounded to 8 bits on the way.

        Raises:
            NluError: ONNX Runtime cannot run here; only the first time.
        """
        result: Matrix = self._session.run(["cosines"], {"x": features.astype(np.float32)})[0]
        return result

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        graph = GraphBuilder(NluError)
        levels = np.ascontiguousarray(self.levels.T)
        features = graph.input("x", "rows", len(levels))
        product = graph.quantized_levels(features, levels, self.scales, None, "anchors")
        graph.op("Identity", [product], name="cosines")
        return graph.session(["cosines"])

    def __getitem__(self, chosen: npt.NDArray[np.int64]) -> Anchors:
        """Some of the rows, or the same in another order."""
        return Anchors(self.levels[chosen], self.scales[chosen])


def stacked(parts: Sequence[Anchors]) -> Anchors:
    """Rows of several, one after another."""
    return Anchors(
        np.vstack([part.levels for part in parts]), np.concatenate([part.scales for part in parts])
    )
