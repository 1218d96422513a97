"""Takes an engine's own silence away at both ends, so that pauses are ours to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from tts.synthesizer import OUTPUT_RATE, Pcm

LOUD: Final = 160
"""Samples above this magnitude (of 32767, about -46 dBFS) are sound."""

_MARGIN: Final = OUTPUT_RATE // 50  # 20 ms: quiet first and last consonants live there


def trim_silence(chunks: Iterable[Pcm]) -> Iterator[Pcm]:
    """Drop leading and trailing silence but for 20 ms; pauses in the middle stay.

    Silent chunks are held back until a sound follows, so nothing of a pause is lost.
    """
    held = np.zeros(0, dtype=np.int16)
    started = False
    for chunk in chunks:
        held = np.concatenate((held, chunk))
        loud = np.flatnonzero(np.abs(held.astype(np.int32)) > LOUD)
        if not len(loud):
            if not started:
                held = held[-_MARGIN:]
            continue
        first = 0 if started else max(0, int(loud[0]) - _MARGIN)
        end = int(loud[-1]) + 1
        started = True
        yield held[first:end]
        held = held[end:]
    if started and len(held):
        yield held[:_MARGIN]
