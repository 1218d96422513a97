"""Both sides of a call as one recording: caller left, assistant right."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE, Pcm
from telephony.errors import TelephonyError
from telephony.player import SILENCE


class Recorder:
    """Collects frames; about 2 MB a minute in memory until it is written."""

    def __init__(self) -> None:
        self._caller: list[Pcm] = []
        self._assistant: list[Pcm] = []
        self._early: deque[Pcm] = deque()

    def add(self, caller: Sequence[Pcm], assistant: Sequence[Pcm]) -> None:
        """Some ticks: what came from the caller in them, and a frame of the assistant for each.

        The sides stay in step: what came too early waits, and where nothing came is silence.
        """
        self._early.extend(caller)
        for frame in assistant:
            self._caller.append(self._early.popleft() if self._early else SILENCE)
            self._assistant.append(frame)

    @property
    def duration_s(self) -> float:
        """Length so far (s)."""
        return sum(map(len, self._caller)) / SAMPLE_RATE

    def write(self, path: Path) -> None:
        """Write a two-channel 16-bit WAV at 8 kHz, whole or not at all.

        Raises:
            TelephonyError: the file cannot be written; the message says why.
        """
        if not self._caller:
            raise TelephonyError(f"nothing was recorded for {path}")
        both = np.stack([np.concatenate(self._caller), np.concatenate(self._assistant)], axis=1)
        partial = path.with_name(f".{path.name}.part")
        try:
            soundfile.write(partial, both, SAMPLE_RATE, subtype="PCM_16", format="WAV")
            partial.replace(path)
        except (OSError, soundfile.LibsndfileError) as error:
            partial.unlink(missing_ok=True)
            raise TelephonyError(
                f"cannot write {path}: {error}; choose another file with --out"
            ) from error
