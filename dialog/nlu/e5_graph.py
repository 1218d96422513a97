"""multilingual-e5-small as an ONNX graph with 8-bit weights.

A BERT encoder (post-norm, GELU, 12 layers of 384) for one text at a time, so that nothing is padded
and an embedding never depends on what else is in a batch: 4 ms for 12 tokens on one thread of a
processor without VNNI, a third of float32.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnxruntime

from dialog.errors import NluError
from dialog.nlu.e5_weights import Weights
from models.onnx_graph import GraphBuilder

MIDDLE: Final = 7
"""Layers after which a phrase is looked at a first time: its wording is not yet lost there."""


def e5_session(weights: Weights) -> onnxruntime.InferenceSession:
    """The model, ready.

    Input ``x``: word and position embeddings, float32 (tokens, hidden). Outputs ``middle`` and
    ``last``: float32 (hidden,), the means over the tokens after `MIDDLE` layers and after all.

    Raises:
        NluError: the graph cannot run here.
    """
    return _Builder(weights).build()


class _Builder:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._graph = GraphBuilder(NluError)

    def build(self) -> onnxruntime.InferenceSession:
        op = self._graph.op
        x = self._norm(self._graph.input("x", "tokens", self._weights.hidden), "emb.ln")
        for layer in range(self._weights.layers):
            x = self._layer(x, f"l{layer}")
            if layer + 1 == MIDDLE:
                op("ReduceMean", [x], name="middle", axes=[0], keepdims=0)
        op("ReduceMean", [x], name="last", axes=[0], keepdims=0)
        return self._graph.session(["middle", "last"])

    def _layer(self, x: str, prefix: str) -> str:
        op = self._graph.op
        attended = self._matmul(self._attention(x, prefix), f"{prefix}.ao")
        x = self._norm(op("Add", [x, attended]), f"{prefix}.aln")
        inner = op("Gelu", [self._matmul(x, f"{prefix}.fi")], domain="com.microsoft")
        return self._norm(op("Add", [x, self._matmul(inner, f"{prefix}.fo")]), f"{prefix}.oln")

    def _attention(self, x: str, prefix: str) -> str:
        graph, weights = self._graph, self._weights
        heads, size = weights.heads, weights.hidden // weights.heads
        # One product for all three: the input is quantised once.
        joined = np.concatenate([weights.matrix(f"{prefix}.{part}.w") for part in "qkv"], axis=1)
        bias = np.concatenate([weights.vector(f"{prefix}.{part}.b") for part in "qkv"])
        joined[:, : weights.hidden] /= np.sqrt(size)  # the scale of attention
        bias[: weights.hidden] /= np.sqrt(size)
        qkv = graph.quantized(x, joined, bias, f"{prefix}.qkv")
        shape = graph.integers(-1, 3, heads, size)
        split = graph.op("Transpose", [graph.op("Reshape", [qkv, shape])], perm=[1, 2, 0, 3])
        query, key, value = (
            graph.op("Gather", [split, graph.constant(f"part{i}", np.array(i, np.int64))], axis=0)
            for i in range(3)
        )
        scores = graph.op("MatMul", [query, graph.op("Transpose", [key], perm=[0, 2, 1])])
        mixed = graph.op("MatMul", [graph.op("Softmax", [scores], axis=-1), value])
        flat = graph.integers(-1, weights.hidden)
        return graph.op("Reshape", [graph.op("Transpose", [mixed], perm=[1, 0, 2]), flat])

    def _matmul(self, x: str, name: str) -> str:
        weights = self._weights
        return self._graph.quantized(
            x, weights.matrix(f"{name}.w"), weights.vector(f"{name}.b"), name
        )

    def _norm(self, x: str, name: str) -> str:
        gain, bias = (self._weights.vector(f"{name}.{part}") for part in "wb")
        return self._graph.norm(x, gain, bias, self._weights.epsilon, name)
