"""An edge whose caller sits at this machine: microphone, loudspeaker, and keys of the keyboard."""

from __future__ import annotations

import queue
from collections import deque
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from asr.audio import FRAME_SAMPLES, SAMPLE_RATE, Pcm
from telephony.edge import Inbound
from telephony.errors import TelephonyError
from telephony.events import CallEvent

_MOST_WAITING: Final = 25
"""Frames (of 20 ms) that may wait to be played; more is delay that nobody wants."""


class NoSoundCard(TelephonyError):  # noqa: N818 - says what is
    """There is no sound card, or nothing to reach it with; the message says what to do."""


class SoundCard:
    """Microphone and loudspeaker at 8 kHz. Use as a context manager.

    Raises:
        NoSoundCard: on entering.
    """

    def __init__(self) -> None:
        self._heard: queue.SimpleQueue[Pcm] = queue.SimpleQueue()
        self._to_play: deque[Pcm] = deque(maxlen=_MOST_WAITING)
        self._keys: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stream: Any = None
        self._hung_up = False

    def __enter__(self) -> Self:
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise NoSoundCard(
                f"sound cannot be reached ({_line(error)}): install libportaudio2"
            ) from error
        try:
            self._stream = sounddevice.RawStream(
                samplerate=SAMPLE_RATE,
                blocksize=FRAME_SAMPLES,
                channels=1,
                dtype="int16",
                callback=self._exchange,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError, OSError) as error:
            raise NoSoundCard(
                f"no sound card with a microphone and a loudspeaker ({_line(error)}):"
                " talk in text, without --voice"
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def press(self, keys: str) -> None:
        """Keys from the keyboard; from any thread."""
        self._keys.put(keys)

    def hang_up(self) -> None:
        """The person at the machine leaves."""
        self._hung_up = True

    def _exchange(self, heard: Any, to_play: Any, frames: int, time: Any, status: Any) -> None:
        """Called by the sound card's thread for every 20 ms."""
        self._heard.put(np.frombuffer(bytes(heard), np.int16))
        frame = self._to_play.popleft() if self._to_play else np.zeros(frames, np.int16)
        to_play[:] = frame.tobytes()

    def read(self, ticks: int = 1) -> Inbound:
        """See `Edge`."""
        frames = []
        while not self._heard.empty():
            frames.append(self._heard.get())
        keys = "" if self._keys.empty() else self._keys.get()
        return Inbound(tuple(frames), keys, self._hung_up)

    def write(self, frame: Pcm) -> None:
        """See `Edge`."""
        self._to_play.append(frame)

    def give_floor(self) -> None:
        """See `Edge`."""

    def clear(self) -> None:
        """See `Edge`."""
        self._to_play.clear()

    def show(self, event: CallEvent) -> None:
        """See `Edge`; the console shows the turns."""

    def close(self) -> None:
        """See `Edge`."""
        self._hung_up = True


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
