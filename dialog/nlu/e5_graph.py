"""multilingual-e5-small as an ONNX graph with 8-bit weights, built in memory.

A BERT encoder (post-norm, GELU, 12 layers of 384) for one text at a time, so that nothing is padded
and an embedding never depends on what else is in a batch. Weights are quantised per output
channel to int8 and activations on the fly (ONNX Runtime's DynamicQuantizeMatMul): 4 ms for 12
tokens on one thread of a processor without VNNI, a third of float32.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper, numpy_helper

from dialog.nlu.e5_weights import Matrix, Weights

MIDDLE: Final = 7
"""Layers after which a phrase is looked at a first time: its wording is not yet lost there."""
_LEVELS: Final = 63
"""Seven bits: with eight, sums overflow on processors without VNNI (16 bits for two products), and
a phrase would be embedded differently from machine to machine."""


def build(weights: Weights) -> bytes:
    """The model, serialised.

    Input ``x``: word and position embeddings, float32 (tokens, hidden). Outputs ``middle`` and
    ``last``: float32 (hidden,), the means over the tokens after `MIDDLE` layers and after all.
    """
    return _Builder(weights).build()


class _Builder:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def build(self) -> bytes:
        hidden = self._weights.hidden
        x = self._norm("x", "emb.ln")
        for layer in range(self._weights.layers):
            x = self._layer(x, f"l{layer}")
            if layer + 1 == MIDDLE:
                self._op("ReduceMean", [x], name="middle", axes=[0], keepdims=0)
        self._op("ReduceMean", [x], name="last", axes=[0], keepdims=0)
        graph = helper.make_graph(
            self._nodes,
            "e5",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["tokens", hidden])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [hidden])
                for name in ("middle", "last")
            ],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        serialized: bytes = model.SerializeToString()
        return serialized

    def _layer(self, x: str, prefix: str) -> str:
        attended = self._matmul(self._attention(x, prefix), f"{prefix}.ao")
        x = self._norm(self._op("Add", [x, attended]), f"{prefix}.aln")
        inner = self._op("Gelu", [self._matmul(x, f"{prefix}.fi")], domain="com.microsoft")
        return self._norm(
            self._op("Add", [x, self._matmul(inner, f"{prefix}.fo")]), f"{prefix}.oln"
        )

    def _attention(self, x: str, prefix: str) -> str:
        weights = self._weights
        heads, size = weights.heads, weights.hidden // weights.heads
        # One product for all three: the input is quantised once.
        joined = np.concatenate([weights.matrix(f"{prefix}.{part}.w") for part in "qkv"], axis=1)
        bias = np.concatenate([weights.vector(f"{prefix}.{part}.b") for part in "qkv"])
        joined[:, : weights.hidden] /= np.sqrt(size)  # the scale of attention
        bias[: weights.hidden] /= np.sqrt(size)
        qkv = self._quantized(x, joined, bias, f"{prefix}.qkv")
        shape = self._constant("heads", np.array([-1, 3, heads, size], np.int64))
        split = self._op("Transpose", [self._op("Reshape", [qkv, shape])], perm=[1, 2, 0, 3])
        query, key, value = (
            self._op("Gather", [split, self._constant(f"part{i}", np.array(i, np.int64))], axis=0)
            for i in range(3)
        )
        scores = self._op("MatMul", [query, self._op("Transpose", [key], perm=[0, 2, 1])])
        mixed = self._op("MatMul", [self._op("Softmax", [scores], axis=-1), value])
        flat = self._constant("flat", np.array([-1, weights.hidden], np.int64))
        return self._op("Reshape", [self._op("Transpose", [mixed], perm=[1, 0, 2]), flat])

    def _matmul(self, x: str, name: str) -> str:
        weights = self._weights
        return self._quantized(x, weights.matrix(f"{name}.w"), weights.vector(f"{name}.b"), name)

    def _quantized(self, x: str, matrix: Matrix, bias: Matrix, name: str) -> str:
        scale = np.abs(matrix).max(axis=0) / _LEVELS
        levels = np.round(matrix / scale).astype(np.int8)
        inputs = [
            x,
            self._constant(f"{name}.q", levels),
            self._constant(f"{name}.scale", scale.astype(np.float32)),
            "",
            self._constant(f"{name}.bias", bias),
        ]
        return self._op("DynamicQuantizeMatMul", inputs, domain="com.microsoft")

    def _norm(self, x: str, name: str) -> str:
        inputs = [x] + [
            self._constant(f"{name}.{part}", self._weights.vector(f"{name}.{part}"))
            for part in "wb"
        ]
        return self._op("LayerNormalization", inputs, epsilon=self._weights.epsilon, axis=-1)

    def _constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(value, name)
        return name

    def _op(
        self, kind: str, inputs: list[str], *, name: str | None = None, **attributes: Any
    ) -> str:
        output = name or f"{kind}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output
