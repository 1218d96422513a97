"""What the assistant is saying: audio comes in chunks, goes out in frames of 20 ms."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from asr.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE, Pcm

_FADE_OUT: Final = np.linspace(1.0, 0.0, FRAME_SAMPLES)
_FADE_IN: Final = _FADE_OUT[::-1].copy()
SILENCE: Final = np.zeros(FRAME_SAMPLES, np.int16)
SILENCE.flags.writeable = False


class Player:
    """A queue of samples that is read one frame a tick.

    It can be held, when somebody speaks over it, and go on later from the same place: the frame in
    which it fell silent is played again, so that not a sound is lost.
    """

    def __init__(self) -> None:
        self._chunks: deque[Pcm] = deque()
        self._begun = 0
        """Samples of the first chunk that were played."""
        self._samples = 0
        self._frames = 0
        self._held = False
        self._faded = False

    @property
    def empty(self) -> bool:
        """Whether everything that was pushed has been played."""
        return not self._chunks

    @property
    def held(self) -> bool:
        """Whether it is silent in the middle of what it says."""
        return self._held

    @property
    def played_s(self) -> float:
        """How much was played since `clear` (s)."""
        return self._frames * FRAME_S

    @property
    def left_s(self) -> float:
        """How much is still to be played (s)."""
        return self._samples / SAMPLE_RATE

    def push(self, samples: Pcm) -> None:
        """Add samples (any number) at the end."""
        if len(samples):
            self._chunks.append(samples)
            self._samples += len(samples)

    def clear(self) -> None:
        """Drop what has not been played yet: the caller interrupts, or a new prompt begins."""
        self._chunks.clear()
        self._samples = self._frames = self._begun = 0
        self._held = self._faded = False

    def hold(self) -> None:
        """Fall silent within a frame."""
        self._held = True

    def release(self) -> None:
        """Go on."""
        self._held = False

    def next_frame(self) -> Pcm:
        """The next 20 ms: shape (160,), int16; silence where there is nothing to play."""
        if not self._chunks or (self._held and self._faded):
            return SILENCE
        if self._held:
            self._faded = True
            if not self._frames:  # it has not begun
                return SILENCE
            frame = self._take()
            self._put_back(frame)
            return (frame * _FADE_OUT).astype(np.int16)
        frame = self._take()
        self._frames += 1
        if self._faded:
            self._faded = False
            return (frame * _FADE_IN).astype(np.int16)
        return frame

    def _put_back(self, frame: Pcm) -> None:
        if self._begun:
            self._chunks[0] = self._chunks[0][self._begun :]
            self._begun = 0
        self._chunks.appendleft(frame)
        self._samples += FRAME_SAMPLES

    def _take(self) -> Pcm:
        chunk, begin = self._chunks[0], self._begun
        end = begin + FRAME_SAMPLES
        if len(chunk) < end:
            return self._join()
        self._samples -= FRAME_SAMPLES
        self._begun = end
        if len(chunk) == end:
            self._chunks.popleft()
            self._begun = 0
        return chunk[begin:end]  # mostly; without a copy

    def _join(self) -> Pcm:
        """A frame from the end of a chunk and the beginning of the next, or of silence."""
        frame = np.zeros(FRAME_SAMPLES, np.int16)
        filled = 0
        while filled < FRAME_SAMPLES and self._chunks:
            chunk = self._chunks[0][self._begun :]
            part = chunk[: FRAME_SAMPLES - filled]
            frame[filled : filled + len(part)] = part
            filled += len(part)
            self._begun += len(part)
            if len(part) == len(chunk):
                self._chunks.popleft()
                self._begun = 0
        self._samples -= filled
        return frame
