"""Real engines and weights. A missing model fails the tests: 'make test' fetches it first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import Pcm
from asr.engine_tone import ToneRecognizer
from asr.engine_vosk import VoskRecognizer
from asr.engine_whisper import WhisperRecognizer
from tests.asr.tiny_tone import write_tiny_tone

ROOT = Path(__file__).resolve().parents[2]
AUDIO = ROOT / "tests" / "audio"


def model_directory(name: str) -> Path:
    directory = ROOT / "var" / "models" / name
    if not directory.is_dir():
        pytest.fail(f"{directory} is missing; run: voice122 models fetch {name}")
    return directory


def recording(name: str) -> Pcm:
    """A file of tests/audio."""
    samples, _rate = soundfile.read(AUDIO / name, dtype="int16")
    return np.asarray(samples, np.int16)


@pytest.fixture(scope="session")
def whisper() -> WhisperRecognizer:
    return WhisperRecognizer("whisper-base", model_directory("whisper-base"))


@pytest.fixture(scope="session")
def vosk() -> VoskRecognizer:
    return VoskRecognizer("vosk-ko", model_directory("vosk-ko"))


@pytest.fixture(scope="session")
def tone_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_tone(tmp_path_factory.mktemp("t-one"))


@pytest.fixture(scope="session")
def tone(tone_directory: Path) -> ToneRecognizer:
    return ToneRecognizer("t-one", tone_directory)


@pytest.fixture(scope="session")
def silero_weights() -> Path:
    return model_directory("silero-vad") / "silero_vad.onnx"
