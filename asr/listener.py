"""One call's ear: fed frame by frame, says when the caller speaks and keeps what was said.

    listener = Listener(detector, ByExpectation())
    listener.expect(Expectation.YES_NO)
    signal = listener.accept(frame)           # STARTED, MAYBE_END, ... or None
    samples = listener.take_new_samples()     # for the recognizer, from STARTED on
    signal = listener.guess(text)             # after MAYBE_END, with what was heard
    signal = listener.understood()            # after that, if it has a sure meaning

Synchronous and without a clock: time is counted in frames from the call's beginning.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import numpy as np

from asr.audio import FRAME_MS, FRAME_S, Pcm, check_frame
from asr.endpoint import Endpointing, Expectation, Signal
from asr.level import levels_dbfs, snr_db
from asr.vad import VoiceDetector

_NOISE_EVERY: Final = 4
"""The line's noise is measured on one frame of so many: it changes slowly, and every call pays."""
_START_MS: Final = 200
"""How far the start guard looks back; the pre-roll begins before the speech that it found (ms)."""


@dataclass(frozen=True)
class ListenerSettings:
    """What is kept around an utterance."""

    pre_roll_ms: int = 300
    """Audio kept from before `STARTED`'s speech, so that the first sound is not lost (ms)."""
    noise_ms: int = 3000
    """How much of the line between words the noise is measured on (ms)."""

    def __post_init__(self) -> None:
        if not 0 <= self.pre_roll_ms <= 2000:
            raise ValueError(f"pre_roll_ms is 0 to 2000, not {self.pre_roll_ms}")
        if self.noise_ms < FRAME_MS:
            raise ValueError(f"noise_ms is at least {FRAME_MS}, not {self.noise_ms}")


class Listener:
    """See the module. One for each call."""

    def __init__(
        self,
        detector: VoiceDetector,
        endpointing: Endpointing,
        settings: ListenerSettings = ListenerSettings(),
    ) -> None:
        self._detector = detector
        self._endpointing = endpointing
        self._position = 0
        self._before: deque[tuple[Pcm, bool]] = deque(
            maxlen=(settings.pre_roll_ms + 200) // FRAME_MS
        )
        self._pre_roll = settings.pre_roll_ms // FRAME_MS
        self._noise: deque[Pcm] = deque(
            maxlen=max(1, settings.noise_ms // FRAME_MS // _NOISE_EVERY)
        )
        self._speaking = False
        self._samples: list[Pcm] = []
        self._voice: list[Pcm] = []
        self._taken = 0
        self._forget()

    def expect(self, expectation: Expectation) -> None:
        """Wait for a new turn. What was said before is dropped; the line's noise is not."""
        self._endpointing.expect(expectation)
        self._speaking = False
        self._forget()

    def accept(self, frame: Pcm) -> Signal | None:
        """Take the next 20 ms: shape (160,), int16.

        Raises:
            ValueError: it is not a frame.
        """
        return self._take(check_frame(frame), self._detector.is_speech(frame))

    def hear(self, frames: Sequence[Pcm]) -> Iterator[Signal | None]:
        """`accept` of each of `frames`, when it is asked for; the last one came just now.

        Cheaper than one by one.
        """
        verdicts = self._detector.are_speech(frames)
        if self._speaking or any(verdicts):
            return map(self._take, frames, verdicts)
        self._skip(frames, verdicts)  # mostly
        return repeat(None, len(frames))

    def _skip(self, frames: Sequence[Pcm], verdicts: list[bool]) -> None:
        """Take frames without speech between turns: as `_take` does, at a third of its price."""
        self._noise.extend(frames[-(self._position + 1) % _NOISE_EVERY :: _NOISE_EVERY])
        self._position += len(frames)
        self._endpointing.skip(len(frames))
        self._before.extend(zip(frames, verdicts, strict=True))

    @property
    def next_signal(self) -> int:
        """Which of the next frames is the first that may bring a signal: 1 is the very next one."""
        return self._endpointing.next_signal

    def _take(self, frame: Pcm, speech: bool) -> Signal | None:
        self._position += 1
        if not speech and self._position % _NOISE_EVERY == 0:
            self._noise.append(frame)
        signal = self._endpointing.accept(speech)
        if signal is Signal.STARTED:
            self._begin(frame)
        elif self._speaking:
            self._samples.append(frame)
            if speech:
                self._voice.append(frame)
                self._speech_end = self._position
                self._speech_frames += 1
        self._before.append((frame, speech))
        if signal in (Signal.END, Signal.TOO_LONG):
            self._over()
        return signal

    def guess(self, text: str) -> Signal | None:
        """Tell what was heard up to `MAYBE_END`; `Signal.END` if that is the whole answer."""
        return self._perhaps_over(self._endpointing.guess(text))

    def understood(self) -> Signal | None:
        """Tell that the last guess has a sure meaning; `Signal.END` if that is enough."""
        return self._perhaps_over(self._endpointing.understood())

    def take_new_samples(self) -> Pcm:
        """What the utterance got since this was last called: shape (n,), int16, 8 kHz, n >= 0."""
        fresh = self._samples[self._taken :]
        self._taken = len(self._samples)
        if len(fresh) == 1:  # mostly
            return fresh[0]
        return np.concatenate(fresh) if fresh else np.zeros(0, np.int16)

    @property
    def samples(self) -> Pcm:
        """The whole utterance so far, pre-roll and pauses included; kept until the next one."""
        return np.concatenate(self._samples) if self._samples else np.zeros(0, np.int16)

    @property
    def speaking(self) -> bool:
        """Whether a turn is under way: between `STARTED` and `END` or `TOO_LONG`."""
        return self._speaking

    @property
    def position_s(self) -> float:
        """How much of the call was heard (s)."""
        return self._position * FRAME_S

    @property
    def speech(self) -> tuple[float, float] | None:
        """Where the utterance's speech began and ended, from the call's beginning (s)."""
        if not self._samples:
            return None
        return (round(self._speech_start * FRAME_S, 2), round(self._speech_end * FRAME_S, 2))

    @property
    def speech_s(self) -> float:
        """How much of the utterance is speech, pauses left out (s)."""
        return self._speech_frames * FRAME_S

    @property
    def snr_db(self) -> float | None:
        """How far the utterance's speech is above the line's noise (dB, -10 to 60)."""
        if not self._voice:
            return None
        # Measured here and not as frames come: most utterances are never asked for.
        return snr_db(levels_dbfs(self._voice), levels_dbfs(self._noise))

    def _begin(self, frame: Pcm) -> None:
        self._forget()
        self._speaking = True
        before = [*self._before]
        guard_begin = max(0, len(before) + 1 - _START_MS // FRAME_MS)
        first = next((i for i in range(guard_begin, len(before)) if before[i][1]), len(before))
        kept = before[max(0, first - self._pre_roll) :]
        self._samples = [frame for frame, _ in kept] + [frame]
        self._speech_start = self._position - 1 - (len(before) - first)
        self._speech_end = self._position
        self._speech_frames = 1 + sum(speech for _, speech in before[first:])
        self._voice = [f for f, speech in before[first:] if speech] + [frame]

    def _perhaps_over(self, signal: Signal | None) -> Signal | None:
        if signal is Signal.END:
            self._over()
        return signal

    def _over(self) -> None:
        self._speaking = False
        self._before.clear()  # it belongs to the utterance that has ended

    def _forget(self) -> None:
        self._samples = []
        self._voice = []
        self._taken = 0
        self._speech_start = self._speech_end = self._position
        self._speech_frames = 0
