"""ONNX graphs with 8-bit weights, built in memory.

Weights are quantised per output channel to int8 and activations on the fly (ONNX Runtime's
DynamicQuantizeMatMul): a third of float32's time on a processor without VNNI, and a quarter of the
bytes that a call pulls through its caches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

Matrix = npt.NDArray[np.float32]

LEVELS: Final = 63
"""Seven bits: with eight, sums overflow on processors without VNNI (16 bits for two products), and
a phrase would be understood differently from machine to machine."""

_TINY: Final = 1e-6
"""A row of zeros has no size to be divided by."""


class GraphBuilder:
    """Collects the inputs, nodes and constants of a graph.

    Args:
        failed: makes what is raised, of a message, where the graph cannot run.
    """

    def __init__(self, failed: Callable[[str], Exception]) -> None:
        self._failed = failed
        self._inputs: list[ValueInfoProto] = []
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def input(self, name: str, *shape: int | str) -> str:
        """Add a float32 input; sizes that differ from run to run have names."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

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

    def quantized_by_row(self, x: str, matrix: Matrix, bias: Matrix, name: str) -> str:
        """`quantized`, where some rows of `x` are far larger than others.

        One scale for all of `x` would leave the small rows few of its 255 steps; here each row is
        brought to 1 at the most, and back.
        """
        largest = self.op("ReduceMax", [self.op("Abs", [x])], axes=[-1], keepdims=1)
        sizes = self.op("Max", [largest, self.constant("tiny", np.array(_TINY, np.float32))])
        product = self.quantized(self.op("Div", [x, sizes]), matrix, None, name)
        result = self.op("Mul", [product, sizes])
        return self.op("Add", [result, self.constant(f"{name}.bias", bias)])

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

    def session(self, outputs: Sequence[str], *, threads: int = 1) -> onnxruntime.InferenceSession:
        """The graph, ready to run.

        Args:
            outputs: names of float32 outputs.
            threads: for one run.

        Raises:
            Exception: made by `failed`: the graph cannot run here.
        """
        graph = helper.make_graph(
            self._nodes,
            "voice122",
            self._inputs,
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait busily take the processor from other calls.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the binding raises its own kinds, and RuntimeError
            raise self._failed(f"ONNX Runtime cannot run the model here: {error}") from error


def column_scales(matrix: Matrix) -> Matrix:
    """The value of one of `LEVELS` steps in each column of a matrix; shape (columns,)."""
    largest: Matrix = np.abs(matrix).max(axis=0)
    scales: Matrix = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(LEVELS)
    return scales
