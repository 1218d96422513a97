"""Universal Sentence Encoder Multilingual 3 as an ONNX graph, for one text at a time.

Three convolutions over 2, 3 and 5 pieces stand beside the pieces' own embeddings; their sum over
the text goes through a network with shortcuts. The convolutions and what sums them up, two thirds
of the weights, are in 8 bits (cosine with float32 .9997); the first product is not, for single
pieces reach far beyond the others, and the last ones are small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import TensorProto

from dialog.errors import NluError
from dialog.nlu.matrix import Matrix
from models.onnx_graph import GraphBuilder

INPUT: Final = 512
"""Size of a piece's own embedding."""
WIDTH: Final = 256
"""Of a branch."""

_BRANCHES: Final = ((2, 0), (3, 1), (5, 2))
"""Of convolutions: pieces that each sees, and how many of them stand before its own."""
_TO_THE_END: Final = np.iinfo(np.int64).max


def use_session(arrays: Mapping[str, npt.NDArray[np.generic]]) -> onnxruntime.InferenceSession:
    """The model, ready.

    Input ``x``: the pieces' embeddings, float32 (pieces, 512). Output ``embedding``: float32
    (1, 512), not of length 1.

    Args:
        arrays: by the names of the package's archive.

    Raises:
        KeyError, ValueError: an array is missing or has another shape.
        NluError: the graph cannot run here.
    """
    return _Builder(arrays).build()


class _Builder:
    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        self._arrays = arrays
        self._epsilon = float(arrays["eps"])
        self._graph = GraphBuilder(NluError)

    def build(self) -> onnxruntime.InferenceSession:
        op = self._graph.op
        pieces = self._graph.input("x", "pieces", INPUT)
        features = [pieces, *map(self._branch, self._starts(), _BRANCHES)]
        gain, bias = self._floats("ln_g"), self._floats("ln_b")
        joined = self._graph.norm(
            op("Concat", features, axis=1), gain, bias, self._epsilon, "joined"
        )
        first = self._relu(self._shortcut(self._mean(joined), "d0", "d1", "p1"))
        op("Tanh", [self._shortcut(first, "d2", "d3", "p3")], name="embedding")
        return self._graph.session(["embedding"])

    def _starts(self) -> list[str]:
        """Where the branches begin, each of shape (pieces, 256): one product with one norm."""
        graph = self._graph
        matrix, biases, gain, bias = (
            np.concatenate([self._floats(f"{name}{size}") for size, _ in _BRANCHES], axis=-1)
            for name in ("proj", "proj_b", "ln_g", "ln_b")
        )
        product = graph.op("MatMul", ["x", graph.constant("proj", matrix)])
        product = graph.op("Add", [product, graph.constant("proj_b", biases)])
        whole = graph.norm(product, gain, bias, self._epsilon, "start")
        return [
            graph.op("Slice", [whole, *map(graph.integers, (start, start + WIDTH, 1))])
            for start in range(0, len(biases), WIDTH)
        ]

    def _branch(self, x: str, sees: tuple[int, int]) -> str:
        """Two convolutions, each with a shortcut; shape (pieces, 256)."""
        graph = self._graph
        size, before = sees
        for layer in (1, 2):
            padded = graph.op("Pad", [x, graph.integers(before, 0, size - 1 - before, 0)])
            shifted = [
                graph.op(
                    "Slice",
                    [
                        padded,
                        graph.integers(i),
                        graph.integers(i + 1 - size or _TO_THE_END),
                        graph.integers(0),
                    ],
                )
                for i in range(size)
            ]
            name = f"w{layer}_{size}"
            turned = graph.quantized(
                graph.op("Concat", shifted, axis=1),
                self._floats(name),
                self._floats(f"b{layer}_{size}"),
                name,
            )
            x = graph.op("Add", [x, self._relu(turned)])
        return x

    def _mean(self, x: str) -> str:
        """Over the pieces: their sum, and a bias for each, by the root of their number."""
        graph = self._graph
        number = graph.op("Slice", [graph.op("Shape", ["x"]), graph.integers(0), graph.integers(1)])
        count = graph.op("Cast", [number], to=TensorProto.FLOAT)
        total = graph.op("ReduceSum", [x, graph.integers(0)], keepdims=1)
        turned = graph.quantized(total, self._floats("cnn_W"), None, "cnn_W")
        biases = graph.op("Mul", [count, self._constant("cnn_b")])
        summed = graph.op("Add", [turned, biases])
        return graph.op("Div", [summed, graph.op("Sqrt", [count])])

    def _shortcut(self, x: str, inner: str, outer: str, past: str) -> str:
        around = self._product(self._relu(self._product(x, inner)), outer)
        return self._graph.op("Add", [around, self._product(x, past)])

    def _product(self, x: str, name: str) -> str:
        return self._graph.op("MatMul", [x, self._constant(name)])

    def _relu(self, x: str) -> str:
        return self._graph.op("Relu", [x])

    def _constant(self, name: str) -> str:
        return self._graph.constant(name, self._floats(name))

    def _floats(self, name: str) -> Matrix:
        return self._arrays[name].astype(np.float32)
