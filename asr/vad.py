"""Voice activity detection: of each 20 ms frame, does somebody speak?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from asr.audio import Pcm


class VoiceDetector(Protocol):
    """Fed frame by frame in the order of the call; keeps what it learnt of the line's noise.

    Time is counted in frames, never read from a clock. One detector serves one call.
    """

    name: str
    """How settings and tables call it, for example ``webrtc``."""

    def is_speech(self, frame: Pcm) -> bool:
        """Say whether `frame` (shape (160,), int16, 8 kHz) holds speech.

        Raises:
            ValueError: `frame` is not a frame (see `asr.audio.check_frame`).
        """
        ...

    def are_speech(self, frames: Sequence[Pcm]) -> list[bool]:
        """`is_speech` of each of `frames`, which followed one another; the last one came just now.

        Cheaper than one by one.
        """
        ...

    def reset(self) -> None:
        """Forget everything, as if a new call began."""
        ...
