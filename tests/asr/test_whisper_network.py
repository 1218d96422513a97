"""The network says the same however its texts are laid out; files that are no model are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from asr.engine_whisper import WhisperRecognizer
from asr.errors import NoRecognizerError
from asr.mel import log_mel
from asr.whisper_network import WhisperNetwork
from asr.whisper_weights import Matrix, WhisperWeights
from tests.asr.conftest import model_directory, recording

PROMPT = [50258, 50263, 50359, 50363]
"""<|startoftranscript|>, <|ru|>, <|transcribe|>, <|notimestamps|>"""
END = 50257
NOBODY = 50362


def mel(name: str) -> Matrix:
    samples = recording(name)[: 4 * 8000].astype(np.float32) / 32768
    wide = np.zeros(8 * 16_000, np.float32)
    wide[: 2 * len(samples)] = np.repeat(samples, 2)
    return log_mel(wide)


@pytest.fixture(scope="module")
def weights() -> WhisperWeights:
    return WhisperWeights.read(model_directory("whisper-base"))


def network(weights: WhisperWeights, tokens: list[int], window_s: float = 0.0) -> WhisperNetwork:
    end, nobody = tokens.index(END), tokens.index(NOBODY)
    return WhisperNetwork(weights, tokens, end=end, no_speech=nobody, window_s=window_s, threads=1)


def test_the_model_is_read_whole(weights: WhisperWeights) -> None:
    assert (weights.layers("encoder"), weights.layers("decoder"), weights.heads) == (6, 6, 8)
    assert weights.floats("decoder/embeddings/weight").shape == (51865, 512)
    np.testing.assert_array_equal(
        weights.floats("decoder/projection/weight"), weights.floats("decoder/embeddings/weight")
    )
    with pytest.raises(ValueError, match="no decoder/nothing"):
        weights.floats("decoder/nothing")


def test_fewer_tokens_say_the_same(weights: WhisperWeights) -> None:
    every = [*range(50364)]
    features = mel("phrases/despair.flac")
    whole = network(weights, every).read(features, 800, PROMPT, beam=5, longest=30).texts[0]
    assert len(whole.tokens) > 5
    some = [token for token in every if token % 7 or token >= END or token in whole.tokens]
    prompt = [some.index(token) for token in PROMPT]
    found = network(weights, some).read(features, 800, prompt, beam=5, longest=30).texts[0]
    assert tuple(some[token] for token in found.tokens) == whole.tokens
    assert found.score >= whole.score - 1e-3  # what is gone takes no probability


def test_a_text_alone_has_the_score_that_it_had_in_the_beam(weights: WhisperWeights) -> None:
    """In the tree, a token that saw those of another text would have another score."""
    model = network(weights, [*range(50364)])
    features = mel("phrases/date.flac")
    texts = model.read(features, 800, PROMPT, beam=5, longest=30).texts
    assert len({text.tokens for text in texts}) == len(texts) >= 5
    for text in texts:
        tree, _ = model.listen(features, 800)
        line = [*PROMPT, *text.tokens]
        logits = tree.grow(line, [range(place) for place in range(len(line))])
        logits[:, [*weights.forbidden]] = -np.inf
        logits[len(PROMPT) - 1, [*weights.forbidden_first]] = -np.inf
        written = logits[len(PROMPT) - 1 :]
        odds = written - np.log(np.exp(written).sum(axis=1, keepdims=True))
        total = sum(odds[place, token] for place, token in enumerate([*text.tokens, END]))
        assert total / len(text.tokens) == pytest.approx(text.score, abs=0.05)


def test_who_speaks_is_not_doubted(weights: WhisperWeights) -> None:
    model = network(weights, [*range(50364)])
    speech = model.read(mel("phrases/despair.flac"), 800, PROMPT, beam=1, longest=1).no_speech
    music = model.read(mel("not_speech/music.flac"), 800, PROMPT, beam=1, longest=1).no_speech
    assert 0 < speech < 0.2 < music < 1


def test_a_borrowed_silence_changes_little(weights: WhisperWeights) -> None:
    model = network(weights, [*range(50364)], window_s=8.0)
    features = mel("phrases/despair.flac")
    whole = model.read(features, 800, PROMPT, beam=5, longest=30)
    quick = model.read(features, 320, PROMPT, beam=5, longest=30)
    assert quick != whole
    assert quick.texts[0].tokens == whole.texts[0].tokens
    assert quick.texts[0].score == pytest.approx(whole.texts[0].score, abs=0.1)
    assert quick.no_speech == pytest.approx(whole.no_speech, abs=0.05)


def test_a_short_turn_has_its_own_silence(weights: WhisperWeights) -> None:
    model = network(weights, [*range(50364)], window_s=8.0)
    features = mel("phrases/yes.flac")
    whole = model.read(features, 800, PROMPT, beam=5, longest=30)
    assert model.read(features, 200, PROMPT, beam=5, longest=30) == whole


def test_only_russian_is_left(whisper: WhisperRecognizer) -> None:
    for name in ("noisy/1.flac", "noisy/2.flac", "not_speech/music.flac"):
        stream = whisper.stream()
        stream.accept(recording(name))
        recognition = stream.finish()
        for text in (recognition.text, *(each.text for each in recognition.alternatives)):
            assert all(letter in "абвгдеёжзийклмнопрстуфхцчшщъыьэюя- " for letter in text), text


def test_a_file_that_is_no_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    source = model_directory("whisper-base")
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(source / name, tmp_path)
    (tmp_path / "model.bin").write_bytes((source / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(NoRecognizerError, match=r"ends too early.*voice122 models fetch"):
        WhisperRecognizer("whisper-base", tmp_path)
    (tmp_path / "model.bin").write_bytes(b"\x05\x00\x00\x00" + bytes(100))
    with pytest.raises(NoRecognizerError, match=r"format 5, not 6"):
        WhisperRecognizer("whisper-base", tmp_path)
