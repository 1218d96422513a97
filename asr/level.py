"""Levels: how loud a frame is, what the line's noise floor is, and the signal-to-noise ratio."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Sequence
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
    wide = samples.astype(np.float64)
    ones = _ONES if len(samples) == FRAME_SAMPLES else np.ones(len(samples))
    return _dbfs(float(wide.dot(ones)), float(wide.dot(wide)), len(samples))


def levels_dbfs(frames: Collection[Pcm], window: int = 1) -> list[float]:
    """`level_dbfs` of each `window` neighbouring frames, at a fraction of its price.

    Args:
        frames: shape (160,), int16 each.
        window: frames measured together.

    Returns:
        One level for each frame from the `window`-th on, of what ends with it.
    """
    if not frames:
        return []
    wide = np.concatenate([*frames]).astype(np.float64).reshape(-1, FRAME_SAMPLES)
    # Called for all frames of all calls. A sum as a product takes a third of numpy's own, and what
    # follows the sums is cheaper without numpy, whose functions are never in a busy processor's
    # caches.
    sums: list[float] = wide.dot(_ONES).tolist()
    squares: list[float] = np.vecdot(wide, wide).tolist()
    if window > 1:
        ends = range(window, len(sums) + 1)
        sums = [math.fsum(sums[end - window : end]) for end in ends]
        squares = [math.fsum(squares[end - window : end]) for end in ends]
    count = window * FRAME_SAMPLES
    return [_dbfs(one, two, count) for one, two in zip(sums, squares, strict=True)]


def _dbfs(total: float, squares: float, count: int) -> float:
    """Level of `count` samples by their sum and the sum of their squares (both exact)."""
    mean = total / count
    # A DC offset, common on analogue lines, is not loudness.
    power = squares / count - mean * mean
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
        self._window = window_ms // FRAME_MS
        self._frames = 0
        self._candidates: deque[tuple[int, float]] = deque()
        """Number and level of the frames of the window after which none was as low: the first one
        is the floor. (To look for it among all of them would cost each frame of each call.)"""

    def update(self, levels: Iterable[float]) -> list[float]:
        """Take the levels of the next frames (dBFS) and return the floor at each of them (dBFS)."""
        keep, take = self._smoothing, 1 - self._smoothing
        candidates = self._candidates
        floors: list[float] = []
        smoothed, number = self._smoothed, self._frames
        for level in levels:
            smoothed = keep * (level if smoothed is None else smoothed) + take * level
            number += 1
            while candidates and candidates[-1][1] >= smoothed:
                candidates.pop()
            candidates.append((number, smoothed))
            if candidates[0][0] <= number - self._window:
                candidates.popleft()
            floors.append(candidates[0][1])
        self._smoothed, self._frames = smoothed, number
        return floors


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
