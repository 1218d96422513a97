"""A tiny model with T-one's inputs, outputs and metadata, so that the real sherpa-onnx runs it.

It hears letters in loudness: each 30 ms slice of a 300 ms chunk becomes one token by the mean of
its absolute samples. Under 500 it is a blank, and above that 'а', 'д', 'space' take bands of 4000.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TOKENS = ("а", "д", " ", "<blk>")
LEVELS = (2500, 6500, 10500, 0)
"""Loudness (mean absolute sample value) at the middle of each token's band."""
STATE = 8
CHUNK = 2400
SLICES = 10


def write_tiny_tone(directory: Path) -> Path:
    """Write model.onnx and tokens.txt into `directory` and return it."""
    levels = np.array(LEVELS, np.float32)
    constants = {
        "slices": np.array([-1, SLICES, CHUNK // SLICES], np.int64),
        "last": np.array([2], np.int64),
        "levels": levels.reshape(1, 1, -1),
    }
    nodes = [
        helper.make_node("Cast", ["signal"], ["wave"], to=TensorProto.FLOAT),
        helper.make_node("Abs", ["wave"], ["loud"]),
        helper.make_node("Reshape", ["loud", "slices"], ["sliced"]),
        helper.make_node("ReduceMean", ["sliced", "last"], ["means"], keepdims=1),
        helper.make_node("Sub", ["means", "levels"], ["difference"]),
        helper.make_node("Abs", ["difference"], ["distance"]),
        helper.make_node("Neg", ["distance"], ["logits"]),
        helper.make_node("LogSoftmax", ["logits"], ["logprobs"], axis=-1),
        helper.make_node("Identity", ["state"], ["state_next"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny-t-one",
        inputs=[
            helper.make_tensor_value_info("signal", TensorProto.INT32, ["batch", CHUNK, 1]),
            helper.make_tensor_value_info("state", TensorProto.FLOAT16, ["batch", STATE]),
        ],
        outputs=[
            helper.make_tensor_value_info(
                "logprobs", TensorProto.FLOAT, ["batch", SLICES, len(TOKENS)]
            ),
            helper.make_tensor_value_info("state_next", TensorProto.FLOAT16, ["batch", STATE]),
        ],
        initializer=[numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    metadata = {
        "model_type": "t-one",
        "sample_rate": "8000",
        "frame_length_ms": "300",
        "state_dim": str(STATE),
    }
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, directory / "model.onnx")
    lines = [f"{token} {number}\n" for number, token in enumerate(TOKENS)]
    (directory / "tokens.txt").write_text("".join(lines), "utf-8")
    return directory


def spoken(letters: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Audio that the tiny model reads as `letters`: 60 ms of each, 30 ms of blank between."""
    slices: list[np.ndarray[tuple[int], np.dtype[np.int16]]] = []
    for letter in letters:
        level = LEVELS[TOKENS.index(letter)]
        square = np.where(np.arange(CHUNK // SLICES) % 2, level, -level).astype(np.int16)
        slices += [square, square, np.zeros_like(square)]
    return np.concatenate(slices)
