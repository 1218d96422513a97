"""What every interpreter promises, whichever engine is inside. Inherit it beside two fixtures."""

from __future__ import annotations

import math
from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialog.acts import AnswerKind
from dialog.nlu.interpreter import Context, Interpreter, Parse


def well_formed(parse: Parse, text: str, intents: Collection[str]) -> None:
    assert parse.text == text
    assert parse.intent is None or parse.intent in intents
    assert {ranked.intent for ranked in parse.ranking} == set(intents)
    confidences = [ranked.confidence for ranked in parse.ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert math.isclose(sum(confidences), 1, abs_tol=1e-4)
    assert all(math.isfinite(confidence) for confidence in confidences)
    assert 0 <= parse.confidence <= 1
    assert "out_of_scope" not in parse.clarify
    assert set(parse.clarify) <= set(intents)
    for entity in parse.entities:
        assert text[entity.start : entity.end] == entity.text != ""


class InterpreterContract:
    """For fixtures ``interpreter``, trained on the topics of `conftest.PHRASES` or more, and
    ``intents``: names of all that it knows."""

    @pytest.mark.parametrize(
        ("said", "intent"),
        [
            ("к урологу бы мне на приём", "make_appointment"),
            ("готовы ли анализы крови", "lab_results"),
            ("Да!", "affirm"),
            ("нет, не надо", "deny"),
        ],
    )
    def test_plain_words_are_understood(
        self, interpreter: Interpreter, said: str, intent: str
    ) -> None:
        parse = interpreter.parse(said)
        assert parse.ranking[0].intent == parse.intent == intent
        assert parse.confidence == parse.ranking[0].confidence

    @pytest.mark.parametrize("said", ["закажите мне такси до дома", "какая завтра погода"])
    def test_what_the_service_does_not_do_is_rejected(
        self, interpreter: Interpreter, said: str
    ) -> None:
        parse = interpreter.parse(said)
        assert (parse.intent, parse.clarify) == (None, ())
        assert parse.ranking[0].intent == "out_of_scope"

    @settings(
        max_examples=60,
        deadline=None,
        # Every interpreter's tests inherit this one function.
        suppress_health_check=[
            HealthCheck.differing_executors,
            HealthCheck.function_scoped_fixture,
        ],
    )
    @given(text=st.text(st.characters(exclude_categories=[]), max_size=200))
    def test_no_text_makes_it_fail(
        self, interpreter: Interpreter, intents: Collection[str], text: str
    ) -> None:
        well_formed(interpreter.parse(text), text, intents)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   \n\t",
            "...?!",
            "\ud800\udfff",
            "\x00\x01\x1b[31m",
            "😀😀😀",
            "я" * 100_000,
            "запишите " * 12_000,
            "حجز موعد",
            "ё́ё́ё́",
            "٣٤٥",
            "\U00017000 да",  # a letter that Unicode has not named one by one
        ],
    )
    def test_broken_and_endless_texts_are_taken(
        self, interpreter: Interpreter, intents: Collection[str], text: str
    ) -> None:
        well_formed(interpreter.parse(text), text, intents)

    @pytest.mark.parametrize("text", ["", "  ", "\x00", "?", "😀"])
    def test_a_text_without_words_is_rejected_with_no_confidence(
        self, interpreter: Interpreter, text: str
    ) -> None:
        parse = interpreter.parse(text)
        assert (parse.intent, parse.confidence, parse.clarify) == (None, 0.0, ())

    def test_case_punctuation_and_yo_make_no_difference(self, interpreter: Interpreter) -> None:
        first = interpreter.parse("Запишите ребёнка — к педиатру!!!")
        second = interpreter.parse("запишите ребенка к педиатру")
        assert first.intent == second.intent
        assert chances(first) == pytest.approx(chances(second), abs=1e-5)

    def test_the_same_words_mean_the_same_again(self, interpreter: Interpreter) -> None:
        said = "а когда анализы то будут готовы"
        first = chances(interpreter.parse(said))
        interpreter.parse("нужен хирург")
        assert chances(interpreter.parse(said)) == pytest.approx(first, abs=1e-5)

    def test_an_unsure_recognizer_makes_an_unsure_parse(self, interpreter: Interpreter) -> None:
        sure = interpreter.parse("запишите к терапевту")
        unsure = interpreter.parse("запишите к терапевту", Context(asr_confidence=0.2))
        assert unsure.confidence < sure.confidence

    def test_another_reading_has_its_say(self, interpreter: Interpreter) -> None:
        said, meant = "готовы жемчуг анализа", ("готовы ли мои анализы", 0.45)
        alone = interpreter.parse(said, Context(asr_confidence=0.5))
        helped = interpreter.parse(said, Context(asr_confidence=0.5, alternatives=(meant,)))
        assert chances(helped)["lab_results"] > chances(alone)["lab_results"]

    def test_readings_may_be_empty_or_of_no_confidence(
        self, interpreter: Interpreter, intents: Collection[str]
    ) -> None:
        others = (("", 0.0), ("да", 0.0), ("\ud800", 1.0))
        context = Context(asr_confidence=0.0, alternatives=others)
        well_formed(interpreter.parse("да", context), "да", intents)
        well_formed(interpreter.parse("", context), "", intents)

    def test_a_yes_is_likelier_after_a_question_for_one(
        self, interpreter: Interpreter, intents: Collection[str]
    ) -> None:
        said = "да ладно"
        after = interpreter.parse(said, Context(expects=AnswerKind.YES_NO))
        before = interpreter.parse(said)
        assert yes_or_no(after) > yes_or_no(before)
        well_formed(after, said, intents)


def chances(parse: Parse) -> dict[str, float]:
    return {ranked.intent: ranked.confidence for ranked in parse.ranking}


def yes_or_no(parse: Parse) -> float:
    return chances(parse)["affirm"] + chances(parse)["deny"]
