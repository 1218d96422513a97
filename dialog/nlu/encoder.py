"""Sentence embeddings: what a phrase means, as a vector."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import onnxruntime

from dialog.errors import NluError
from dialog.nlu.e5_graph import build
from dialog.nlu.e5_tokens import Tokenizer
from dialog.nlu.e5_weights import Matrix, model_path, read_weights, unpack

PREFIX: Final = "query: "
"""What the model's card asks for before a text to be compared with others of its kind."""
MAX_TOKENS: Final = 96
"""Longer texts are cut: 96 pieces are about 50 words, and cost 30 ms on one thread."""


class Encoder(Protocol):
    """Texts in, vectors out."""

    name: str
    """Of the model and its version: embeddings of different names cannot be compared."""
    size: int

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), size), float32."""
        ...


class E5Encoder:
    """multilingual-e5-small on ONNX Runtime, one thread.

    Raises:
        NluError: the model cannot be read or run here.
    """

    def __init__(self, layers: tuple[int, ...] = (12,)) -> None:
        weights = read_weights(model_path())
        self._tokenizer = Tokenizer(weights.vocabulary)
        self._words = weights.words
        tensors = weights.tensors
        self._positions = (
            tensors["emb.pos"].reshape(-1, weights.hidden) + tensors["emb.type"][: weights.hidden]
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        model = build(weights, layers)
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the binding raises its own kinds, and RuntimeError
            raise NluError(f"sentence embeddings cannot run here: {error}") from error
        self.size = weights.hidden * len(layers)
        self.name = "e5-small-int8-" + hashlib.sha256(model).hexdigest()[:12]

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), size), float32; each layer's part has length 1."""
        if not texts:
            return np.zeros((0, self.size), np.float32)
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Matrix:
        ids = self._tokenizer.ids(PREFIX + text, MAX_TOKENS)
        x = unpack(self._words[ids]) + self._positions[: len(ids)]
        pooled: Matrix = self._session.run(None, {"x": x})[0]
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled.reshape(-1)
