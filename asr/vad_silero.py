"""Silero VAD (MIT) run by onnxruntime: the steadiest in noise, about 5 ms of CPU a second.

The network hears 16 kHz in windows of 512 samples (32 ms) with the 64 samples before each; the
line gives 8 kHz in frames of 20 ms. The audio is upsampled as a stream, and a frame gets the
verdict of the latest whole window. The weights' own 8 kHz mode is weaker (see `bench/vad.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
import soxr
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Pcm, check_frame
from asr.errors import AsrError
from asr.level import FULL_SCALE

_RATE: Final = 16000
_WINDOW: Final = 512
_CONTEXT: Final = 64


@dataclass(frozen=True)
class SileroSettings:
    """Two thresholds, so that the verdict does not flicker around one."""

    begin: float = 0.5
    """Probability from which speech begins (0 to 1)."""
    keep: float = 0.35
    """Probability below which it ends (0 to 1)."""

    def __post_init__(self) -> None:
        if not 0 < self.keep <= self.begin < 1:
            raise ValueError(f"0 < keep <= begin < 1, not {self.keep} and {self.begin}")


class SileroDetector:
    """See the module. One for each call.

    Args:
        model_path: `silero_vad.onnx` (release 5 or later).
        settings: the thresholds.

    Raises:
        AsrError: the weights are missing or are not Silero's.
    """

    def __init__(self, model_path: Path, settings: SileroSettings = SileroSettings()) -> None:
        self.name = "silero"
        self._settings = settings
        self._session = _load(model_path)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._upsampler = soxr.ResampleStream(
            SAMPLE_RATE, _RATE, num_channels=1, dtype="float32", quality="LQ"
        )
        self._waiting: NDArray[np.float32] = np.zeros(0, np.float32)
        self._context: NDArray[np.float32] = np.zeros(_CONTEXT, np.float32)
        self._state: NDArray[np.float32] = np.zeros((2, 1, 128), np.float32)
        self._speech = False

    def are_speech(self, frames: Sequence[Pcm]) -> list[bool]:
        """See `asr.vad.VoiceDetector`."""
        return [self.is_speech(frame) for frame in frames]

    def is_speech(self, frame: Pcm) -> bool:
        """See `asr.vad.VoiceDetector`."""
        check_frame(frame)
        upsampled = self._upsampler.resample_chunk(frame.astype(np.float32) / FULL_SCALE)
        self._waiting = np.concatenate([self._waiting, upsampled])
        while len(self._waiting) >= _WINDOW:
            probability = self._probability(self._waiting[:_WINDOW])
            self._waiting = self._waiting[_WINDOW:]
            threshold = self._settings.keep if self._speech else self._settings.begin
            self._speech = probability >= threshold
        return self._speech

    def _probability(self, window: NDArray[np.float32]) -> float:
        output, self._state = self._session.run(
            ["output", "stateN"],
            {
                "input": np.concatenate([self._context, window])[np.newaxis],
                "state": self._state,
                "sr": np.array(_RATE, np.int64),
            },
        )
        self._context = window[-_CONTEXT:]
        return float(output[0, 0])


def _load(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise AsrError(f"{path}: no such file; fetch it with 'voice122 models fetch silero-vad'")
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own exceptions share no public base
        raise AsrError(f"{path}: not an ONNX model; fetch 'silero-vad' again") from error
    if {i.name for i in session.get_inputs()} != {"input", "state", "sr"}:
        raise AsrError(f"{path}: not Silero VAD 5 or later; fetch 'silero-vad' again")
    return session
