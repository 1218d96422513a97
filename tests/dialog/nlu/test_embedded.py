"""The embedded interpreter: what callers say, in other words; and whatever else a line brings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dialog.errors import ContentError, NluError
from dialog.nlu import model_file
from dialog.nlu.bands import Costs
from dialog.nlu.embedded import EmbeddedInterpreter, load_interpreter
from dialog.nlu.encoder import E5Encoder, Encoder
from dialog.nlu.text import plain
from dialog.nlu.train import TrainingReport, train
from tests.dialog.nlu.conftest import PHRASES, phrases, write_content
from tests.dialog.nlu.contract import InterpreterContract, well_formed


def without_encoder() -> Encoder:
    raise NluError("sentence embeddings cannot run here")


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("алло здравствуйте мне бы к доктору записаться глаза болят", "make_appointment"),
        ("к урологу бы мне на приём", "make_appointment"),
        ("кровь сдавал на прошлой неделе ответ пришёл", "lab_results"),
        ("а денежки мобилизованным когда дадут", "mobilization_payments"),
        ("Да!", "affirm"),
        ("нет, не надо", "deny"),
    ],
)
def test_what_was_never_trained_is_understood(
    interpreter: EmbeddedInterpreter, said: str, intent: str
) -> None:
    parse = interpreter.parse(said)
    assert parse.ranking[0].intent == intent
    assert parse.intent == intent


def test_what_was_never_trained_is_rejected(interpreter: EmbeddedInterpreter) -> None:
    """Rasa does not reject it: it knows less well what is out of scope (docs/rasa.md)."""
    parse = interpreter.parse("какой прогноз погоды")
    assert (parse.intent, parse.clarify) == (None, ())


class TestContract(InterpreterContract):
    @pytest.fixture
    def intents(self) -> Collection[str]:
        return PHRASES


def test_the_same_data_make_the_same_model(
    encoder: E5Encoder, trained: TrainingReport, tmp_path: Path
) -> None:
    shuffled = {name: phrases(name)[::-1] for name in reversed(PHRASES)}
    content = write_content(tmp_path / "content", shuffled)
    again = train(content, tmp_path / "m.npz", tmp_path / "cache", make_encoder=lambda: encoder)
    assert again.data_hash == trained.data_hash
    with np.load(trained.path) as one, np.load(again.path) as other:
        assert set(one.files) == set(other.files)
        assert all(np.array_equal(one[name], other[name]) for name in one.files)


def test_training_the_same_again_is_done_at_once(
    encoder: E5Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {name: phrases(name) for name in PHRASES}
    content = write_content(tmp_path / "content", said)
    model, cache = tmp_path / "m.npz", tmp_path / "cache"

    def again(anew: bool = False, costs: Costs = Costs()) -> TrainingReport:  # noqa: B008
        return train(content, model, cache, costs=costs, make_encoder=lambda: encoder, anew=anew)

    first, written = again(), model.read_bytes()
    assert not first.up_to_date
    second = again()
    assert second == replace(first, seconds=second.seconds, up_to_date=True)
    assert model.read_bytes() == written

    assert not again(anew=True).up_to_date
    assert not again(costs=Costs(wrong_answer=9)).up_to_date
    assert not again().up_to_date
    model.write_bytes(written[:-1])  # damaged, or another's
    assert not again().up_to_date
    model.unlink()
    assert not again().up_to_date
    (cache / "trained.json").write_text("{", encoding="utf-8")
    assert not again().up_to_date
    assert again().up_to_date

    write_content(content, {**said, "deny": [*said["deny"], "ни в коем случае"]})
    assert not again().up_to_date
    monkeypatch.setattr(encoder, "name", "e5-of-tomorrow")
    assert not again().up_to_date
    assert again().up_to_date


def test_the_recognizer_gets_the_phrases_that_were_learnt(
    encoder: E5Encoder, tmp_path: Path
) -> None:
    said = {name: phrases(name) for name in PHRASES}
    content = write_content(tmp_path / "content", said)
    known = tmp_path / "phrases.txt"

    def again() -> TrainingReport:
        return train(
            content,
            tmp_path / "m.npz",
            tmp_path / "cache",
            make_encoder=lambda: encoder,
            phrases=known,
        )

    again()
    lines = known.read_text("utf-8").splitlines()
    assert sorted(lines) == sorted(plain(one) for of in said.values() for one in of)
    written = known.stat().st_mtime_ns
    assert again().up_to_date
    assert known.stat().st_mtime_ns == written
    known.unlink()
    assert again().up_to_date
    assert known.read_text("utf-8").splitlines() == lines

    write_content(content, {**said, "deny": [*said["deny"], "ни в коем случае"]})
    again()
    assert "ни в коем случае" in known.read_text("utf-8").splitlines()
    good = known.read_bytes()
    (content / "nlu" / "broken.yml").write_text("nlu: [", "utf-8")
    with pytest.raises(ContentError):
        again()
    assert known.read_bytes() == good


def test_a_model_by_words_alone_is_always_trained_anew(tmp_path: Path) -> None:
    content, model = write_content(tmp_path / "content"), tmp_path / "m.npz"
    for _ in range(2):
        assert not train(content, model, tmp_path, make_encoder=without_encoder).up_to_date


def test_the_report_tells_what_was_trained(trained: TrainingReport) -> None:
    assert (trained.intents, trained.examples) == (6, sum(len(phrases(n)) for n in PHRASES))
    assert trained.embeddings
    figure = trained.cross_validation.accuracy
    assert 0.5 < figure.low <= figure.value <= figure.high <= 1


def test_without_embeddings_it_goes_by_words_alone(trained: TrainingReport) -> None:
    interpreter = load_interpreter(trained.path, without_encoder)
    assert interpreter.name == "embedded-lexical"
    assert interpreter.parse("запишите меня к терапевту").intent == "make_appointment"
    well_formed(interpreter.parse("ъъъ"), "ъъъ", PHRASES)


def test_it_can_be_trained_without_embeddings(tmp_path: Path) -> None:
    content = write_content(tmp_path / "content")
    report = train(content, tmp_path / "m.npz", tmp_path, make_encoder=without_encoder)
    assert not report.embeddings
    interpreter = load_interpreter(report.path)
    assert interpreter.name == "embedded-lexical"
    assert interpreter.parse("готовы ли мои анализы").intent == "lab_results"


def test_embeddings_of_another_version_are_not_used(
    encoder: E5Encoder, trained: TrainingReport
) -> None:
    class Other(E5Encoder):
        def __init__(self) -> None:
            self.name, self.parts, self.shares = "e5-of-tomorrow", encoder.parts, (1.0,)

    assert load_interpreter(trained.path, Other).name == "embedded-lexical"


def test_a_missing_model_says_to_train(tmp_path: Path) -> None:
    with pytest.raises(NluError, match="voice122 train"):
        load_interpreter(tmp_path / "model.npz")


@pytest.mark.parametrize("keep", [0, 10, 1000, -1000, -10])
def test_a_truncated_model_says_to_train(
    trained: TrainingReport, tmp_path: Path, keep: int
) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(trained.path.read_bytes()[:keep])
    with pytest.raises(NluError, match=r"damaged.*voice122 train"):
        load_interpreter(path)


def test_flipped_bytes_are_noticed(trained: TrainingReport, tmp_path: Path) -> None:
    data = bytearray(trained.path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 50] = bytes(255 - byte for byte in data[middle : middle + 50])
    path = tmp_path / "model.npz"
    path.write_bytes(data)
    with pytest.raises(NluError, match=r"damaged.*voice122 train"):
        load_interpreter(path)


def test_a_model_with_code_inside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, document=np.array([{"not": "plain data"}], dtype=object))
    with pytest.raises(NluError, match="damaged"):
        load_interpreter(path)


def test_a_model_of_another_format_says_to_train(
    trained: TrainingReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_file.load(trained.path)
    monkeypatch.setattr(model_file, "FORMAT", 999)
    model_file.save(model, tmp_path / "model.npz")
    monkeypatch.undo()
    with pytest.raises(NluError, match=r"another version.*voice122 train"):
        load_interpreter(tmp_path / "model.npz")


def test_broken_content_leaves_the_last_good_model(
    encoder: E5Encoder, trained: TrainingReport, tmp_path: Path
) -> None:
    model = tmp_path / "model.npz"
    model.write_bytes(trained.path.read_bytes())
    content = write_content(tmp_path / "content")
    (content / "nlu" / "broken.yml").write_text("nlu: [", encoding="utf-8")
    with pytest.raises(ContentError, match=r"broken\.yml"):
        train(content, model, tmp_path / "cache", make_encoder=lambda: encoder)
    assert model.read_bytes() == trained.path.read_bytes()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"affirm": phrases("affirm")}, "at least two"),
        ({"affirm": phrases("affirm"), "deny": ["нет", "не надо"]}, "fewer than 5 .*deny"),
    ],
)
def test_too_few_examples_are_refused(
    encoder: E5Encoder, tmp_path: Path, content: dict[str, list[str]], says: str
) -> None:
    folder = write_content(tmp_path / "content", content)
    with pytest.raises(NluError, match=says):
        train(folder, tmp_path / "m.npz", tmp_path / "cache", make_encoder=lambda: encoder)
    assert not (tmp_path / "m.npz").exists()


def test_a_model_that_cannot_be_written_leaves_nothing_behind(
    trained: TrainingReport, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(NluError, match="cannot be written"):
        model_file.save(model_file.load(trained.path), tmp_path / "file" / "model.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_saved_model_is_the_same_when_loaded(trained: TrainingReport, tmp_path: Path) -> None:
    model = model_file.load(trained.path)
    model_file.save(model, tmp_path / "copy.npz")
    copy = model_file.load(tmp_path / "copy.npz")
    assert model.full is not None
    assert copy.full is not None
    assert replace(copy, full=None, lexical=model.lexical) == replace(model, full=None)
    assert copy.full.bands == model.full.bands
    assert copy.full.calibration == model.full.calibration
    assert np.array_equal(copy.full.scorer.model.weights, model.full.scorer.model.weights)
