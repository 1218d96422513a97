"""WebRTC's voice activity detector behind an adaptive energy gate: the default, a few us a frame.

The WebRTC detector (Gaussian mixtures over six sub-bands) alone calls steady noise and tones
speech. Three checks stand beside it, each on one frame and what came before it:

- the gate: a frame must be 6 dB louder than the tracked noise floor of the line;
- the tone check: a frame whose energy sits in one or two spectral lines that stay where they are
  is a dial, busy or DTMF tone, not a voice;
- the hangover: settled speech lasts a few frames longer, so that stop consonants do not break it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import webrtcvad
from numpy.fft import rfft
from numpy.typing import NDArray

from asr.audio import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, Pcm, check_frame
from asr.level import NoiseFloor, level_dbfs, levels_dbfs

_FFT: Final = 512
_WINDOW: Final = np.hanning(2 * FRAME_SAMPLES)
_LINE_BINS: Final = 3
"""Half width of a spectral line under the window: its main lobe is +-2 * 512 / 320 bins wide."""
_LOWEST_VOICE: Final = round(75 * _FFT / SAMPLE_RATE)
_HIGHEST_VOICE: Final = round(350 * _FFT / SAMPLE_RATE)
"""Pitch of speaking people (bins)."""
_SETTLED: Final = 4
"""Frames of speech in a row after which it is no accident."""
_TONE_MEMORY: Final = 10
"""For so many frames after a tone, speech must settle first."""
_MEASURED_AT_ONCE: Final = 16
"""Frames; that many together cost little more than one."""


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
        self._since_tone = _TONE_MEMORY
        self._run = 0
        self._hangover = 0
        self._unmeasured: list[Pcm] = []
        """The last frames, if the verdict on them was clear without their level."""

    def is_speech(self, frame: Pcm) -> bool:
        """See `asr.vad.VoiceDetector`."""
        check_frame(frame)
        voiced = bool(self._vad.is_speech(frame.tobytes(), SAMPLE_RATE, FRAME_SAMPLES))
        if self._settings.gate_db is None:
            return voiced
        if not voiced and not self._hangover:  # mostly; whatever its level, it is no speech
            self._unmeasured.append(frame)
            if len(self._unmeasured) == _MEASURED_AT_ONCE:
                self._catch_up()
            return False
        if self._unmeasured:
            self._catch_up()
        return self._verdict(frame, voiced, level_dbfs(frame))

    def _catch_up(self) -> None:
        """Let floor and tone check learn from the frames whose verdict needed neither."""
        frames, self._unmeasured = self._unmeasured, []
        for frame, level in zip(frames, levels_dbfs(frames), strict=True):
            self._verdict(frame, False, level)

    def _verdict(self, frame: Pcm, voiced: bool, level: float) -> bool:
        assert self._settings.gate_db is not None
        floor = self._floor.update(level)
        loud = level >= max(self._settings.quiet_dbfs, floor + self._settings.gate_db)
        # What is neither loud nor near a tone needs no spectrum: most frames of a call.
        if not loud and self._since_tone > _TONE_MEMORY:
            self._tones.skip(frame)
        elif self._tones.is_tone(frame):
            self._since_tone = self._run = self._hangover = 0
            return False
        self._since_tone += 1
        self._run = self._run + 1 if voiced and loud else 0
        if self._run:
            # Where a key is released and the next one pressed, a frame or two are no tone.
            certain = self._since_tone > _TONE_MEMORY or self._run >= _SETTLED
            if certain and self._run >= _SETTLED:
                self._hangover = self._settings.hangover_ms // FRAME_MS
            return certain
        self._hangover = max(0, self._hangover - 1)
        return self._hangover > 0


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

    def skip(self, frame: Pcm) -> None:
        """Take a frame, shape (160,), int16, that is too soft to be asked about."""
        self._frames = (self._frames[1], frame)
        self._lines = ()

    def is_tone(self, frame: Pcm) -> bool:
        """Say whether `frame` and the frame before it hold the same one or two lines.

        Args:
            frame: shape (160,), int16.
        """
        before_last, last = self._frames
        self._frames = (last, frame)
        before = self._lines
        if before == ():
            self._lines = None
            return False
        self._lines = self._find_lines(last, frame)
        if not self._lines:
            return False
        if before is None:
            before = self._find_lines(before_last, last)
        return _same(self._lines, before) and not _hummed(self._lines)

    def _find_lines(self, before: Pcm, frame: Pcm) -> tuple[int, ...]:
        """Bins of the lines that hold the energy of a frame, in order; empty if it has others."""
        both = np.concatenate([before, frame])  # 40 ms: neighbouring harmonics part
        spectrum = rfft(both * _WINDOW, _FFT)
        power = spectrum.real**2 + spectrum.imag**2
        total = left = float(power.sum())
        if total <= 0:
            return ()
        lines: list[int] = []
        while left > (1 - self._share) * total:
            if len(lines) == 2:
                return ()
            line, energy = _take_strongest_line(power)
            lines.append(line)
            left -= energy
        return tuple(sorted(lines))


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
