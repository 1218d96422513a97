"""Silero: its own loading code on a tiny model, and the guards against what it fails on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tts.errors import NoSynthesizerError, SynthesisError
from tts.silero import SileroSynthesizer


@pytest.fixture(scope="module")
def silero(tiny_silero: Path) -> SileroSynthesizer:
    return SileroSynthesizer(tiny_silero)


def test_a_clear_russian_voice_is_the_default(silero: SileroSynthesizer) -> None:
    assert silero.voice == "ru_ekaterina"


def test_another_voice_can_be_chosen(tiny_silero: Path) -> None:
    assert SileroSynthesizer(tiny_silero, "ru_zhadyra").voice == "ru_zhadyra"


def test_a_voice_that_is_not_in_the_model_is_refused_with_those_that_are(tiny_silero: Path) -> None:
    with pytest.raises(NoSynthesizerError, match="it has ru_zhadyra, ru_ekaterina"):
        SileroSynthesizer(tiny_silero, "elena")


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSynthesizerError, match="models fetch"):
        SileroSynthesizer(tmp_path / "absent.pt")
    damaged = tmp_path / "v5.pt"
    damaged.write_bytes(b"<html>404</html>")
    with pytest.raises(NoSynthesizerError, match=r"v5\.pt is damaged or not a Silero model"):
        SileroSynthesizer(damaged)


def test_the_version_changes_with_the_file(tiny_silero: Path, tmp_path: Path) -> None:
    copy = tmp_path / tiny_silero.name
    copy.write_bytes(tiny_silero.read_bytes())
    assert SileroSynthesizer(copy).version == SileroSynthesizer(tiny_silero).version


def test_a_pause_stands_before_the_first_sound(silero: SileroSynthesizer) -> None:
    """Silero may swallow the first sound of a sentence that begins at once."""
    first = np.concatenate(list(silero.synthesize("да")))[: int(0.05 * 8000)]
    assert np.abs(first.astype(np.int32)).max() < 100


def test_signs_that_the_model_does_not_know_become_ones_that_it_does(
    silero: SileroSynthesizer,
) -> None:
    assert silero._prepare("— Да — нет") == ", да – нет."


def test_a_refused_sentence_is_tried_again_plainer(silero: SileroSynthesizer) -> None:
    assert sum(map(len, silero.synthesize("аварияяя?"))) > 1000


def test_what_it_cannot_speak_at_all_is_an_error(
    silero: SileroSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError("too long")

    monkeypatch.setattr(silero._model, "apply_tts", refuse)
    with pytest.raises(SynthesisError, match="cannot speak"):
        list(silero.synthesize("да"))


def test_the_first_chunk_comes_before_the_second_sentence_is_made(
    silero: SileroSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = silero._model.apply_tts

    def spy(**arguments: object) -> object:
        asked.append(str(arguments["text"]))
        return real(**arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(silero._model, "apply_tts", spy)
    next(silero.synthesize("Первое предложение. Второе предложение."))
    assert asked == [", первое предложение."]
