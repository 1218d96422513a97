"""The weights of a Whisper model, read from CTranslate2's container.

The container (`ctranslate2/specs/model_spec.py`, binary version 6, little-endian): a header, the
variables with their shapes and bytes, and aliases.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

_VERSION: Final = 6
_KINDS: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""Types of values, by their number in the container."""


@dataclass(frozen=True)
class WhisperWeights:
    """Named as in the container: ``encoder/layer_0/ffn/linear_0/weight``."""

    arrays: dict[str, npt.NDArray[np.generic]]
    forbidden: tuple[int, ...]
    """Tokens that are never written."""
    forbidden_first: tuple[int, ...]
    """Tokens with which no text begins."""

    @classmethod
    def read(cls, directory: Path) -> WhisperWeights:
        """Read `model.bin` and `config.json`.

        Raises:
            OSError: a file is missing.
            ValueError: they are not those of a Whisper with unquantised weights.
        """
        config = json.loads((directory / "config.json").read_text("utf-8"))
        arrays = _read((directory / "model.bin").read_bytes())
        weights = cls(arrays, tuple(config["suppress_ids"]), tuple(config["suppress_ids_begin"]))
        if not weights.layers("encoder") or not weights.layers("decoder"):
            raise ValueError("model.bin is no Whisper")
        return weights

    def floats(self, name: str) -> Matrix:
        """A variable as float32.

        Raises:
            ValueError: it is not there, or quantised.
        """
        array = self.arrays.get(name)
        if array is None or array.dtype not in (np.float16, np.float32):
            raise ValueError(f"model.bin has no {name} in floating point")
        return array.astype(np.float32)

    def layers(self, side: str) -> int:
        """How many layers ``encoder`` or ``decoder`` has."""
        norm = "self_attention/layer_norm/gamma"
        return sum(name.startswith(f"{side}/") and name.endswith(norm) for name in self.arrays)

    @property
    def heads(self) -> int:
        """Of attention."""
        return int(self.arrays["encoder/num_heads"])


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))
        return int(value)

    def take(self, count: int) -> memoryview:
        self._at += count
        if self._at > len(self._data):
            raise ValueError("model.bin ends too early")
        return self._data[self._at - count : self._at]

    def text(self) -> str:
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode()


def _read(data: bytes) -> dict[str, npt.NDArray[np.generic]]:
    reader = _Reader(data)
    version = reader.number("I")
    if version != _VERSION:
        raise ValueError(f"model.bin has format {version}, not {_VERSION}: convert it anew")
    reader.text()
    reader.number("I")
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for _ in range(reader.number("I")):
        name = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        kind = _KINDS[reader.number("B")]
        values = reader.take(reader.number("I"))
        arrays[name] = np.frombuffer(values, kind).reshape(shape)
    for _ in range(reader.number("I")):
        alias = reader.text()
        arrays[alias] = arrays[reader.text()]
    return arrays
