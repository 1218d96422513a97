"""Sounds that are told apart exactly, and how alike two of them are."""

from __future__ import annotations

import numpy as np

from asr.audio import SAMPLE_RATE, Pcm

EDGE = SAMPLE_RATE // 100


def murmur(seconds: float, seed: int) -> Pcm:
    """Noise in the telephone band that swells and fades like speech; like no other seed's."""
    random = np.random.default_rng(seed)
    n = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(random.standard_normal(n))
    pitch = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    spectrum[(pitch < 300) | (pitch > 3400)] = 0
    noise = np.fft.irfft(spectrum, n)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * np.arange(n) / SAMPLE_RATE)
    sound = noise / np.abs(noise).max() * swell * 12000
    return sound.astype(np.int16)


def correlation(sent: Pcm, heard: Pcm) -> float:
    """How alike `heard` is to `sent` (-1 to 1) where it fits best; 0 where it is too short to say.

    All of `sent` must be in `heard`, without a gap; but for 10 ms at its ends, which the
    telephone's own recording loses at the start and end of a call.
    """
    sent = sent[EDGE:-EDGE]
    if len(heard) < len(sent):
        return 0.0
    a, b = sent.astype(float), heard.astype(float)
    size = len(a) + len(b)
    products = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    at = int(np.argmax(products[: len(b) - len(a) + 1]))
    part = b[at : at + len(a)]
    return float(np.corrcoef(a, part)[0, 1]) if part.std() else 0.0


def level(samples: Pcm) -> float:
    """RMS, 0 to 32768."""
    return float(np.sqrt(np.mean(samples.astype(float) ** 2))) if len(samples) else 0.0


def spoken_file(name: str) -> Pcm:
    """What stands for a file of `deploy/asterisk/sounds` in these tests."""
    return murmur(2, seed=sum(name.encode()))
