"""Sentence embeddings: what a phrase means, as a vector.

Two small models read each phrase and are wrong about different ones: multilingual-e5-small, a
transformer trained on pairs of texts that belong together (its middle and its end, a point better
than its end alone), and Universal Sentence Encoder
Multilingual 3, a convolutional network trained on questions and answers. Together they are two and
a half points better than e5 alone (five-fold cross-validation on our phrases).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from dialog.nlu.e5_graph import e5_session
from dialog.nlu.e5_weights import model_path, read_weights
from dialog.nlu.matrix import Matrix
from dialog.nlu.use_model import UseModel, use_dir

PREFIX: Final = "query: "
"""What the model's card asks for before a text to be compared with others of its kind."""
MAX_TOKENS: Final = 96
"""Longer texts are cut: 96 pieces are about 50 words, and cost 30 ms on one thread."""


MANY: Final = 16
"""So many texts at once are training, which may take all cores; a call may not."""
CHUNK: Final = 256
"""Texts that a core reads at a time in training."""


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

    name = "e5-small-int8-2"
    """With a revision, to be raised when `e5_graph` makes other embeddings of the same weights."""
    parts: tuple[int, ...] = (384, 384)
    """From its middle, where wording still shows, and from its end."""
    shares: tuple[float, ...] = (0.5, 0.5)

    def __init__(self) -> None:
        weights = read_weights(model_path())
        self._vocabulary = weights.vocabulary
        self._replacements = weights.replacements
        self._words = weights.words
        self._positions = weights.positions
        self._session = e5_session(weights)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 768), float32; both halves of length 1."""
        rows = [self._one(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, sum(self.parts)), np.float32)

    def ids(self, text: str) -> list[int]:
        """Pieces of a text as the model takes it."""
        plain = text.lower().translate(self._replacements)
        return self._vocabulary.ids(PREFIX + plain, MAX_TOKENS)

    def _one(self, text: str) -> Matrix:
        ids = self.ids(text)
        x = self._words.rows(ids) + self._positions[: len(ids)]
        pooled: list[Matrix] = self._session.run(["middle", "last"], {"x": x})
        return np.concatenate([vector / np.linalg.norm(vector) for vector in pooled])


class UseEncoder:
    """Universal Sentence Encoder Multilingual 3.

    Raises:
        NluError: the model is missing or damaged.
    """

    name = "use-multilingual-3-2"
    """With a revision, to be raised when `use_graph` makes other embeddings of the same weights."""
    parts: tuple[int, ...] = (512,)
    shares: tuple[float, ...] = (1.0,)

    def __init__(self) -> None:
        self._model = UseModel(use_dir())

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 512), float32, rows of length 1."""
        rows = [self._model.embed(self._model.ids(text.lower(), MAX_TOKENS)) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, *self.parts), np.float32)


class BothEncoders:
    """e5 and the Universal Sentence Encoder side by side.

    Args:
        loaded: False to load the models when they are first needed: training again, with all
            embeddings remembered, does not need them.

    Raises:
        NluError: a model cannot be loaded here; with `loaded` False, when it is needed.
    """

    name = f"{E5Encoder.name}+{UseEncoder.name}"
    parts: tuple[int, ...] = E5Encoder.parts + UseEncoder.parts
    shares: tuple[float, ...] = (0.3, 0.3, 0.4)
    """Chosen by leave-one-out accuracy."""

    def __init__(self, *, loaded: bool = True) -> None:
        self._encoders: tuple[E5Encoder, UseEncoder] | None = None
        if loaded:
            self._load()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Shape (len(texts), 1280), float32. Many texts are read on all cores."""
        encoders = self._load()
        if len(texts) < MANY:
            return np.hstack([encoder.encode(texts) for encoder in encoders])
        chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
        with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
            read = [pool.map(encoder.encode, chunks) for encoder in encoders]
            return np.hstack([np.vstack(list(vectors)) for vectors in read])

    def _load(self) -> tuple[E5Encoder, UseEncoder]:
        if self._encoders is None:
            self._encoders = (E5Encoder(), UseEncoder())
        return self._encoders


def load_encoder() -> Encoder:
    """The embeddings that the interpreter uses, ready.

    Raises:
        NluError: they cannot be loaded here; the interpreter then goes by words alone.
    """
    return BothEncoders()


def lazy_encoder() -> Encoder:
    """The same, loaded when they are first needed; `encode` then raises the `NluError`."""
    return BothEncoders(loaded=False)
