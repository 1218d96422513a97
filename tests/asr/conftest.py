"""Real engines and weights. A missing model fails the tests: 'make test' fetches it first."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import Pcm
from asr.engine_tone import ToneRecognizer
from asr.engine_vosk import VoskRecognizer
from asr.engine_whisper import WhisperRecognizer
from asr.recognizer import NO_HINTS, Hints, Recognition
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


def hear(whisper: WhisperRecognizer, samples: Pcm, hints: Hints = NO_HINTS) -> Recognition:
    stream = whisper.stream(hints)
    stream.accept(samples)
    return stream.finish()


@pytest.fixture(scope="session")
def whisper() -> WhisperRecognizer:
    return WhisperRecognizer("whisper-base", model_directory("whisper-base"))


@pytest.fixture(scope="session")
def vosk(tmp_path_factory: pytest.TempPathFactory) -> VoskRecognizer:
    """The real engine on the Korean model, but quick, with a narrow beam, and without dither: noise
    that Kaldi adds at random makes the words of a foreign language differ from run to run."""
    weights = model_directory("vosk-ko")
    directory = tmp_path_factory.mktemp("vosk") / "vosk-ko"
    directory.mkdir()
    for part in weights.iterdir():
        (directory / part.name).symlink_to(part)
    (directory / "conf").unlink()
    shutil.copytree(weights / "conf", directory / "conf")
    with (directory / "conf" / "mfcc.conf").open("a") as conf:
        conf.write("\n--dither=0\n")
    with (directory / "conf" / "model.conf").open("a") as conf:
        conf.write("\n--max-active=300\n--beam=7.0\n--lattice-beam=2.0\n")
    return VoskRecognizer("vosk-ko", directory)


@pytest.fixture(scope="session")
def tone_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_tone(tmp_path_factory.mktemp("t-one"))


@pytest.fixture(scope="session")
def tone(tone_directory: Path) -> ToneRecognizer:
    return ToneRecognizer("t-one", tone_directory)


@pytest.fixture(scope="session")
def silero_weights() -> Path:
    return model_directory("silero-vad") / "silero_vad.onnx"
