"""G.711 mu-law (ITU-T G.711, 1988): one byte a sample, by two tables."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import Pcm

_BIAS: Final = 0x84
_CLIP: Final = 32_635


def _decoded() -> Pcm:
    code = ~np.arange(256, dtype=np.uint8)
    exponent = (code >> 4) & 7
    magnitude = (((code & 15).astype(np.int32) << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoded() -> NDArray[np.uint8]:
    samples = np.arange(-32_768, 32_768)
    biased = np.minimum(np.abs(samples), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 15
    sign = np.where(samples < 0, 0x80, 0)
    codes: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return codes


_DECODED: Final = _decoded()
_ENCODED: Final = _encoded()


def decode(data: bytes) -> Pcm:
    """Samples of `data`: shape (n,), int16."""
    samples: Pcm = _DECODED[np.frombuffer(data, np.uint8)]
    return samples


def encode(samples: Pcm) -> bytes:
    """One byte for each of `samples`, shape (n,), int16."""
    return _ENCODED[samples.astype(np.int32) + 32_768].tobytes()
