"""A Whisper model with fewer tokens, cut in memory before CTranslate2 loads it.

Multilingual Whisper chooses among 51,865 tokens at every step; a tenth of them can be Russian
speech. To forbid the others spares nothing, for all are computed first. Without their rows in the
table of embeddings, which is the output's matrix, too, decoding takes a third less processor time,
and what is heard is the same (docs/decisions.md).

The container of `model.bin` is CTranslate2's (`ctranslate2/specs/model_spec.py`, binary version 6):
a header, the variables with their shapes and bytes, and aliases.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

_VERSION: Final = 6


class _Reader:
    """Reads the container; everything is little-endian."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.at = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return int(value)

    def take(self, count: int) -> memoryview:
        self.at += count
        if self.at > len(self.data):
            raise ValueError("model.bin ends too early")
        return self.data[self.at - count : self.at]

    def name(self) -> memoryview:
        return self.take(self.number("H"))


def cut_vocabulary(directory: Path, tokens: Sequence[int]) -> dict[str, bytes]:
    """The files of the model in `directory` with these tokens only, numbered anew in this order.

    Args:
        directory: `model.bin`, `config.json`, `vocabulary.json` or `vocabulary.txt`.
        tokens: numbers of the tokens to keep.

    Returns:
        File name -> content, as `ctranslate2.models.Whisper(files=...)` takes them.

    Raises:
        OSError: a file is missing.
        ValueError: it is not a model that can be cut.
    """
    name, words = _vocabulary(directory)
    kept = [words[token] for token in tokens]
    listed = json.dumps(kept) if name.endswith(".json") else "".join(f"{w}\n" for w in kept)
    config = json.loads((directory / "config.json").read_text("utf-8"))
    return {
        "model.bin": _cut_rows((directory / "model.bin").read_bytes(), len(words), tokens),
        "config.json": json.dumps(_renumbered(config, tokens)).encode(),
        name: listed.encode(),
    }


def _vocabulary(directory: Path) -> tuple[str, list[str]]:
    path = directory / "vocabulary.json"
    if path.is_file():
        return path.name, json.loads(path.read_text("utf-8"))
    path = directory / "vocabulary.txt"
    return path.name, path.read_text("utf-8").removesuffix("\n").split("\n")


def _renumbered(config: dict[str, object], tokens: Sequence[int]) -> dict[str, object]:
    """`config` with its lists of tokens in the new numbers, without those that are gone."""
    numbers = {token: number for number, token in enumerate(tokens)}
    return {
        key: [numbers[token] for token in value if token in numbers]
        if key in ("suppress_ids", "suppress_ids_begin", "lang_ids") and isinstance(value, list)
        else value
        for key, value in config.items()
    }


def _cut_rows(data: bytes, size: int, tokens: Sequence[int]) -> bytes:
    """`model.bin` where every variable with a row for each of `size` tokens has only these rows."""
    reader = _Reader(data)
    version = reader.number("I")
    if version != _VERSION:
        raise ValueError(f"model.bin has format {version}, not {_VERSION}: convert it anew")
    reader.name()
    reader.number("I")
    count = reader.number("I")
    parts: list[bytes | memoryview] = [reader.data[: reader.at]]
    cut = 0
    for _ in range(count):
        begin = reader.at
        reader.name()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        head = reader.data[begin : reader.at - 4 * len(shape)]
        kind = reader.number("B")
        values = reader.take(reader.number("I"))
        if shape and shape[0] == size:
            cut += 1
            shape[0] = len(tokens)
            values = memoryview(np.frombuffer(values, np.uint8).reshape(size, -1)[tokens].tobytes())
        sizes = struct.pack(f"<{len(shape)}IBI", *shape, kind, len(values))
        parts += [head, sizes, values]
    if not cut:
        raise ValueError(f"model.bin has no table of {size} tokens")
    return b"".join([*parts, reader.data[reader.at :]])
