"""WebRTC's voice activity detector behind an adaptive energy gate: the default, a few us a frame.

The WebRTC detector (Gaussian mixtures over six sub-bands) alone calls steady noise and tones
speech. Three checks stand beside it, each on one frame and what came before it:

- the gate: a frame must be 6 dB louder than the tracked noise floor of the line;
- the tone check: a frame whose energy sits in one or two spectral lines that stay where they are
  is a dial, busy or DTMF tone, not a voice;
- the hangover: a verdict is kept for a few frames, so that stop consonants do not break a word.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from asr.audio import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, Pcm, check_frame
from asr.level import NoiseFloor, level_dbfs

_FFT: Final = 512
_WINDOW: Final = np.hanning(FRAME_SAMPLES)
_LINE_BINS: Final = 5
"""Half width of a spectral line under the window: its main lobe is +-2 * 512 / 160 bins wide."""


@dataclass(frozen=True)
class WebRtcSettings:
    """How eager the detector is."""

    mode: int = 2
    """Aggressiveness of WebRTC's own decision, 0 (eager) to 3 (strict)."""
    gate_db: float | None = 6.0
    """How far above the noise floor speech must be (dB); None switches gate and tone check off."""
    quiet_dbfs: float = -55.0
    """Nothing softer than this is speech (dBFS)."""
    hangover_ms: int = 60
    """How long a verdict of speech is kept (ms)."""

    def __post_init__(self) -> None:
        if self.mode not in range(4):
            raise ValueError(f"mode is 0, 1, 2 or 3, not {self.mode}")
        if self.gate_db is not None and not 0 <= self.gate_db <= 30:
            raise ValueError(f"gate_db is 0 to 30 dB, not {self.gate_db}")
        if self.hangover_ms < 0 or self.hangover_ms % FRAME_MS:
            raise ValueError(f"hangover_ms is a multiple of {FRAME_MS}, not {self.hangover_ms}")


class WebRtcDetector:
    """See the module. One for each call."""

    def __init__(self, settings: WebRtcSettings = WebRtcSettings()) -> None:
        self.name = "webrtc"
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget the line's noise."""
        self._vad = webrtcvad.Vad(self._settings.mode)
        self._floor = NoiseFloor()
        self._tones = ToneCheck()
        self._hangover = 0

    def is_speech(self, frame: Pcm) -> bool:
        """See `asr.vad.VoiceDetector`."""
        check_frame(frame)
        voiced = bool(self._vad.is_speech(frame.tobytes(), SAMPLE_RATE))
        if self._settings.gate_db is None:
            return voiced
        level = level_dbfs(frame)
        floor = self._floor.update(level)
        tone = self._tones.is_tone(frame)
        threshold = max(self._settings.quiet_dbfs, floor + self._settings.gate_db)
        if voiced and level >= threshold and not tone:
            self._hangover = self._settings.hangover_ms // FRAME_MS
            return True
        if tone:
            self._hangover = 0
        self._hangover = max(0, self._hangover - 1)
        return self._hangover > 0


class ToneCheck:
    """Finds signalling tones: one or two steady sinusoids (DTMF, ring-back, busy, fax).

    A vowel has more than two strong harmonics in the telephone band, and they move.
    """

    def __init__(self, *, share: float = 0.9, steady_frames: int = 3) -> None:
        self._share = share
        self._lines: deque[frozenset[int]] = deque(maxlen=steady_frames)

    def is_tone(self, frame: Pcm) -> bool:
        """Say whether `frame` and the frames before it hold the same one or two lines.

        Args:
            frame: shape (160,), int16.
        """
        spectrum = np.abs(np.fft.rfft(frame * _WINDOW, _FFT)) ** 2
        total = float(spectrum.sum())
        if total <= 0:
            self._lines.clear()
            return False
        first, first_share = _strongest_line(spectrum, total)
        lines, share = {first}, first_share
        if share < self._share:
            second, second_share = _strongest_line(spectrum, total)
            lines.add(second)
            share += second_share
        if share < self._share:
            self._lines.clear()
            return False
        self._lines.append(frozenset(lines))
        if len(self._lines) < (self._lines.maxlen or 0):
            return False
        return all(_same(lines, self._lines[0]) for lines in self._lines)


def _strongest_line(spectrum: NDArray[np.float64], total: float) -> tuple[int, float]:
    """Take the strongest line out of `spectrum`; return its bin and its share of the energy."""
    peak = int(spectrum.argmax())
    around = slice(max(0, peak - _LINE_BINS), peak + _LINE_BINS + 1)
    energy = float(spectrum[around].sum())
    spectrum[around] = 0.0
    return peak, energy / total


def _same(lines: frozenset[int], others: frozenset[int]) -> bool:
    return len(lines) == len(others) and all(
        abs(a - b) <= 1 for a, b in zip(sorted(lines), sorted(others), strict=True)
    )
