"""A recording by the path of a live call: words where somebody speaks, nothing elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE, Pcm
from asr.detectors import make_detector
from asr.engine_tone import ToneRecognizer
from asr.engine_whisper import WhisperRecognizer
from asr.recognizer import NO_HINTS, Hints, Recognition, RecognizerStream
from asr.transcribe import transcribe
from asr.vad import VoiceDetector
from tests.asr.conftest import AUDIO, recording

IDLE = sorted(path.name for path in (AUDIO / "not_speech").glob("*.flac"))


class Counting:
    """Hears how long each utterance is; makes tests of cutting exact."""

    name = "counting"
    streams_partials = False

    def stream(self, hints: Hints = NO_HINTS) -> RecognizerStream:
        return _CountingStream()


class _CountingStream:
    def __init__(self) -> None:
        self.samples = 0

    def accept(self, samples: Pcm) -> None:
        self.samples += len(samples)

    def partial(self) -> Recognition:
        return Recognition(f"реплика {round(self.samples / SAMPLE_RATE)}", 0.8)

    def finish(self) -> Recognition:
        return self.partial()


@pytest.fixture(params=["webrtc", "silero"])
def detector(request: pytest.FixtureRequest, silero_weights: Path) -> VoiceDetector:
    return make_detector(request.param, silero_weights)


def test_phrase_is_heard_with_its_place_and_its_noise(
    whisper: WhisperRecognizer, detector: VoiceDetector
) -> None:
    heard = transcribe("x.flac", recording("phrases/despair.flac"), whisper, detector)
    assert heard.file == "x.flac"
    assert heard.heard == "я больше не хочу жить"
    assert 0.4 < heard.confidence <= 1
    assert heard.speech is not None
    assert heard.speech[0] == pytest.approx(0.49, abs=0.2)
    assert heard.speech[1] == pytest.approx(2.15, abs=0.25)
    assert heard.snr_db is not None
    assert heard.snr_db > 20
    assert heard.ms > 0


@pytest.mark.parametrize("name", IDLE)
def test_nothing_is_heard_where_nobody_speaks(
    name: str, whisper: WhisperRecognizer, detector: VoiceDetector
) -> None:
    heard = transcribe(name, recording(f"not_speech/{name}"), whisper, detector)
    assert (heard.heard, heard.confidence, heard.speech) == ("", 0.0, None)


def test_utterances_of_one_file_are_joined(detector: VoiceDetector) -> None:
    phrase = recording("phrases/despair.flac")
    pause = np.zeros(2 * SAMPLE_RATE, np.int16)
    heard = transcribe("x", np.concatenate([phrase, pause, phrase]), Counting(), detector)
    assert heard.heard.count("реплика") == 2
    assert heard.speech is not None
    assert heard.speech[1] > len(phrase) / SAMPLE_RATE + 2


def test_recording_that_ends_in_the_middle_of_a_word_is_heard_to_its_end(
    detector: VoiceDetector,
) -> None:
    cut = recording("phrases/covid.flac")[: int(2.0 * SAMPLE_RATE)]
    heard = transcribe("x", cut, Counting(), detector)
    assert heard.heard
    assert heard.speech is not None
    assert heard.speech[1] <= 2.0


def test_recording_of_minutes_is_heard_in_turns() -> None:
    phrase = recording("phrases/covid.flac")
    long = np.tile(np.concatenate([phrase, np.zeros(SAMPLE_RATE, np.int16)]), 30)
    heard = transcribe("x", long, Counting(), make_detector("webrtc"))
    assert heard.heard.count("реплика") == 30


def test_shorter_than_a_frame_is_nothing(tone: ToneRecognizer, detector: VoiceDetector) -> None:
    assert transcribe("x", np.ones(7, np.int16), tone, detector).heard == ""


def test_time_comes_from_the_clock_given(detector: VoiceDetector) -> None:
    ticks = iter([10.0, 10.25])
    samples = np.zeros(800, np.int16)
    assert transcribe("x", samples, Counting(), detector, clock=lambda: next(ticks)).ms == 250
