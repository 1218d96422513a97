"""Whisper's two halves as ONNX graphs with 8-bit weights.

After Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022): pre-norm
transformers with GELU. What is exact in them, and how long they take: docs/decisions.md.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnxruntime

from asr.errors import NoRecognizerError
from asr.whisper_weights import Matrix, WhisperWeights
from models.onnx_graph import GraphBuilder

_EPSILON: Final = 1e-5


def encoder_session(weights: WhisperWeights, threads: int) -> onnxruntime.InferenceSession:
    """What was heard, as the decoder looks at it.

    Inputs: ``mel``, float32 (1, channels, frames); ``places``, float32 (ceil(frames / 2), width),
    the encodings of positions. Outputs ``keys<n>``, float32 (heads, size, positions), and
    ``values<n>``, float32 (heads, positions, size), for each layer n of the decoder.

    Raises:
        NoRecognizerError: the graph cannot run here.
        ValueError: weights are missing.
    """
    return _Encoder(weights).build(threads)


def decoder_session(
    weights: WhisperWeights, embeddings: Matrix, threads: int
) -> onnxruntime.InferenceSession:
    """The next tokens, any number at once.

    Inputs: ``x``, float32 (n, width), embeddings of tokens and positions; ``mask``, float32
    (n, before + n), added to scores: 0 where a token sees another one. For each layer
    ``keys<n>`` and ``values<n>`` of the encoder, and ``past_keys<n>``, float32
    (heads, size, before), and ``past_values<n>``, float32 (heads, before, size), of the tokens
    before. Outputs: ``logits``, float32 (n, tokens), and ``all_keys<n>`` and ``all_values<n>``,
    those of the past with the new ones at their end.

    Args:
        weights: of the model.
        embeddings: of the tokens that may be written, float32 (tokens, width).
        threads: for one run.

    Raises:
        NoRecognizerError: the graph cannot run here.
        ValueError: weights are missing.
    """
    return _Decoder(weights).build(embeddings, threads)


class _Half:
    def __init__(self, weights: WhisperWeights, side: str) -> None:
        self._weights = weights
        self._side = side
        self._heads = weights.heads
        self._width = weights.floats(f"{side}/layer_norm/gamma").shape[0]
        self._size = self._width // self._heads
        self._graph = GraphBuilder(NoRecognizerError)

    def _linear(self, x: str, name: str, queries: int = 0) -> str:
        """``x @ weight + bias``; the first `queries` outputs are scaled for attention."""
        matrix = self._weights.floats(f"{name}/weight").T.copy()
        bias = self._weights.floats(f"{name}/bias")
        matrix[:, :queries] /= np.sqrt(self._size)
        bias[:queries] /= np.sqrt(self._size)
        return self._graph.quantized(x, matrix, bias, name)

    def _norm(self, x: str, name: str) -> str:
        gain, bias = (self._weights.floats(f"{name}/{part}") for part in ("gamma", "beta"))
        return self._graph.norm(x, gain, bias, _EPSILON, name)

    def _gelu(self, x: str) -> str:
        return self._graph.op("Gelu", [x], domain="com.microsoft")

    def _split(self, x: str, count: int) -> str:
        """`x`, shape (n, count * width), as (n, count, heads, size)."""
        shape = self._graph.integers(-1, count, self._heads, self._size)
        return self._graph.op("Reshape", [x, shape])

    def _rows(self, split: str, part: int, name: str | None = None) -> str:
        """One part of `split`, for queries and values: (heads, n, size)."""
        return self._graph.op("Transpose", [self._part(split, part)], name=name, perm=[1, 0, 2])

    def _columns(self, split: str, part: int, name: str | None = None) -> str:
        """One part of `split`, for keys: (heads, size, n)."""
        return self._graph.op("Transpose", [self._part(split, part)], name=name, perm=[1, 2, 0])

    def _part(self, split: str, part: int) -> str:
        number = self._graph.constant(f"part{part}", np.array(part, np.int64))
        return self._graph.op("Gather", [split, number], axis=1)

    def _attend(self, queries: str, keys: str, values: str, mask: str | None = None) -> str:
        """Scaled queries look at keys; (n, width)."""
        op = self._graph.op
        scores = op("MatMul", [queries, keys])
        if mask is not None:
            scores = op("Add", [scores, mask])
        mixed = op("MatMul", [op("Softmax", [scores], axis=-1), values])
        flat = self._graph.integers(-1, self._width)
        return op("Reshape", [op("Transpose", [mixed], perm=[1, 0, 2]), flat])

    def _add(self, x: str, y: str) -> str:
        return self._graph.op("Add", [x, y])

    def _feed_forward(self, x: str, layer: str) -> str:
        inner = self._linear(self._norm(x, f"{layer}/ffn/layer_norm"), f"{layer}/ffn/linear_0")
        weight, bias = (
            self._weights.floats(f"{layer}/ffn/linear_1/{p}") for p in ("weight", "bias")
        )
        outer = self._graph.quantized_by_row(self._gelu(inner), weight.T, bias, f"{layer}/ffn")
        return self._add(x, outer)


class _Encoder(_Half):
    def __init__(self, weights: WhisperWeights) -> None:
        super().__init__(weights, "encoder")

    def build(self, threads: int) -> onnxruntime.InferenceSession:
        graph = self._graph
        channels = self._weights.floats("encoder/conv1/weight").shape[1]
        x = self._convolution(graph.input("mel", 1, channels, "frames"), "conv1", stride=1)
        x = self._convolution(x, "conv2", stride=2)
        x = graph.op("Squeeze", [graph.op("Transpose", [x], perm=[0, 2, 1]), graph.integers(0)])
        x = self._add(x, graph.input("places", "positions", self._width))
        for number in range(self._weights.layers("encoder")):
            layer = f"encoder/layer_{number}"
            x = self._feed_forward(self._look_around(x, f"{layer}/self_attention"), layer)
        x = self._norm(x, "encoder/layer_norm")
        outputs: list[str] = []
        for number in range(self._weights.layers("decoder")):
            split = self._split(self._linear(x, f"decoder/layer_{number}/attention/linear_1"), 2)
            outputs.append(self._columns(split, 0, f"keys{number}"))
            outputs.append(self._rows(split, 1, f"values{number}"))
        return graph.session(outputs, threads=threads)

    def _convolution(self, x: str, name: str, *, stride: int) -> str:
        parts = (
            (part, self._weights.floats(f"encoder/{name}/{part}")) for part in ("weight", "bias")
        )
        constants = [self._graph.constant(f"{name}.{part}", value) for part, value in parts]
        convolved = self._graph.op("Conv", [x, *constants], pads=[1, 1], strides=[stride])
        return self._gelu(convolved)

    def _look_around(self, x: str, name: str) -> str:
        joined = self._linear(self._norm(x, f"{name}/layer_norm"), f"{name}/linear_0", self._width)
        split = self._split(joined, 3)
        seen = self._attend(self._rows(split, 0), self._columns(split, 1), self._rows(split, 2))
        return self._add(x, self._linear(seen, f"{name}/linear_1"))


class _Decoder(_Half):
    def __init__(self, weights: WhisperWeights) -> None:
        super().__init__(weights, "decoder")
        self._outputs: list[str] = []

    def build(self, embeddings: Matrix, threads: int) -> onnxruntime.InferenceSession:
        graph = self._graph
        x = graph.input("x", "n", self._width)
        graph.input("mask", "n", "all")
        for number in range(self._weights.layers("decoder")):
            layer = f"decoder/layer_{number}"
            x = self._look_back(x, f"{layer}/self_attention", number)
            x = self._listen(x, f"{layer}/attention", number)
            x = self._feed_forward(x, layer)
        x = self._norm(x, "decoder/layer_norm")
        # In 8 bits it would add more to the error than all layers together.
        graph.op("MatMul", [x, graph.constant("embeddings", embeddings.T.copy())], name="logits")
        return graph.session(["logits", *self._outputs], threads=threads)

    def _look_back(self, x: str, name: str, number: int) -> str:
        """At the tokens before."""
        graph, op, heads, size = self._graph, self._graph.op, self._heads, self._size
        joined = self._linear(self._norm(x, f"{name}/layer_norm"), f"{name}/linear_0", self._width)
        split = self._split(joined, 3)
        past_keys = graph.input(f"past_keys{number}", heads, size, "before")
        past_values = graph.input(f"past_values{number}", heads, "before", size)
        keys = op("Concat", [past_keys, self._columns(split, 1)], name=f"all_keys{number}", axis=2)
        values = op(
            "Concat", [past_values, self._rows(split, 2)], name=f"all_values{number}", axis=1
        )
        self._outputs += [keys, values]
        seen = self._attend(self._rows(split, 0), keys, values, "mask")
        return self._add(x, self._linear(seen, f"{name}/linear_1"))

    def _listen(self, x: str, name: str, number: int) -> str:
        """To what the encoder heard."""
        graph, heads, size = self._graph, self._heads, self._size
        asked = self._linear(self._norm(x, f"{name}/layer_norm"), f"{name}/linear_0", self._width)
        queries = self._rows(self._split(asked, 1), 0)
        keys = graph.input(f"keys{number}", heads, size, "positions")
        values = graph.input(f"values{number}", heads, "positions", size)
        heard = self._attend(queries, keys, values)
        return self._add(x, self._linear(heard, f"{name}/linear_2"))
