"""Levels: how loud a frame is, what the line's noise floor is, and the signal-to-noise ratio."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np

from asr.audio import FRAME_MS, FRAME_SAMPLES, Pcm

FULL_SCALE: Final = 32768.0
SILENCE_DBFS: Final = -96.0
"""Level given to digital silence: below one step of 16 bits (dBFS)."""
_ONES: Final = np.ones(FRAME_SAMPLES)


def level_dbfs(samples: Pcm) -> float:
    """Root mean square level relative to full scale (dBFS), -96 for digital silence or nothing."""
    if not len(samples):
        return SILENCE_DBFS
    count = len(samples)
    wide = samples.astype(np.float64)
    # A DC offset, common on analogue lines, is not loudness. Called for each frame of each call,
    # so the sum is a product, too: numpy's own takes three times as long for a frame.
    ones = _ONES if count == FRAME_SAMPLES else np.ones(count)
    mean = float(wide.dot(ones)) / count
    power = float(wide.dot(wide)) / count - mean * mean
    if power <= 0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10 * math.log10(power / FULL_SCALE**2))


class NoiseFloor:
    """Tracks the level between words by minimum statistics (after R. Martin, 2001).

    The floor is the lowest smoothed level of the last `window_ms`, so that it falls at once and
    rises only when the noise itself has risen for that long. Speech has gaps within such a time;
    steady noise has not, which is why the gate shuts on it.
    """

    def __init__(self, *, window_ms: int = 1200, smoothing: float = 0.7) -> None:
        self._smoothing = smoothing
        self._smoothed: float | None = None
        self._recent: deque[float] = deque(maxlen=window_ms // FRAME_MS)

    def update(self, level: float) -> float:
        """Take the next frame's level (dBFS) and return the floor (dBFS)."""
        if self._smoothed is None:
            self._smoothed = level
        self._smoothed = self._smoothing * self._smoothed + (1 - self._smoothing) * level
        self._recent.append(self._smoothed)
        return min(self._recent)


def snr_db(speech_dbfs: Sequence[float], noise_dbfs: Sequence[float]) -> float | None:
    """Signal-to-noise ratio from frame levels with and without speech (dB), -10 to 60.

    The noise is the median level without speech, for the ends of words are among those frames;
    but never more than the quietest tenth of all. Its power is taken out of the speech's frames,
    which hold both.

    Returns:
        None where either is missing.
    """
    if not len(speech_dbfs) or not len(noise_dbfs):
        return None
    quietest = float(np.quantile([*speech_dbfs, *noise_dbfs], 0.1))
    floor = max(SILENCE_DBFS, min(float(np.median(noise_dbfs)), quietest + _SPREAD_DB))
    noise = float(10 ** (floor / 10))
    both = float(np.mean(10 ** (np.asarray(speech_dbfs) / 10)))
    ratio = 10 * math.log10(max((both - noise) / noise, 0.1))
    return round(min(60.0, ratio), 1)


_SPREAD_DB: Final = 3.0
"""A noise's frames vary by so much between their quietest tenth and their median."""
