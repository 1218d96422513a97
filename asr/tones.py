"""Signalling tones (DTMF, dial, busy, fax) among frames that may be speech."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.fft import rfft
from numpy.typing import NDArray

from asr.audio import FRAME_SAMPLES, SAMPLE_RATE, Pcm

_FFT: Final = 512
_WINDOW: Final = np.hanning(2 * FRAME_SAMPLES)
_LINE_BINS: Final = 3
"""Half width of a spectral line under the window: its main lobe is +-2 * 512 / 320 bins wide."""
_LINE_WIDTH: Final = 2 * _LINE_BINS + 1
_LOWEST_VOICE: Final = round(75 * _FFT / SAMPLE_RATE)
_HIGHEST_VOICE: Final = round(350 * _FFT / SAMPLE_RATE)
"""Pitch of speaking people (bins)."""
_SETTLED_REST: Final = 4
"""Frames of settled speech without a look, after one that was no tone."""


class ToneCheck:
    """Finds signalling tones: one or two steady sinusoids (DTMF, ring-back, busy, fax).

    A vowel has more than two strong harmonics in the telephone band, and they move; a hummed
    consonant may have two, but neighbours. A spectrum is what costs most in a frame of speech, so
    only every other frame gets one: where one frame holds no lines, the next one is no tone,
    whatever it holds; and where somebody has been speaking for a while, every fifth.

    Args:
        share: of the energy, that must lie in the lines (0 to 1).
    """

    def __init__(self, *, share: float = 0.985) -> None:
        self._share = share
        silent: Pcm = np.zeros(FRAME_SAMPLES, np.int16)
        self._frames = (silent, silent)
        """The last two."""
        self._lines: tuple[int, ...] | None = ()
        """Of the last frame: none, one or two; None: nobody has looked."""
        self._rest = 1
        """So many of the next frames are not looked at."""

    def skip(self, frame: Pcm) -> None:
        """Take a frame, shape (160,), int16, that is too soft to be asked about."""
        self._frames = (self._frames[1], frame)
        self._lines = ()
        self._rest = 1

    def is_tone(self, frame: Pcm, *, settled: bool = False) -> bool:
        """Say whether `frame` and the frame before it hold the same one or two lines.

        Args:
            frame: shape (160,), int16.
            settled: somebody has been speaking: a tone may be found some frames later.
        """
        before_last, last = self._frames
        self._frames = (last, frame)
        if self._rest:
            self._rest -= 1
            self._lines = None
            return False
        before, self._lines = self._lines, self._find_lines(last, frame)
        tone = False
        if self._lines:
            if before is None:
                before = self._find_lines(before_last, last)
            tone = _same(self._lines, before) and not _hummed(self._lines)
        if settled and not tone:
            self._rest = _SETTLED_REST
        elif not self._lines:
            self._rest = 1
        return tone

    def _find_lines(self, before: Pcm, frame: Pcm) -> tuple[int, ...]:
        """Bins of the lines that hold the energy of a frame, in order; empty if it has others."""
        power = _power(before, frame)
        total = left = float(power.sum())
        peak = int(power.argmax())
        if 2 * _LINE_WIDTH * float(power[peak]) <= self._share * total:  # mostly: many harmonics
            return ()
        lines: list[int] = []
        while left > (1 - self._share) * total:
            if len(lines) == 2:
                return ()
            line, energy = _take_strongest_line(power)
            lines.append(line)
            left -= energy
        return tuple(sorted(lines))


def _power(before: Pcm, frame: Pcm) -> NDArray[np.float64]:
    """Power spectrum of 40 ms, in which neighbouring harmonics part: shape (257,)."""
    spectrum = rfft(np.concatenate((before, frame)) * _WINDOW, _FFT)
    power: NDArray[np.float64] = (spectrum * spectrum.conj()).real
    return power


def _take_strongest_line(power: NDArray[np.float64]) -> tuple[int, float]:
    """Take the strongest line out of a `power` spectrum; return its bin and its energy."""
    peak = int(power.argmax())
    around = power[max(0, peak - _LINE_BINS) : peak + _LINE_BINS + 1]
    energy = float(around.sum())
    around[:] = 0.0
    return peak, energy


def _hummed(lines: tuple[int, ...]) -> bool:
    """Whether they are neighbouring harmonics of a voice: of "м" and "н" the telephone leaves two.

    No signalling tone has such a pair: neither of DTMF's, nor 350 + 440, 440 + 480, 480 + 620 Hz.
    """
    if len(lines) < 2:
        return False
    pitch = lines[1] - lines[0]
    harmonic = any(abs(lines[0] - n * pitch) <= 2 for n in (1, 2, 3))  # bins are whole numbers
    return harmonic and _LOWEST_VOICE <= pitch <= _HIGHEST_VOICE


def _same(lines: tuple[int, ...], others: tuple[int, ...]) -> bool:
    return len(lines) == len(others) and all(
        abs(a - b) <= 1 for a, b in zip(lines, others, strict=True)
    )
