"""RHVoice: which voices may speak, and what is said where it is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tts import rhvoice_library
from tts.errors import NoSynthesizerError
from tts.rhvoice import FREE_VOICES, RhvoiceSynthesizer, check_voice, installed_voices
from tts.synthesizer import Pcm


@pytest.mark.parametrize("voice", FREE_VOICES)
def test_the_free_voices_are_installed_and_speak(voice: str) -> None:
    assert sum(map(len, RhvoiceSynthesizer(voice.capitalize()).synthesize("да"))) > 1000


def test_a_restricted_voice_speaks_only_when_that_is_allowed() -> None:
    with pytest.raises(NoSynthesizerError, match="allow_restricted_voices"):
        check_voice("tatiana")
    assert check_voice("tatiana", allow_restricted=True) == "tatiana"


def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(NoSynthesizerError, match="is not in"):
        check_voice("nobody", allow_restricted=True)


def test_no_data_means_no_voices(tmp_path: Path) -> None:
    assert installed_voices(tmp_path) == ()
    with pytest.raises(NoSynthesizerError, match="install the package rhvoice-russian"):
        RhvoiceSynthesizer("elena", tmp_path)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rhvoice_library, "find_library", lambda name: None)
    with pytest.raises(NoSynthesizerError, match="install the packages librhvoice5"):
        RhvoiceSynthesizer()


def spoken(word: str) -> Pcm:
    return np.concatenate(list(RhvoiceSynthesizer().synthesize(word)))


@pytest.mark.parametrize(
    ("right", "wrong"), [("Ох+анск", "+Оханск"), ("з+амок", "зам+ок"), ("эмэфц+э", "+эмэфцэ")]
)
def test_a_stress_mark_is_heard(right: str, wrong: str) -> None:
    assert len(spoken(right)) != len(spoken(wrong))


@pytest.mark.parametrize("word", ["зам+ок", "Сукс+ун", "уточн+ить"])
def test_a_stress_mark_does_not_break_the_word_in_two(word: str) -> None:
    """RHVoice would read a plus inside a word as two words."""
    assert len(spoken(word)) < 1.15 * len(spoken(word.replace("+", "")))
