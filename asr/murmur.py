"""A voice that says nothing: syllables without words, always the same.

Stands for whoever spoke where only the silence afterwards matters (`asr.whisper_silence`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_PITCH_HZ: Final = 120.0
_SYLLABLE_S: Final = 0.16
_FORMANTS: Final = ((300.0, 750.0, 80.0), (900.0, 2200.0, 110.0), (2300.0, 3000.0, 160.0))
"""Each between two frequencies, and its width (Hz): about those of Russian vowels."""
_HIGHEST_HZ: Final = 4000.0


def murmur(seconds: float, rate: int) -> NDArray[np.float32]:
    """So much of it (s): float32, shape (n,), at `rate` Hz, the loudest sample 0.7."""
    random = np.random.default_rng(1)
    count = round(_SYLLABLE_S * rate)
    syllables = [
        _syllable(random, count, rate) for _ in range(max(1, round(seconds / _SYLLABLE_S)))
    ]
    voice = np.concatenate(syllables)
    loudest: NDArray[np.float32] = (0.7 * voice / np.abs(voice).max()).astype(np.float32)
    return loudest


def _syllable(random: np.random.Generator, count: int, rate: int) -> NDArray[np.float64]:
    """Harmonics of a pitch, as loud as the resonances of a mouth make them."""
    pitch = _PITCH_HZ * random.uniform(0.8, 1.2)
    harmonics = pitch * np.arange(1, int(_HIGHEST_HZ / pitch) + 1)
    loudness = np.ones(len(harmonics))
    for low, high, width in _FORMANTS:
        formant = random.uniform(low, high)
        loudness /= np.hypot(1 - (harmonics / formant) ** 2, width * harmonics / formant**2)
    times = np.arange(count) / rate
    waves = np.cos(2 * np.pi * harmonics[:, None] * times)
    voice: NDArray[np.float64] = loudness @ waves * np.hanning(count)
    return voice
