"""Whisper hears better what it knows that callers say, and nothing that nobody said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from asr.audio import SAMPLE_RATE, Pcm
from asr.beam_search import Prior, Text
from asr.engine_whisper import WhisperRecognizer
from asr.guard import guard
from asr.whisper_network import Read
from bench.corpus import load_corpus
from bench.words import word_errors
from dialog.content.nlu_reader import load_nlu
from tests.asr.conftest import ROOT, hear, model_directory, recording


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What our callers say, as editors wrote it down."""
    return [example.text for example in load_nlu(ROOT / "nlu_data" / "nlu").examples]


@pytest.fixture(scope="module")
def noisy() -> list[tuple[str, Pcm]]:
    return [
        (r.says, r.pcm()) for r in load_corpus().recordings() if r.path.stem.endswith("-pink15")
    ]


def knowing(phrases: Sequence[str], path: Path) -> WhisperRecognizer:
    path.write_text("\n".join(phrases), "utf-8")
    return WhisperRecognizer("whisper-base", model_directory("whisper-base"), phrases=path)


def misheard(whisper: WhisperRecognizer, spoken: list[tuple[str, Pcm]]) -> int:
    return word_errors([(said, hear(whisper, samples).text) for said, samples in spoken]).errors


def test_what_callers_say_is_heard_better_in_noise_where_it_is_known(
    whisper: WhisperRecognizer, known: list[str], noisy: list[tuple[str, Pcm]], tmp_path: Path
) -> None:
    assert len(noisy) >= 10
    without = misheard(whisper, noisy)
    assert misheard(knowing(known, tmp_path / "all.txt"), noisy) < 0.75 * without
    # A few phrases know little but that all else is unlikely.
    assert misheard(knowing(known[:50], tmp_path / "few.txt"), noisy) <= 1.05 * without


@pytest.mark.parametrize("failure", [" я" + " на работе" * 5, ""])
def test_where_what_is_known_ends_in_a_loop_or_in_nothing_the_sound_alone_counts(
    known: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    whisper = knowing(known, tmp_path / "all.txt")
    samples = recording("phrases/no_thanks.flac")
    numbers = {token: number for number, token in enumerate(whisper._tokens)}
    written = whisper._tokenizer.encode(failure, add_special_tokens=False).ids
    read = whisper._read

    def failing(samples: Pcm, prior: Prior | None, tempo: float) -> Read:
        heard = read(samples, prior, tempo)
        failed = Text(tuple(numbers[token] for token in written), -0.1, 0.9)
        return heard if prior is None else replace(heard, texts=[failed, *heard.texts])

    monkeypatch.setattr(whisper, "_read", failing)
    assert hear(whisper, samples).text == "нет не надо"


def test_what_is_known_puts_no_words_into_what_is_no_speech(
    known: list[str], tmp_path: Path
) -> None:
    whisper = knowing(known, tmp_path / "all.txt")
    for sound in load_corpus().not_speech:
        samples = sound.pcm()[: 4 * SAMPLE_RATE]
        assert not guard(hear(whisper, samples), speech_s=4.0).recognition.text
