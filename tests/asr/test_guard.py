"""Invented text is thrown away; real answers, odd ones too, are kept."""

from __future__ import annotations

import pytest

from asr.guard import Doubt, guard
from asr.recognizer import Alternative, Recognition, Word


@pytest.mark.parametrize(
    ("text", "confidence", "no_speech", "speech_s", "doubt"),
    [
        ("запишите меня к врачу", 0.8, 0.02, 1.6, None),
        ("да", 0.5, 0.2, 0.16, None),
        ("да да да", 0.5, 0.1, 0.5, None),
        ("ноль ноль ноль ноль ноль", 0.6, 0.1, 1.5, None),
        ("запишите меня к врачу", 0.4, 0.5, 1.6, Doubt.NO_SPEECH),
        ("соедините с оператором", 0.5, 0.37, 1.3, None),
        ("соедините с оператором", 0.1, 0.37, 1.3, Doubt.NO_SPEECH),
        ("ноль пять семь семь два один", 0.85, 0.5, 3.5, None),
        ("запишите меня к врачу", 0.9, 0.9, 1.6, Doubt.NO_SPEECH),
        ("динамичная музыка", 0.69, 0.65, 2.5, Doubt.PHANTOM),
        ("спокойная музыка", 0.9, 0.5, 2.5, Doubt.PHANTOM),
        ("динамичная музыка динамичная музыка", 0.7, 0.4, 8.0, Doubt.PHANTOM),
        ("я не знаю что это такое и зачем оно мне нужно", 0.6, 0.1, 0.3, Doubt.TOO_MANY_WORDS),
        ("не об врачу не об врачу не об врачу не об врачу", 0.6, 0.1, 4.0, Doubt.REPETITION),
        ("редактор субтитров а семкин корректор а егорова", 0.6, 0.1, 4.0, Doubt.PHANTOM),
        ("продолжение следует", 0.5, 0.1, 2.0, Doubt.PHANTOM),
        ("субтитры сделал dimatorzok", 0.5, 0.1, 2.0, Doubt.PHANTOM),
        ("спасибо за внимание", 0.95, 0.01, 1.5, None),
        ("музыка", 0.3, 0.1, 1.0, Doubt.PHANTOM),
    ],
)
def test_text_is_weighed_against_the_evidence(
    text: str, confidence: float, no_speech: float, speech_s: float, doubt: Doubt | None
) -> None:
    recognition = Recognition(text, confidence, no_speech=no_speech)
    guarded = guard(recognition, speech_s=speech_s)
    assert guarded.doubt is doubt
    assert guarded.recognition.text == ("" if doubt else text)


def test_what_is_thrown_away_leaves_nothing_behind() -> None:
    recognition = Recognition(
        "продолжение следует",
        0.4,
        (Word("продолжение", 0, 1, 0.4), Word("следует", 1, 2, 0.4)),
        (Alternative("продолжение", 0.3),),
        0.3,
    )
    assert guard(recognition, speech_s=2).recognition == Recognition(no_speech=0.3)


def test_engine_without_an_opinion_on_speech_is_not_doubted_for_it() -> None:
    assert guard(Recognition("алло", 0.9), speech_s=0.4).doubt is None


def test_nothing_stays_nothing() -> None:
    assert guard(Recognition(no_speech=0.9), speech_s=0).doubt is None
