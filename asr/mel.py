"""Whisper's input: the logarithmic mel spectrogram, in numpy.

After Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022), 2.2:
16 kHz, windows of 25 ms every 10 ms, 80 channels from 0 to 8 kHz on Slaney's mel scale with
area-normalised triangles, log10 clamped to 8 below the maximum, scaled to about -1..1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

MEL_RATE: Final = 16000
HOP: Final = 160
"""Samples between frames: 100 frames a second."""
_FFT: Final = 400
_LINEAR_HZ_PER_MEL: Final = 200.0 / 3
_BREAK_HZ: Final = 1000.0
_LOG_STEP: Final = float(np.log(6.4)) / 27.0


def log_mel(samples: NDArray[np.float32], channels: int = 80) -> NDArray[np.float32]:
    """The spectrogram of `samples`.

    Args:
        samples: shape (n,), float32, -1 to 1, 16 kHz, n a multiple of 160 and at least 400.
        channels: mel channels; 80 for every Whisper but large-v3, which has 128.

    Returns:
        Shape (channels, n / 160), float32.
    """
    padded = np.pad(samples, _FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP][: len(samples) // HOP]
    power = np.abs(np.fft.rfft(frames * _window(), axis=1)) ** 2
    mel = np.log10(np.maximum(_filters(channels) @ power.T, 1e-10))
    mel = np.maximum(mel, mel.max() - 8.0)
    scaled: NDArray[np.float32] = ((mel + 4.0) / 4.0).astype(np.float32)
    return scaled


@lru_cache(maxsize=1)
def _window() -> NDArray[np.float64]:
    """Periodic Hann window, shape (400,)."""
    return np.hanning(_FFT + 1)[:-1]


@lru_cache(maxsize=2)
def _filters(channels: int) -> NDArray[np.float64]:
    """Triangles on Slaney's mel scale, each of area 1: shape (channels, 201)."""
    edges = _to_hz(np.linspace(0.0, _to_mel(MEL_RATE / 2), channels + 2))
    bins = np.fft.rfftfreq(_FFT, 1.0 / MEL_RATE)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None])


def _to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _LINEAR_HZ_PER_MEL
    return _BREAK_HZ / _LINEAR_HZ_PER_MEL + float(np.log(hz / _BREAK_HZ)) / _LOG_STEP


def _to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    break_mel = _BREAK_HZ / _LINEAR_HZ_PER_MEL
    return np.where(
        mel < break_mel,
        mel * _LINEAR_HZ_PER_MEL,
        _BREAK_HZ * np.exp(_LOG_STEP * (mel - break_mel)),
    )
