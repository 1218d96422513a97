"""Small streaming operations on mono audio: resampling, cutting into even chunks, silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from tts.synthesizer import OUTPUT_RATE, Pcm

CHUNK_SAMPLES: Final = OUTPUT_RATE // 10
"""Samples of one chunk: 100 ms."""
FULL_SCALE: Final = 32767.0

Samples = NDArray[np.float32]
"""Mono samples, shape (n,), dtype float32, full scale +-1."""


def to_float(pcm: Pcm) -> Samples:
    """Scale int16 to +-1."""
    samples: Samples = pcm.astype(np.float32) / np.float32(FULL_SCALE)
    return samples


def to_pcm(samples: Samples) -> Pcm:
    """Scale +-1 to int16; what is beyond full scale is clipped."""
    pcm: Pcm = np.rint(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16)
    return pcm


def silence(seconds: float) -> Pcm:
    """Digital silence of `seconds` (s) at `OUTPUT_RATE`."""
    return np.zeros(round(seconds * OUTPUT_RATE), dtype=np.int16)


def resample(chunks: Iterable[Samples], rate_hz: int) -> Iterator[Samples]:
    """Bring a stream from `rate_hz` (Hz) to `OUTPUT_RATE`, without a seam where chunks meet."""
    if rate_hz == OUTPUT_RATE:
        yield from chunks
        return
    stream = soxr.ResampleStream(rate_hz, OUTPUT_RATE, 1, dtype="float32", quality="HQ")
    for chunk in chunks:
        yield stream.resample_chunk(chunk)
    yield stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def rechunk(chunks: Iterable[Samples], size: int = CHUNK_SAMPLES) -> Iterator[Samples]:
    """Give the same samples in chunks of exactly `size`; the last one may be shorter."""
    held: list[Samples] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length < size:
            continue
        joined = np.concatenate(held)
        whole = length - length % size
        for start in range(0, whole, size):
            yield joined[start : start + size]
        held, length = [joined[whole:]], length - whole
    if length:
        yield np.concatenate(held)
