"""Which words over a prompt stop it, and which mean "go on"."""

from __future__ import annotations

import pytest

from asr.endpoint import Expectation
from telephony.interruption import interrupts


@pytest.mark.parametrize("text", ["", "угу", "ага угу", "алло", "так так", "да да", "понятно"])
def test_a_listener_does_not_interrupt(text: str) -> None:
    assert not interrupts(text, None)
    assert not interrupts(text, Expectation.OPEN)


@pytest.mark.parametrize(
    "text", ["нет", "оператор", "да а когда", "угу соедините", "повторите", "спасибо до свидания"]
)
def test_who_wants_something_does(text: str) -> None:
    assert interrupts(text, None)


@pytest.mark.parametrize("text", ["да", "хорошо", "нет", "ну да"])
def test_an_answer_to_the_question_that_is_being_asked_does(text: str) -> None:
    assert interrupts(text, Expectation.YES_NO)


@pytest.mark.parametrize("text", ["угу", "ага", "", "алло"])
def test_even_a_question_is_not_stopped_by_mere_sounds(text: str) -> None:
    assert not interrupts(text, Expectation.YES_NO)


def test_more_words_may_be_asked_for() -> None:
    assert not interrupts("оператор", None, least_words=2)
    assert interrupts("нет оператор", None, least_words=2)
