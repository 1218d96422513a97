"""WebRTC's voice activity detector behind an adaptive energy gate: the default, a few us a frame.

The WebRTC detector (Gaussian mixtures over six sub-bands) alone calls steady noise and tones
speech. Three checks stand beside it, each on one frame and what came before it:

- the gate: a frame must be 6 dB louder than the tracked noise floor of the line;
- the tone check: a frame whose energy sits in one or two spectral lines that stay where they are
  is a dial, busy or DTMF tone, not a voice;
- the hangover: settled speech lasts a few frames longer, so that stop consonants do not break it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import webrtcvad

from asr.audio import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, Pcm, check_frame
from asr.level import NoiseFloor, levels_dbfs
from asr.tones import ToneCheck

_SETTLED: Final = 4
"""Frames of speech in a row after which it is no accident."""
_TONE_MEMORY: Final = 10
"""For so many frames after a tone, speech must settle first."""
_MEASURED_AT_ONCE: Final = 32
"""Frames; that many together cost little more than some."""


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
        return self.are_speech((frame,))[0]

    def are_speech(self, frames: Sequence[Pcm]) -> list[bool]:
        """See `asr.vad.VoiceDetector`."""
        for frame in frames:
            check_frame(frame)
        detect = self._vad.is_speech
        voiced = [bool(detect(f.tobytes(), SAMPLE_RATE, FRAME_SAMPLES)) for f in frames]
        if self._settings.gate_db is None:
            return voiced
        self._unmeasured.extend(frames)
        if self._hangover or any(voiced):
            return self._measure(voiced)
        if len(self._unmeasured) >= _MEASURED_AT_ONCE:
            self._measure(())
        return voiced  # mostly; whatever its level, it is no speech

    def _measure(self, voiced: Sequence[bool]) -> list[bool]:
        """Let floor and tone check learn from frames whose verdict needed neither yet.

        Returns:
            The verdicts on the last of them, whose `voiced` is given.
        """
        frames, self._unmeasured = self._unmeasured, []
        levels = levels_dbfs(frames)
        quiet, gate = self._settings.quiet_dbfs, self._settings.gate_db
        assert gate is not None
        floors = self._floor.update(levels)
        loud = [
            level >= quiet and level >= floor + gate
            for level, floor in zip(levels, floors, strict=True)
        ]
        before = len(frames) - len(voiced)
        self._pass(frames[:before], loud[:before])
        return [*map(self._verdict, frames[before:], voiced, loud[before:])]

    def _pass(self, frames: list[Pcm], loud: list[bool]) -> None:
        """Learn from frames that are no speech, whatever their level is."""
        if self._since_tone <= _TONE_MEMORY or any(loud):
            for frame, each in zip(frames, loud, strict=True):
                self._verdict(frame, False, each)
        elif frames:  # mostly: a quiet line
            self._since_tone += len(frames)
            self._run = 0
            for frame in frames[-2:]:
                self._tones.skip(frame)

    def _verdict(self, frame: Pcm, voiced: bool, loud: bool) -> bool:
        # What is neither loud nor near a tone needs no spectrum: most frames of a call.
        if not loud and self._since_tone > _TONE_MEMORY:
            self._tones.skip(frame)
        elif self._tones.is_tone(frame, settled=self._run >= _SETTLED):
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
