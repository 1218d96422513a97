"""Makes every voice and sentence equally loud on the phone.

A synthesizer's level wanders by several dB between sentences, and old callers notice. The stages,
all streaming and deterministic: a band-pass for the telephone band (takes DC away too), a slow
automatic gain towards `TARGET_DBFS`, a look-ahead limiter at `CEILING_DBFS`, short fades.

The active level is a simplified ITU-T P.56: the mean power of the 20 ms frames above a threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tts.pcm import FULL_SCALE, Samples, rechunk, to_float, to_pcm
from tts.synthesizer import OUTPUT_RATE, Pcm

TARGET_DBFS: Final = -21.0
"""Active speech level that the caller hears (dBFS RMS); the middle of -23 ... -20."""
CEILING_DBFS: Final = -2.0
"""No sample is louder than this (dBFS peak): A-law and transcoding need the headroom."""
MAX_GAIN_DB: Final = 18.0

_BAND_HZ: Final = (150.0, 3500.0)
_TAPS: Final = 161  # transition of about 160 Hz at 8 kHz, 10 ms of delay (taken away again)
_FRAME: Final = OUTPUT_RATE // 50
_BLOCK: Final = OUTPUT_RATE // 10
_ACTIVE_DBFS: Final = -45.0
_PRIOR_FRAMES: Final = 10.0  # 0.2 s of speech weigh as much as the voice's usual level
_MEMORY_FRAMES: Final = 150.0  # 3 s: what was heard before is forgotten at this pace
_LIMITER_BLOCK: Final = OUTPUT_RATE // 200
_LIMITER_RELEASE: Final = 1.03  # gain growth per 5 ms block: about 50 dB/s
_FADE: Final = OUTPUT_RATE // 200


def active_level_dbfs(samples: Samples) -> float:
    """Active level of speech at `OUTPUT_RATE` (dBFS RMS); -inf where no frame is active."""
    power = _active_powers(samples)
    return _decibels(float(power.mean())) if len(power) else -np.inf


def fade_out(pcm: Pcm, seconds: float = 0.005) -> Pcm:
    """Return `pcm` faded to silence over its first `seconds` (s): a cut without a click."""
    length = min(len(pcm), round(seconds * OUTPUT_RATE))
    faded = np.zeros_like(pcm)
    faded[:length] = (pcm[:length] * _ramp(length)[::-1]).astype(np.int16)
    return faded


def level(chunks: Iterable[Pcm], usual_dbfs: float = TARGET_DBFS) -> Iterator[Pcm]:
    """Bring one sentence to the target level; the same length in total.

    Args:
        chunks: the synthesizer's audio; where it is cut does not change the result.
        usual_dbfs: the active level this voice usually has (dBFS), where the gain starts from.
    """
    in_band = band_pass(map(to_float, chunks))
    return map(to_pcm, fade_edges(limit(_follow(rechunk(in_band, _BLOCK), usual_dbfs))))


def band_pass(chunks: Iterable[Samples]) -> Iterator[Samples]:
    """Keep 150 ... 3500 Hz by a linear-phase FIR filter (windowed sinc), without its delay."""
    taps = _band_taps()
    half = _TAPS // 2
    tail = np.zeros(_TAPS - 1, dtype=np.float32)
    skip = half
    for chunk in chunks:
        if not len(chunk):
            continue
        joined = np.concatenate((tail, chunk))
        tail = joined[-(_TAPS - 1) :]
        filtered = np.convolve(joined, taps, mode="valid").astype(np.float32)
        yield filtered[skip:]
        skip = max(0, skip - len(filtered))
    rest = np.concatenate((tail, np.zeros(half, dtype=np.float32)))
    yield np.convolve(rest, taps, mode="valid").astype(np.float32)[skip:]


def limit(chunks: Iterable[Samples]) -> Iterator[Samples]:
    """Hold every sample under `CEILING_DBFS`, looking 5 ms ahead so that gain never jumps."""
    ceiling = 10 ** (CEILING_DBFS / 20)
    edge = 1.0  # the gain where the block in work begins
    block: Samples | None = None
    wanted = 1.0
    for following in rechunk(chunks, _LIMITER_BLOCK):
        peak = float(np.abs(following).max())
        following_wanted = min(1.0, ceiling / peak) if peak else 1.0
        if block is not None:
            end = min(wanted, following_wanted, edge * _LIMITER_RELEASE)
            yield (block * np.linspace(edge, end, len(block))).astype(np.float32)
            edge = end
        else:
            edge = following_wanted
        block, wanted = following, following_wanted
    if block is not None:
        yield (block * min(edge, wanted)).astype(np.float32)


def fade_edges(chunks: Iterable[Samples]) -> Iterator[Samples]:
    """Fade 5 ms in and out at both ends of a stream."""
    held = np.zeros(0, dtype=np.float32)
    position = 0
    for chunk in chunks:
        rising = np.clip((position + 1 + np.arange(len(chunk))) / _FADE, 0.0, 1.0)
        position += len(chunk)
        held = np.concatenate((held, (chunk * rising).astype(np.float32)))
        ready = len(held) - _FADE
        if ready > 0:
            yield held[:ready]
            held = held[ready:]
    if len(held):
        yield (held * _ramp(len(held))[::-1]).astype(np.float32)


def _follow(blocks: Iterable[Samples], usual_dbfs: float) -> Iterator[Samples]:
    """Slow automatic gain: the level heard so far, weighed with the voice's usual level."""
    weight = _PRIOR_FRAMES
    energy = weight * 10 ** (usual_dbfs / 10)
    gain: float | None = None
    for block in blocks:
        powers = _active_powers(block)
        kept = float(np.exp(-len(powers) / _MEMORY_FRAMES))
        energy = kept * energy + float(powers.sum())
        weight = kept * weight + len(powers)
        wanted_db = min(TARGET_DBFS - _decibels(energy / weight), MAX_GAIN_DB)
        wanted = 10 ** (wanted_db / 20)
        start = wanted if gain is None else gain
        yield (block * np.linspace(start, wanted, len(block))).astype(np.float32)
        gain = wanted


def _active_powers(samples: Samples) -> NDArray[np.float64]:
    """Mean powers of the whole frames that are louder than `_ACTIVE_DBFS`."""
    whole = len(samples) - len(samples) % _FRAME
    frames = samples[:whole].reshape(-1, _FRAME).astype(np.float64)
    powers: NDArray[np.float64] = (frames**2).mean(axis=1)
    return powers[powers > 10 ** (_ACTIVE_DBFS / 10)]


def _band_taps() -> NDArray[np.float32]:
    low, high = (2 * frequency / OUTPUT_RATE for frequency in _BAND_HZ)
    n = np.arange(_TAPS) - _TAPS // 2
    taps = (high * np.sinc(high * n) - low * np.sinc(low * n)) * np.hamming(_TAPS)
    balanced: NDArray[np.float32] = (taps - taps.mean()).astype(np.float32)  # passes no DC at all
    return balanced


def _ramp(length: int) -> NDArray[np.float64]:
    ramp: NDArray[np.float64] = (np.arange(length) + 1) / max(length, 1)
    return ramp


def _decibels(power: float) -> float:
    return 10 * float(np.log10(max(power, 1 / FULL_SCALE**2)))
