"""The assistant's own voice, coming back from the far end of the line, is not the caller.

A two-wire line or a loudspeaker returns what is played, weaker and later. Where the detector finds
speech while (or just after) the assistant speaks, the last 80 ms from the caller are compared with
what was played in the last 0.7 s, by normalised cross-correlation. Once a delay has shown itself,
the level of the echo is known, too, and holds where distortion has spoilt the correlation. Speech
as loud as the assistant's own is never an echo, so that whoever speaks over it is heard.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.fft import irfft, rfft
from numpy.typing import NDArray

from asr.audio import FRAME_MS, FRAME_SAMPLES, Pcm
from asr.level import SILENCE_DBFS, level_dbfs, levels_dbfs
from asr.vad import VoiceDetector
from telephony.player import SILENCE

T = TypeVar("T")

_SILENT_DBFS: Final = -60.0
_SEARCH_FIRST: Final = 4
"""An unknown delay is looked for in the first frames of speech, where an echo shows,"""
_SEARCH_EVERY: Final = 5
"""and then now and then, for it costs as much as all else of a call."""


_MOST_BEHIND: Final = 16
"""Frames of the caller may be heard together: the first of them so long after it came."""
_FAST_LENGTH: Final = 640
"""A Fourier transform is fast at multiples of it (samples)."""


@dataclass(frozen=True)
class EchoSettings:
    """What an echo looks like."""

    longest_delay_ms: int = 700
    window_ms: int = 80
    sure: float = 0.8
    """Correlation that, twice at the same delay, makes it known (0 to 1)."""
    likely: float = 0.5
    """Correlation that is an echo at the delay that is known (0 to 1)."""
    least_loss_db: float = 6.0
    """An echo is so much weaker than what was played, at least (dB)."""
    margin_db: float = 4.0
    """How far above the known echo the caller must be to be heard over it (dB)."""


class EchoGate:
    """A voice detector around another one; told of everything that is played. One for each call."""

    def __init__(self, detector: VoiceDetector, settings: EchoSettings | None = None) -> None:
        self.name = detector.name
        self._detector = detector
        self._settings = settings or EchoSettings()
        self._window = self._settings.window_ms // FRAME_MS
        self._depth = self._settings.longest_delay_ms // FRAME_MS + self._window
        self.reset()

    def reset(self) -> None:
        """Forget the line."""
        self._detector.reset()
        self._played: deque[Pcm] = deque(maxlen=self._depth + _MOST_BEHIND)
        self._levels: deque[float] = deque(maxlen=self._depth + _MOST_BEHIND)
        self._heard: deque[Pcm] = deque(maxlen=self._window)
        self._unmeasured = 0
        """Frames at the end of `_played` whose level nobody has asked for yet."""
        self._run = 0
        """Frames of speech in a row that are no echo."""
        self._suspect: int | None = None
        """Delay of the last good match (samples); a second one at the same place makes it known."""
        self._delay: int | None = None
        self._loss_db: float | None = None

    def played(self, frame: Pcm) -> None:
        """The next 20 ms that the caller hears: shape (160,), int16."""
        self._played.append(frame)
        self._unmeasured += 1  # while nobody speaks over it, nobody asks

    def is_speech(self, frame: Pcm) -> bool:
        """See `asr.vad.VoiceDetector`."""
        return self.are_speech((frame,))[0]

    def are_speech(self, frames: Sequence[Pcm]) -> list[bool]:
        """See `asr.vad.VoiceDetector`. What was `played` since the first of them came counts for
        the later ones: one frame for each."""
        verdicts = self._detector.are_speech(frames)
        if not any(verdicts) or not self._can_echo():  # mostly
            self._heard.extend(frames)
            self._run = 0
            return verdicts
        levels = levels_dbfs([*self._heard, *frames], self._window)[-len(frames) :]
        unknown = [SILENCE_DBFS] * (len(frames) - len(levels))  # the call has just begun
        behind = range(len(frames) - 1, -1, -1)
        return [*map(self._is_caller, frames, verdicts, unknown + levels, behind)]

    def _can_echo(self) -> bool:
        """Whether anything was played lately that can be heard."""
        fresh = [*self._played][-self._unmeasured :] if self._unmeasured else []
        self._unmeasured = 0
        audible = [frame for frame in fresh if frame is not SILENCE]
        levels = iter(levels_dbfs(audible))
        self._levels.extend(SILENCE_DBFS if f is SILENCE else next(levels) for f in fresh)
        return max(self._levels, default=SILENCE_DBFS) > _SILENT_DBFS

    def _is_caller(self, frame: Pcm, speech: bool, level: float, behind: int) -> bool:
        """Whether a frame of `speech` is the caller's.

        Args:
            level: of what was heard up to it (dBFS).
            behind: how many frames were played since it came.
        """
        self._heard.append(frame)
        if not speech:
            self._run = 0
            return False
        levels = self._until(self._levels, behind)
        loudest = max(levels, default=SILENCE_DBFS)
        if len(self._heard) < self._window or loudest <= _SILENT_DBFS:
            self._run = 0
            return True
        quieter = level <= loudest - self._settings.least_loss_db
        echo = quieter and self._is_echo(level, levels, behind)
        self._run = 0 if echo else self._run + 1
        return not echo

    def _until(self, of_played: Collection[T], behind: int) -> list[T]:
        """What belongs to the frames that an echo can come from."""
        end = len(of_played) - behind
        return [*of_played][max(0, end - self._depth) : max(0, end)]

    def _is_echo(self, level: float, levels: list[float], behind: int) -> bool:
        heard = np.concatenate(self._heard)
        played = np.concatenate(self._until(self._played, behind))
        if len(played) < len(heard):  # the call has just begun, and its first frames came at once
            return False
        if self._delay is not None and self._still_there(heard, played, level):
            return True
        if self._run < _SEARCH_FIRST or self._run % _SEARCH_EVERY == 0:
            self._search(heard, played)
            if self._delay is not None and self._still_there(heard, played, level):
                return True
        if self._loss_db is None:
            return False
        return level <= self._loudest_source(levels) - self._loss_db + self._settings.margin_db

    def _search(self, heard: Pcm, played: Pcm) -> None:
        """Look for an echo at any delay: a quarter of a millisecond of work."""
        correlation, delay = _best_match(heard, played)
        again = self._suspect is not None and abs(delay - self._suspect) <= 2
        if correlation >= self._settings.sure:
            self._suspect = delay
            if again:
                self._delay = delay

    def _still_there(self, heard: Pcm, played: Pcm, level: float) -> bool:
        """Whether the echo is at the delay that is known; cheap, for it is asked first."""
        assert self._delay is not None
        end = len(played) - self._delay
        begin = end - len(heard)
        if begin < 2:
            return False
        source = played[max(0, begin - 2) : end + 2]
        correlation, _ = _best_match(heard, source)
        if correlation < self._settings.likely:
            return False
        loss = level_dbfs(played[begin:end]) - level
        self._loss_db = loss if self._loss_db is None else 0.8 * self._loss_db + 0.2 * loss
        return True

    def _loudest_source(self, levels: list[float]) -> float:
        """The loudest that can be in the echo now, by the known delay (dBFS)."""
        assert self._delay is not None
        newest = len(levels) - self._delay // FRAME_SAMPLES
        sources = levels[max(0, newest - self._window - 1) : newest + 1]
        return max(sources, default=SILENCE_DBFS)


def _best_match(heard: Pcm, played: Pcm) -> tuple[float, int]:
    """Where in `played` is `heard`: the normalised correlation there, and the delay (samples)."""
    needle, hay = _differences(heard), _differences(played)
    places = len(hay) - len(needle) + 1
    if places <= 16:
        scores: NDArray[np.floating] = np.correlate(hay, needle, "valid")
    else:
        # No match reaches beyond the end of what was played, so none wraps around.
        size = -(-len(hay) // _FAST_LENGTH) * _FAST_LENGTH
        scores = irfft(rfft(hay, size) * rfft(needle, size).conj(), size)[:places]
    power = np.zeros(len(hay) + 1)
    np.cumsum(np.square(hay, dtype=np.float64), out=power[1:])
    energy = power[len(needle) :] - power[: -len(needle)]
    # Where hardly anything was played, chance alone correlates.
    norm = np.sqrt(np.maximum(energy, 0.01 * energy.max() + 1.0))
    # Phase may be turned on the way: the sign does not matter.
    match = np.abs(scores) / norm
    best = int(match.argmax())
    strength = math.sqrt(float(needle.dot(needle))) + 1e-9
    return float(match[best]) / strength, places - 1 - best


def _differences(samples: Pcm) -> NDArray[np.float32]:
    """Between neighbours, for the low harmonics of any two voices resemble each other."""
    wide = samples.astype(np.float32)
    wide[1:] -= wide[:-1].copy()
    return wide
