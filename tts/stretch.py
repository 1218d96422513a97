"""Slower or faster speech at the same pitch, for engines that have no speed of their own.

WSOLA (Verhelst and Roelands, 1993): frames are overlapped at a new distance, each shifted a little
to where it fits its neighbour best.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tts.pcm import Samples
from tts.synthesizer import OUTPUT_RATE

_FRAME: Final = OUTPUT_RATE // 25  # 40 ms
_HOP: Final = _FRAME // 2
_SEARCH: Final = OUTPUT_RATE // 100  # +-10 ms: a period of a low voice


def stretch(samples: Samples, rate: float) -> Samples:
    """Play `samples` at `rate` times the speed; 1.0 and very short audio come back unchanged.

    Args:
        samples: at `OUTPUT_RATE`.
        rate: 0.8 makes the audio a quarter longer.
    """
    if rate == 1.0 or len(samples) < 2 * _FRAME:
        return samples
    window = np.hanning(_FRAME + 1)[:-1]
    length = round(len(samples) / rate)
    out = np.zeros(length + _FRAME)
    weight = np.zeros(length + _FRAME)
    padded = np.concatenate((samples, np.zeros(_FRAME + _SEARCH, dtype=np.float32)))
    expected = padded[:_HOP]
    for start in range(0, length, _HOP):
        position = _best_match(padded, round(start * rate), expected) if start else 0
        frame = padded[position : position + _FRAME]
        out[start : start + len(frame)] += frame * window[: len(frame)]
        weight[start : start + len(frame)] += window[: len(frame)]
        expected = padded[position + _HOP : position + 2 * _HOP]
    stretched: Samples = (out / np.maximum(weight, 0.1))[:length].astype(np.float32)
    return stretched


def _best_match(samples: Samples, around: int, expected: Samples) -> int:
    """Where near `around` the signal goes on most like `expected`."""
    low = max(0, min(around - _SEARCH, len(samples) - _FRAME))
    high = max(low, min(around + _SEARCH, len(samples) - _FRAME))
    region = samples[low : high + len(expected)]
    if len(region) <= len(expected):
        return low
    return low + int(np.argmax(np.correlate(region, expected, mode="valid")))
