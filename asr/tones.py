"""Signalling tones (DTMF, dial, busy, fax) among frames that may be speech."""

from __future__ import annotations

from collections.abc import Sequence
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


class ToneCheck:
    """Finds signalling tones: one or two steady sinusoids (DTMF, ring-back, busy, fax).

    A vowel has more than two strong harmonics in the telephone band, and they move; a hummed
    consonant may have two, but neighbours. A spectrum is
    what costs most in a frame of speech, so only every other frame of speech gets one: where one
    frame holds no lines, the next one is no tone, whatever it holds.

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
        self._ahead: dict[int, tuple[int, ...]] = {}
        """Lines of frames that are still to come, by the number of the frame."""
        self._number = 0
        """Of the last frame."""

    def look_ahead(self, frames: Sequence[Pcm], loud: Sequence[bool]) -> None:
        """Find the lines that will be asked for when `frames` come, if none of them is a tone.

        Two spectra at once cost little more than one. Nothing is decided here.

        Args:
            frames: shape (160,), int16 each; to be given one by one afterwards.
            loud: of each frame, whether it will be asked about.
        """
        self._ahead.clear()
        pairs: dict[int, tuple[Pcm, Pcm]] = {}
        last, empty = self._frames[1], self._lines == ()
        for number, (frame, each) in enumerate(zip(frames, loud, strict=True), self._number + 1):
            if each and not empty:
                pairs[number] = (last, frame)
            empty = not each or not empty
            last = frame
        if len(pairs) > 1:
            powers = _powers([*pairs.values()])
            self._ahead = dict(zip(pairs, map(self._lines_in, powers), strict=True))

    def skip(self, frame: Pcm) -> None:
        """Take a frame, shape (160,), int16, that is too soft to be asked about."""
        self._frames = (self._frames[1], frame)
        self._lines = ()
        self._number += 1

    def is_tone(self, frame: Pcm) -> bool:
        """Say whether `frame` and the frame before it hold the same one or two lines.

        Args:
            frame: shape (160,), int16.
        """
        before_last, last = self._frames
        self._frames = (last, frame)
        self._number += 1
        before = self._lines
        if before == ():
            self._lines = None
            return False
        foreseen = self._ahead.get(self._number)
        self._lines = self._find_lines(last, frame) if foreseen is None else foreseen
        if not self._lines:
            return False
        if before is None:
            before = self._find_lines(before_last, last)
        return _same(self._lines, before) and not _hummed(self._lines)

    def _find_lines(self, before: Pcm, frame: Pcm) -> tuple[int, ...]:
        """Bins of the lines that hold the energy of a frame, in order; empty if it has others."""
        return self._lines_in(_powers([(before, frame)])[0])

    def _lines_in(self, power: NDArray[np.float64]) -> tuple[int, ...]:
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


def _powers(pairs: Sequence[tuple[Pcm, Pcm]]) -> NDArray[np.float64]:
    """Power spectra of 40 ms each, in which neighbouring harmonics part: shape (n, 257)."""
    both = np.concatenate([frame for pair in pairs for frame in pair])
    spectra = rfft(both.reshape(-1, 2 * FRAME_SAMPLES) * _WINDOW, _FFT)
    powers: NDArray[np.float64] = (spectra * spectra.conj()).real
    return powers


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
