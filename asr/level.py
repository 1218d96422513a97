"""Levels: how loud a frame is, what the line's noise floor is, and the signal-to-noise ratio."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from asr.audio import FRAME_MS, FRAME_SAMPLES, Pcm

FULL_SCALE: Final = 32768.0
SILENCE_DBFS: Final = -96.0
"""Level given to digital silence: below one step of 16 bits (dBFS)."""
_LEAST_POWER: Final = 10 ** (SILENCE_DBFS / 10)
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


def levels_dbfs(frames: Collection[Pcm]) -> list[float]:
    """`level_dbfs` of each of `frames` (shape (160,), int16), at a fraction of its price."""
    if not frames:
        return []
    wide = np.concatenate([*frames]).reshape(-1, FRAME_SAMPLES).astype(np.float64)
    mean = wide.dot(_ONES) / FRAME_SAMPLES
    power = (wide * wide).dot(_ONES) / FRAME_SAMPLES - mean * mean
    levels = 10 * np.log10(np.maximum(power / FULL_SCALE**2, _LEAST_POWER))
    as_list: list[float] = levels.tolist()
    return as_list


class NoiseFloor:
    """Tracks the level between words by minimum statistics (after R. Martin, 2001).

    The floor is the lowest smoothed level of the last `window_ms`, so that it falls at once and
    rises only when the noise itself has risen for that long. Speech has gaps within such a time;
    steady noise has not, which is why the gate shuts on it.
    """

    def __init__(self, *, window_ms: int = 1200, smoothing: float = 0.7) -> None:
        self._smoothing = smoothing
        self._smoothed: float | None = None
        self._window = window_ms // FRAME_MS
        self._frames = 0
        self._candidates: deque[tuple[int, float]] = deque()
        """Number and level of the frames of the window after which none was as low: the first one
        is the floor. (To look for it among all of them would cost each frame of each call.)"""

    def update(self, level: float) -> float:
        """Take the next frame's level (dBFS) and return the floor (dBFS)."""
        before = level if self._smoothed is None else self._smoothed
        smoothed = self._smoothed = self._smoothing * before + (1 - self._smoothing) * level
        self._frames += 1
        candidates = self._candidates
        while candidates and candidates[-1][1] >= smoothed:
            candidates.pop()
        candidates.append((self._frames, smoothed))
        if candidates[0][0] <= self._frames - self._window:
            candidates.popleft()
        return candidates[0][1]


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
    quietest = _quantile([*speech_dbfs, *noise_dbfs], 0.1)
    floor = max(SILENCE_DBFS, min(_quantile(noise_dbfs, 0.5), quietest + _SPREAD_DB))
    noise = 10 ** (floor / 10)
    both = math.fsum(10 ** (level / 10) for level in speech_dbfs) / len(speech_dbfs)
    ratio = 10 * math.log10(max((both - noise) / noise, 0.1))
    return round(min(60.0, ratio), 1)


def _quantile(values: Sequence[float], share: float) -> float:
    """By linear interpolation. (numpy's own loads 0.15 s of code at its first use: in a call.)"""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


_SPREAD_DB: Final = 3.0
"""A noise's frames vary by so much between their quietest tenth and their median."""
