"""What the assistant is saying: audio comes in chunks, goes out in frames of 20 ms."""

from __future__ import annotations

from collections import deque

import numpy as np

from asr.audio import FRAME_SAMPLES, Pcm


class Player:
    """A queue of samples that is read one frame a tick."""

    def __init__(self) -> None:
        self._chunks: deque[Pcm] = deque()
        self._silence = np.zeros(FRAME_SAMPLES, np.int16)

    @property
    def empty(self) -> bool:
        """Whether everything that was pushed has been played."""
        return not self._chunks

    def push(self, samples: Pcm) -> None:
        """Add samples (any number) at the end."""
        if len(samples):
            self._chunks.append(samples)

    def clear(self) -> None:
        """Drop what has not been played yet: the caller interrupts."""
        self._chunks.clear()

    def next_frame(self) -> Pcm:
        """The next 20 ms: shape (160,), int16; silence where there is nothing to play."""
        if not self._chunks:
            return self._silence
        frame = np.zeros(FRAME_SAMPLES, np.int16)
        filled = 0
        while filled < FRAME_SAMPLES and self._chunks:
            chunk = self._chunks.popleft()
            part = chunk[: FRAME_SAMPLES - filled]
            frame[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(chunk):
                self._chunks.appendleft(chunk[len(part) :])
        return frame
