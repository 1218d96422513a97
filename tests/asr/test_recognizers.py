"""One contract for every recognizer, kept by the real engines."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE, Pcm
from asr.errors import NoRecognizerError
from asr.normalize import normalize
from asr.recognizer import Hints, Recognition, Recognizer
from asr.selection import ENGINES, load_recognizer
from tests.asr.conftest import recording
from tests.asr.tiny_tone import spoken


@pytest.fixture(params=["whisper", "vosk", "tone"])
def recognizer(request: pytest.FixtureRequest) -> Recognizer:
    engine: Recognizer = request.getfixturevalue(request.param)
    return engine


@pytest.fixture
def speech(recognizer: Recognizer) -> Pcm:
    if recognizer.name == "t-one":
        return spoken("да а да")
    return recording("phrases/no_thanks.flac")[SAMPLE_RATE // 2 : SAMPLE_RATE * 17 // 10]


def read(recognizer: Recognizer, samples: Pcm, piece: int = 160) -> Recognition:
    stream = recognizer.stream()
    for start in range(0, len(samples), piece):
        stream.accept(samples[start : start + piece])
    return stream.finish()


def check(recognition: Recognition) -> None:
    """What holds of every recognition."""
    assert recognition.text == normalize(recognition.text)
    assert 0 <= recognition.confidence <= 1
    assert bool(recognition.text) == (recognition.confidence > 0)
    assert recognition.no_speech is None or 0 <= recognition.no_speech <= 1
    for alternative in recognition.alternatives:
        assert alternative.text
        assert alternative.text != recognition.text
        assert 0 <= alternative.confidence <= recognition.confidence
    for word in recognition.words:
        assert 0 <= word.start_s <= word.end_s
        assert 0 <= word.confidence <= 1
    if recognition.words:
        assert [word.text for word in recognition.words] == recognition.text.split()


def test_speech_gives_words(recognizer: Recognizer, speech: Pcm) -> None:
    recognition = read(recognizer, speech)
    assert recognition.text
    check(recognition)


def test_words_lie_within_the_audio(recognizer: Recognizer, speech: Pcm) -> None:
    for word in read(recognizer, speech).words:
        assert word.end_s <= len(speech) / SAMPLE_RATE + 0.3


@pytest.mark.parametrize("piece", [333, 100_000])
def test_size_of_the_pieces_does_not_matter(
    recognizer: Recognizer, speech: Pcm, piece: int
) -> None:
    assert read(recognizer, speech, piece).text == read(recognizer, speech).text


def test_nothing_fed_is_nothing_heard(recognizer: Recognizer) -> None:
    stream = recognizer.stream()
    assert stream.partial().text == ""
    assert stream.finish().text == ""


def test_empty_and_tiny_pieces_are_harmless(recognizer: Recognizer, speech: Pcm) -> None:
    stream = recognizer.stream()
    stream.accept(np.zeros(0, np.int16))
    for sample in speech[:3]:
        stream.accept(np.array([sample], np.int16))
    stream.accept(speech[3:])
    assert stream.finish().text == read(recognizer, speech).text


def test_partial_grows_into_the_final_reading(recognizer: Recognizer, speech: Pcm) -> None:
    stream = recognizer.stream()
    half = len(speech) // 2
    stream.accept(speech[:half])
    early = stream.partial()
    check(early)
    stream.accept(speech[half:])
    final = stream.finish()
    check(final)
    assert len(early.text) < len(final.text) or not recognizer.streams_partials


def test_finish_is_the_same_when_asked_twice(recognizer: Recognizer, speech: Pcm) -> None:
    stream = recognizer.stream()
    stream.accept(speech)
    assert stream.finish() == stream.finish() == stream.partial()


def test_streams_side_by_side_do_not_mix(recognizer: Recognizer, speech: Pcm) -> None:
    alone = read(recognizer, speech)
    one, other = recognizer.stream(), recognizer.stream()
    for start in range(0, len(speech), 1600):
        one.accept(speech[start : start + 1600])
        other.accept(np.zeros(1600, np.int16))
    assert one.finish().text == alone.text


def test_same_audio_gives_the_same_words_whatever_came_between(
    recognizer: Recognizer, speech: Pcm
) -> None:
    first = read(recognizer, speech)
    read(recognizer, np.zeros(SAMPLE_RATE, np.int16))
    assert read(recognizer, speech).text == first.text


def test_audio_is_left_as_it_was(recognizer: Recognizer, speech: Pcm) -> None:
    before = speech.copy()
    speech.setflags(write=False)
    read(recognizer, speech)
    np.testing.assert_array_equal(speech, before)


def test_hints_never_put_words_into_silence(recognizer: Recognizer) -> None:
    stream = recognizer.stream(Hints(("хирург", "лор", "терапевт")))
    stream.accept(np.zeros(2 * SAMPLE_RATE, np.int16))
    assert not {"хирург", "лор", "терапевт"} & set(stream.finish().text.split())


def test_full_scale_and_dc_do_not_break_it(recognizer: Recognizer) -> None:
    for samples in (
        np.tile(np.array([32767, -32768], np.int16), 4000),
        np.full(8000, -32768, np.int16),
    ):
        check(read(recognizer, samples))


def test_recognition_can_cross_a_process_border(recognizer: Recognizer, speech: Pcm) -> None:
    assert dataclasses.asdict(read(recognizer, speech))


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_missing_weights_say_what_to_fetch(name: str, tmp_path: Path) -> None:
    with pytest.raises(NoRecognizerError, match=f"voice122 models fetch {name}"):
        load_recognizer(name, tmp_path)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("whisper-base", ["model.bin", "config.json", "tokenizer.json", "vocabulary.txt"]),
        ("vosk-ru", ["am/final.mdl", "conf/model.conf"]),
    ],
)
def test_broken_weights_say_what_to_fetch(name: str, files: list[str], tmp_path: Path) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"not a model")
    with pytest.raises(NoRecognizerError, match=rf"cannot be loaded.*models fetch {name}"):
        load_recognizer(name, tmp_path)


def test_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NoRecognizerError, match="no recognizer 'siri'; there are: t-one"):
        load_recognizer("siri", tmp_path)
