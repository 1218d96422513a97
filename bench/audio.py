"""Audio of a telephone line for benches and test recordings: band, level, noises, mixing, G.711.

Signals are float64 arrays of shape (n,), mono, 8 kHz, full scale +-1, unless a name says `pcm`.
Everything random takes a `numpy.random.Generator`, so a seed makes the same sound again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import firwin, lfilter

from asr.audio import SAMPLE_RATE, Pcm
from bench.words import ErrorRate, normalise_words, word_errors

__all__ = [
    "NOISES",
    "ErrorRate",
    "Signal",
    "a_law",
    "active_level_db",
    "add_noise",
    "babble",
    "level_db",
    "line_noise",
    "normalise_words",
    "pink",
    "read_pcm",
    "set_active_level",
    "street",
    "telephone_band",
    "tile",
    "to_pcm",
    "to_signal",
    "word_errors",
    "write_flac",
]

Signal = NDArray[np.float64]
"""Mono sound at `SAMPLE_RATE`: shape (n,), float64, full scale +-1."""

BAND_HZ: Final = (300.0, 3400.0)
"""What an analogue telephone line lets through (ITU-T G.712)."""

_FULL_SCALE: Final = 32768.0
_FLOOR_DB: Final = -120.0


# Samples and files


def to_signal(pcm: Pcm) -> Signal:
    """16-bit samples as a signal."""
    return pcm.astype(np.float64) / _FULL_SCALE


def to_pcm(signal: Signal) -> Pcm:
    """A signal as 16-bit samples.

    Raises:
        ValueError: it goes beyond full scale; set a lower level first.
    """
    peak = float(np.max(np.abs(signal), initial=0.0))
    if peak > 1.0:
        raise ValueError(f"peak {peak:.2f} is beyond full scale: set a lower level first")
    return np.clip(np.rint(signal * _FULL_SCALE), -32768, 32767).astype(np.int16)


def read_pcm(path: Path) -> Pcm:
    """Samples of an 8 kHz mono recording.

    Raises:
        ValueError: it has another rate or more channels.
    """
    pcm, rate = soundfile.read(path, dtype="int16")
    if rate != SAMPLE_RATE or pcm.ndim != 1:
        raise ValueError(f"{path}: expected {SAMPLE_RATE} Hz mono, found {rate} Hz {pcm.shape}")
    return np.asarray(pcm, dtype=np.int16)


def write_flac(path: Path, pcm: Pcm) -> None:
    """Write 16-bit samples as FLAC, making the folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, pcm, SAMPLE_RATE, subtype="PCM_16", format="FLAC")


def tile(signal: Signal, n: int) -> Signal:
    """`signal` repeated and cut to `n` samples."""
    return np.resize(signal, n)


# The line


def telephone_band(signal: Signal, rate: int = SAMPLE_RATE) -> Signal:
    """`signal`, sampled at `rate` Hz, as a line carries it: 8 kHz, 300 to 3400 Hz, no delay."""
    narrow = np.asarray(soxr.resample(signal, rate, SAMPLE_RATE, quality="VHQ"), dtype=np.float64)
    taps = firwin(257, BAND_HZ, fs=SAMPLE_RATE, pass_zero=False)
    padded = np.pad(narrow, len(taps) // 2)
    return np.asarray(np.convolve(padded, taps, mode="valid"), dtype=np.float64)


def a_law(signal: Signal) -> Pcm:
    """`signal` as 16-bit samples, after being sent as 8-bit A-law (ITU-T G.711).

    The coder keeps 13 bits: a sign, eight segments and 16 steps in each; a decoded value lies in
    the middle of its step, so digital silence comes out as +-8 of 32768.
    """
    linear = to_pcm(signal).astype(np.int32) >> 3  # 13 bits: -4096 ... 4095
    negative = linear < 0
    magnitude = np.where(negative, ~linear, linear)
    # Segments 0 and 1 have steps of 2 (of 4096); from there on each segment doubles its step.
    segment = np.maximum(np.frexp(magnitude.astype(np.float64))[1] - 6, 0)
    step_log2 = segment + 1
    decoded = ((magnitude >> step_log2) << step_log2) + (1 << (step_log2 - 1))
    return np.asarray(np.where(negative, -decoded, decoded) << 3, dtype=np.int16)


# Levels


def level_db(signal: Signal) -> float:
    """Root mean square level (dBFS: a full-scale square wave is 0), at least -120."""
    power = float(np.mean(np.square(signal))) if len(signal) else 0.0
    return max(10 * np.log10(power), _FLOOR_DB) if power > 0 else _FLOOR_DB


def active_level_db(signal: Signal) -> float:
    """Level of the speech in `signal` while somebody speaks (dBFS), by ITU-T P.56 method B.

    Pauses of more than 200 ms do not count. Returns -120 where there is no sound.
    """
    smoothing = np.exp(-1 / (SAMPLE_RATE * 0.03))
    b, a = [1 - smoothing], [1, -smoothing]
    envelope = lfilter(b, a, lfilter(b, a, np.abs(signal)))
    index = np.arange(len(signal))
    hangover = int(0.2 * SAMPLE_RATE)
    energy = float(np.sum(np.square(signal)))
    if energy == 0:
        return _FLOOR_DB
    above: tuple[float, float] | None = None  # (active level, its distance from the threshold)
    for threshold in 2.0 ** np.arange(-15, 0):
        last_loud = np.maximum.accumulate(np.where(envelope >= threshold, index, -hangover - 1))
        active = int(np.count_nonzero(index - last_loud <= hangover))
        if active == 0:
            break
        level = 10 * np.log10(energy / active)
        excess = level - 20 * np.log10(threshold) - 15.9
        if excess <= 0:
            if above is None:
                return float(level)
            share = above[1] / (above[1] - excess)
            return float(above[0] + share * (level - above[0]))
        above = (float(level), float(excess))
    return above[0] if above else _FLOOR_DB


def set_active_level(signal: Signal, level: float) -> Signal:
    """`signal` amplified so that its speech is at `level` (dBFS, ITU-T P.56).

    Raises:
        ValueError: there is no sound in it.
    """
    now = active_level_db(signal)
    if now <= _FLOOR_DB:
        raise ValueError("there is no sound whose level could be set")
    return np.asarray(signal * 10 ** ((level - now) / 20), dtype=np.float64)


def add_noise(speech: Signal, noise: Signal, snr_db: float) -> Signal:
    """`speech` with `noise` (repeated or cut to its length) at `snr_db`.

    The ratio is that of active speech level (ITU-T P.56) to the noise's RMS over the whole, so
    pauses before, in and after the speech do not change it. Give both as the line carries them
    (`telephone_band`).
    """
    bed = tile(noise, len(speech))
    gain_db = active_level_db(speech) - snr_db - level_db(bed)
    return np.asarray(speech + bed * 10 ** (gain_db / 20), dtype=np.float64)


# Noises: any level, for `add_noise` sets it


def line_noise(n: int, rng: Generator, level: float = -65.0) -> Signal:
    """The hiss of an idle line: white noise in the telephone band at `level` (dBFS)."""
    hiss = telephone_band(rng.standard_normal(n))
    return np.asarray(hiss * 10 ** ((level - level_db(hiss)) / 20), dtype=np.float64)


def pink(n: int, rng: Generator) -> Signal:
    """Pink noise (power falls as 1/f) in the telephone band."""
    return telephone_band(_coloured(n, rng, lambda hz: 1 / np.sqrt(hz)))


def street(n: int, rng: Generator) -> Signal:
    """A street in the telephone band: a far rumble, cars that pass, an idling engine nearby."""
    rumble = _unit(_coloured(n, rng, lambda hz: 1 / (1 + (hz / 200) ** 2)))
    tyres = _unit(_coloured(n, rng, lambda hz: np.exp(-(((hz - 900) / 700) ** 2))))
    seconds = np.arange(n) / SAMPLE_RATE
    passing = np.full(n, 0.15)
    for _ in range(1 + n // (4 * SAMPLE_RATE)):
        middle, width = rng.uniform(0, max(n / SAMPLE_RATE, 1)), rng.uniform(0.6, 1.5)
        passing += rng.uniform(0.5, 1.0) * np.exp(-(((seconds - middle) / width) ** 2))
    revolutions = 27 + np.cumsum(rng.standard_normal(n)) * 0.005  # Hz, wandering
    phase = 2 * np.pi * np.cumsum(revolutions) / SAMPLE_RATE
    engine = sum((np.sin(k * phase) / k for k in range(2, 40, 2)), np.zeros(n))
    return telephone_band(rumble + 0.6 * passing * tyres + 0.5 * _unit(engine))


def babble(voices: Sequence[Signal], n: int, rng: Generator) -> Signal:
    """Everybody in `voices` speaking at once and without end, each begun at a random place.

    Raises:
        ValueError: fewer than two voices.
    """
    if len(voices) < 2:
        raise ValueError(f"babble needs two voices or more, got {len(voices)}")
    crowd = np.zeros(n)
    for voice in voices:
        level = rng.uniform(-30, -26)
        crowd += tile(np.roll(set_active_level(voice, level), int(rng.integers(len(voice)))), n)
    return crowd


NOISES: Final[dict[str, Callable[[int, Generator], Signal]]] = {"pink": pink, "street": street}
"""Noises that need nothing but a seed. `babble` needs voices as well."""


def _coloured(n: int, rng: Generator, gain: Callable[[Signal], Signal]) -> Signal:
    """Gaussian noise with the spectrum `gain` (amplitude over Hz, from 20 Hz up)."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    return np.fft.irfft(spectrum * np.where(hz < 20, 0, gain(np.maximum(hz, 20))), n)


def _unit(signal: Signal) -> Signal:
    """`signal` at an RMS of 1."""
    return np.asarray(signal * 10 ** (-level_db(signal) / 20), dtype=np.float64)
