"""A model cut to some tokens says what the whole one says; what cannot be cut is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from asr.engine_whisper import WhisperRecognizer
from asr.errors import NoRecognizerError
from asr.mel import log_mel
from asr.whisper_vocabulary import cut_vocabulary
from tests.asr.conftest import model_directory, recording

PROMPT = [50258, 50263, 50359, 50363]
"""<|startoftranscript|>, <|ru|>, <|transcribe|>, <|notimestamps|>"""


def spoken(name: str) -> ctranslate2.StorageView:
    samples = recording(f"phrases/{name}.flac").astype(np.float32) / 32768
    wide = np.zeros(8 * 16_000, np.float32)
    wide[: 2 * len(samples)] = np.repeat(samples, 2)
    return ctranslate2.StorageView.from_array(log_mel(wide)[np.newaxis])


def test_the_same_tokens_come_with_the_same_scores() -> None:
    directory = model_directory("whisper-base")
    kept = [token for token in range(50364) if token % 7 != 3 or token >= 50257]
    whole = ctranslate2.models.Whisper(str(directory), compute_type="float32")
    cut = ctranslate2.models.Whisper(
        str(directory), compute_type="float32", files=cut_vocabulary(directory, kept)
    )
    gone = sorted({*range(50364)} - {*kept})
    features = spoken("despair")
    expected = whole.generate(
        features, [PROMPT], suppress_tokens=[-1, *gone], return_scores=True, max_length=40
    )[0]
    prompt = [kept.index(token) for token in PROMPT]
    found = cut.generate(features, [prompt], return_scores=True, max_length=40)[0]
    assert [kept[token] for token in found.sequences_ids[0]] == expected.sequences_ids[0]
    assert len(expected.sequences_ids[0]) > 5
    assert found.scores[0] >= expected.scores[0] - 1e-3  # what is gone takes no probability


def test_only_russian_is_left(whisper: WhisperRecognizer) -> None:
    for name in ("noisy/1.flac", "noisy/2.flac", "not_speech/music.flac"):
        stream = whisper.stream()
        stream.accept(recording(name))
        recognition = stream.finish()
        for text in (recognition.text, *(each.text for each in recognition.alternatives)):
            assert all(letter in "абвгдеёжзийклмнопрстуфхцчшщъыьэюя- " for letter in text), text


def test_a_file_that_is_no_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    source = model_directory("whisper-base")
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy(source / name, tmp_path)
    (tmp_path / "model.bin").write_bytes((source / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(NoRecognizerError, match=r"ends too early.*voice122 models fetch"):
        WhisperRecognizer("whisper-base", tmp_path)
    (tmp_path / "model.bin").write_bytes(b"\x05\x00\x00\x00" + bytes(100))
    with pytest.raises(NoRecognizerError, match=r"format 5, not 6"):
        WhisperRecognizer("whisper-base", tmp_path)


def test_lists_of_tokens_are_numbered_anew() -> None:
    directory = model_directory("whisper-base")
    before = json.loads((directory / "config.json").read_text("utf-8"))
    kept = [token for token in range(50364) if token not in before["suppress_ids"][:10]]
    after = json.loads(cut_vocabulary(directory, kept)["config.json"])
    assert len(after["suppress_ids"]) == len(before["suppress_ids"]) - 10
    assert [kept[token] for token in after["suppress_ids_begin"]] == before["suppress_ids_begin"]
