"""Sounds of a telephone line that are not speech, made from nothing. Full scale +-1, 8 kHz."""

from __future__ import annotations

from typing import Final

import numpy as np

from asr.audio import SAMPLE_RATE
from bench.audio import Signal, level_db, line_noise, telephone_band

DTMF_HZ: Final = {
    key: (low, high)
    for low, keys in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, key in zip((1209, 1336, 1477, 1633), keys, strict=True)
}
"""The two frequencies of every key (Hz, ITU-T Q.23)."""


def dtmf(keys: str, seconds: float, rng: np.random.Generator) -> Signal:
    """`keys` pressed one after another over `seconds` with uneven pauses, 80 to 160 ms each.

    The high tone is 2 dB above the low one, as telephones send it.
    """
    sound = line_noise(_samples(seconds), rng)
    slot = len(sound) // len(keys)
    for index, key in enumerate(keys):
        length = _samples(rng.uniform(0.08, 0.16))
        start = index * slot + int(rng.integers(slot - length))
        low, high = DTMF_HZ[key]
        sound[start : start + length] += _tone(low, length, -15) + _tone(high, length, -13)
    return sound


def busy(seconds: float) -> Signal:
    """The busy tone of Russian exchanges: 425 Hz, 0.35 s on and 0.35 s off."""
    n = _samples(seconds)
    on = (np.arange(n) // _samples(0.35)) % 2 == 0
    return np.where(on, _tone(425, n, -13), 0.0)


def hum(seconds: float, rng: np.random.Generator) -> Signal:
    """Mains hum of 50 Hz with harmonics up to 1 kHz at -35 dBFS, odd ones the strongest.

    It is not band-limited: cheap adapters pick it up behind the filter of the line.
    """
    n = _samples(seconds)
    total = np.zeros(n)
    for order in range(1, 21):
        strength = -6 * np.log2(order) - (0 if order % 2 else 8)
        total += np.sqrt(2) * _tone(50 * order, n, strength, float(rng.uniform(0, 2 * np.pi)))
    return np.asarray(total * 10 ** ((-35 - level_db(total)) / 20), dtype=np.float64)


_WALTZ: Final = (
    # Bass, two chord notes and the melody of each bar; (MIDI note, beats). Our own tune.
    (45, (60, 64), ((76, 2), (74, 1))),
    (50, (62, 65), ((72, 1), (74, 1), (77, 1))),
    (43, (59, 62), ((74, 2), (71, 1))),
    (48, (60, 64), ((72, 3),)),
    (53, (57, 60), ((69, 1), (72, 1), (77, 1))),
    (50, (57, 62), ((77, 1), (76, 1), (74, 1))),
    (40, (56, 62), ((71, 1), (74, 1), (80, 1))),
    (45, (60, 64), ((81, 3),)),
)


def music() -> Signal:
    """Music on hold: eight bars of a slow waltz, 10 s, through the line at -22 dBFS."""
    beat = 10 / (3 * len(_WALTZ))
    sound = np.zeros(_samples(10))
    for bar, (bass, chord, melody) in enumerate(_WALTZ):
        first = 3 * bar * beat
        _strike(sound, first, bass, 3 * beat, 0.5)
        for later in (1, 2):
            for note in chord:
                _strike(sound, first + later * beat, note, beat, 0.25)
        at = first
        for note, beats in melody:
            _strike(sound, at, note, beats * beat, 0.8)
            at += beats * beat
    line = telephone_band(sound)
    return np.asarray(line * 10 ** ((-22 - level_db(line)) / 20), dtype=np.float64)


def _strike(sound: Signal, at_s: float, note: int, seconds: float, strength: float) -> None:
    """Add a plucked note (MIDI number) to `sound`, with five overtones that fade faster."""
    hz = 440 * 2 ** ((note - 69) / 12)
    start = _samples(at_s)
    t = np.arange(min(_samples(seconds * 1.2), len(sound) - start)) / SAMPLE_RATE
    attack = np.minimum(t / 0.008, 1)
    for order in range(1, 7):
        if order * hz < SAMPLE_RATE / 2:
            fade = attack * np.exp(-t * (1.5 + order)) / order
            sound[start : start + len(t)] += strength * fade * np.sin(2 * np.pi * order * hz * t)


def _tone(hz: float, n: int, level: float, phase: float = 0.0) -> Signal:
    """A sine of `hz` whose peak is at `level` (dB of full scale)."""
    t = np.arange(n) / SAMPLE_RATE
    return np.asarray(10 ** (level / 20) * np.sin(2 * np.pi * hz * t + phase), dtype=np.float64)


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
