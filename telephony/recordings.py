"""Recordings of calls: a file for each, both sides, written while the call goes on.

Only where the region has decided so: the greeting says it, and each file is deleted after some
days, or with the words of its call, whichever comes first.
"""

from __future__ import annotations

import logging
import os
import struct
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from asr.audio import SAMPLE_RATE, Pcm
from telephony.player import SILENCE
from telephony.switchboard import Session
from telephony.turn import Outcome

log = logging.getLogger(__name__)

_AT_ONCE: Final = 50
"""So many frames are written at a time: once a second."""
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_FRAME_BYTES: Final = 4  # two sides of two bytes


class Recordings:
    """The folder of recordings. `close` when no call goes on any more.

    Args:
        folder: made if it is not there, for its owner only.
        kept: how long a recording is kept.
        now: the time of day, with a zone.
    """

    def __init__(self, folder: Path, kept: timedelta, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._kept = kept
        self._now = now
        self._writing = ThreadPoolExecutor(1, "recordings")

    def begin(self, call_id: str) -> Recording:
        """Record a call; one that comes back after a break gets a further file."""
        return Recording(self._folder, call_id, self._writing)

    def call_ids(self) -> set[str]:
        """Calls of which there is a recording."""
        return {_call_of(path) for path in self._files()}

    def expire(self) -> int:
        """Delete what is older than it may be; how many files."""
        before = (self._now() - self._kept).timestamp()
        return _delete([path for path in self._files() if path.stat().st_mtime < before])

    def erase(self, call_ids: Collection[str]) -> int:
        """Delete the recordings of these calls; how many files."""
        return _delete([path for path in self._files() if _call_of(path) in call_ids])

    def close(self) -> None:
        """Wait until everything is written."""
        self._writing.shutdown()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.wav"))


class Recording:
    """One call's file: two-channel 16-bit WAV at 8 kHz, caller left, assistant right.

    A disk that fails or is full costs the recording, not the call.
    """

    def __init__(self, folder: Path, call_id: str, writing: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._call_id = call_id
        self._writing = writing
        self._early: deque[Pcm] = deque()
        self._frames: list[Pcm] = []
        self._file: int | None = None
        self._samples = 0
        self._failed = False

    def add(self, caller: Sequence[Pcm], assistant: Sequence[Pcm]) -> None:
        """Some ticks: what came from the caller in them, and a frame of the assistant for each."""
        self._early.extend(caller)
        for frame in assistant:
            left = self._early.popleft() if self._early else SILENCE
            self._frames.append(np.stack([left, frame], axis=1))
        if len(self._frames) >= _AT_ONCE:
            self._flush()

    def close(self) -> None:
        """The call is over; the rest is written soon."""
        self._flush()
        self._writing.submit(self._finish)

    def _flush(self) -> None:
        frames, self._frames = self._frames, []
        if frames:
            self._writing.submit(self._write, np.concatenate(frames))

    # In the writing thread

    def _write(self, both: Pcm) -> None:
        if self._failed:
            return
        try:
            if self._file is None:
                self._file = self._create()
            os.write(self._file, both.astype("<i2").tobytes())
            self._samples += len(both)
            os.pwrite(self._file, _header(self._samples), 0)  # whole at any moment
        except OSError as error:
            self._failed = True
            log.error("call %s is not recorded: %s", self._call_id, error.strerror)

    def _create(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = 1
        while True:
            name = f"{self._call_id}.{part}.wav"
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                file = os.open(self._folder / name, flags, 0o600)
            except FileExistsError:
                part += 1
            else:
                os.write(file, _header(0))
                return file

    def _finish(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


@dataclass(frozen=True)
class Recorded:
    """A session whose recording ends with it."""

    session: Session
    recording: Recording

    async def run(self) -> Outcome:
        """Serve the call to its end."""
        try:
            return await self.session.run()
        finally:
            self.recording.close()


def _header(samples: int) -> bytes:
    size = samples * _FRAME_BYTES
    rate = SAMPLE_RATE * _FRAME_BYTES
    return _HEADER.pack(
        b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 2, SAMPLE_RATE, rate, _FRAME_BYTES, 16,
        b"data", size,
    )  # fmt: skip


def _call_of(path: Path) -> str:
    return path.name.removesuffix(".wav").rpartition(".")[0]


def _delete(paths: list[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)
