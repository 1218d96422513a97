"""ONNX graphs with 8-bit weights, built in memory and run on one thread.

Weights are quantised per output channel to int8 and activations on the fly (ONNX Runtime's
DynamicQuantizeMatMul): a third of float32's time on a processor without VNNI, and a quarter of the
bytes that a call pulls through its caches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper

from dialog.errors import NluError
from dialog.nlu.matrix import Matrix

LEVELS: Final = 63
"""Seven bits: with eight, sums overflow on processors without VNNI (16 bits for two products), and
a phrase would be understood differently from machine to machine."""


class GraphBuilder:
    """Collects the nodes and constants of a graph with one input, ``x``."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def op(
        self, kind: str, inputs: Sequence[str], *, name: str | None = None, **attributes: Any
    ) -> str:
        """Add an operation; the name of its output."""
        output = name or f"{kind}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """Add a constant, once; its name."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(value, name)
        return name

    def integers(self, *values: int) -> str:
        """A constant vector of int64."""
        return self.constant(f"integers{values}", np.array(values, np.int64))

    def quantized(self, x: str, matrix: Matrix, bias: Matrix | None, name: str) -> str:
        """``x @ matrix + bias`` with `matrix`, shape (inputs, outputs), in 8 bits."""
        scales = column_scales(matrix)
        levels = np.round(matrix / scales).astype(np.int8)
        return self.quantized_levels(x, levels, scales, bias, name)

    def quantized_levels(
        self, x: str, levels: npt.NDArray[np.int8], scales: Matrix, bias: Matrix | None, name: str
    ) -> str:
        """``x @ (levels * scales) + bias``; `scales` has shape (outputs,)."""
        inputs = [
            x,
            self.constant(f"{name}.q", levels),
            self.constant(f"{name}.scale", scales),
        ]
        if bias is not None:
            inputs += ["", self.constant(f"{name}.bias", bias)]
        return self.op("DynamicQuantizeMatMul", inputs, domain="com.microsoft")

    def norm(self, x: str, gain: Matrix, bias: Matrix, epsilon: float, name: str) -> str:
        """Layer normalisation over the last axis."""
        inputs = [x, self.constant(f"{name}.gain", gain), self.constant(f"{name}.bias", bias)]
        return self.op("LayerNormalization", inputs, epsilon=epsilon, axis=-1)

    def session(self, width: int, outputs: Sequence[str]) -> onnxruntime.InferenceSession:
        """The graph, ready to run on one thread.

        Args:
            width: the input ``x`` is float32 of shape (rows, width).
            outputs: names of float32 outputs.

        Raises:
            NluError: the graph cannot run here.
        """
        graph = helper.make_graph(
            self._nodes,
            "voice122",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", width])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            return onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the binding raises its own kinds, and RuntimeError
            raise NluError(f"ONNX Runtime cannot run the interpreter here: {error}") from error


def column_scales(matrix: Matrix) -> Matrix:
    """The value of one of `LEVELS` steps in each column of a matrix; shape (columns,)."""
    largest: Matrix = np.abs(matrix).max(axis=0)
    scales: Matrix = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(LEVELS)
    return scales
