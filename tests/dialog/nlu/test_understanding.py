"""Safety rules and the interpreter together: who raises an alarm, and who only asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialog.acts import AnswerKind
from dialog.morphology import morphology
from dialog.nlu.interpreter import Context, Parse, Ranked
from dialog.nlu.safety import SafetyRules
from dialog.nlu.understanding import ALARM_CONFIDENCE, Understanding

RULES = SafetyRules.load(Path(__file__).parents[3] / "nlu_data" / "safety", morphology())


class Sure:
    """An interpreter that always takes the same words for the same topic."""

    name = "sure"

    def __init__(self, intent: str | None, **chances: float) -> None:
        self._intent = intent
        ranking = (Ranked(name, chance) for name, chance in chances.items())
        self._ranking = tuple(sorted(ranking, key=lambda ranked: -ranked.confidence))

    def parse(self, text: str, context: Context = Context()) -> Parse:  # noqa: B008
        return Parse(text, self._intent, self._ranking[0].confidence, self._ranking)


def test_a_rule_stands_whatever_the_interpreter_says() -> None:
    understanding = Understanding(Sure("thanks", thanks=0.98, ambulance_103=0.0), RULES)
    parse = understanding.parse("отец не дышит")
    assert (parse.intent, parse.safety) == ("ambulance_103", "breathing")
    assert parse.confidence == ALARM_CONFIDENCE
    assert parse.clarify == ()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("нет соседский дом не горит", "emergency_112"),
        ("в прошлом году был инфаркт", "ambulance_103"),
        ("не надо мне оператора", "operator"),
    ],
)
def test_what_is_denied_or_long_past_is_asked_about_before_anybody_is_alarmed(
    text: str, intent: str
) -> None:
    chances = {intent: 0.9, "social_benefits": 0.09, "thanks": 0.01}
    parse = Understanding(Sure(intent, **chances), RULES).parse(text)
    assert parse.safety is None
    assert parse.clarify == (intent, "social_benefits")


def test_an_alarm_in_words_that_no_rule_knows_stands() -> None:
    interpreter = Sure("ambulance_103", ambulance_103=0.9, thanks=0.1)
    parse = Understanding(interpreter, RULES).parse("деда нашего кондратий навестил")
    assert parse.intent == "ambulance_103"
    assert parse.clarify == ()


def test_an_alarm_that_only_the_interpreter_suspects_is_asked_about() -> None:
    interpreter = Sure("ambulance_103", ambulance_103=0.8, make_appointment=0.2)
    understanding = Understanding(interpreter, RULES)
    text = "зуб разнылся мочи нет"
    assert understanding.parse(text).clarify == ("ambulance_103", "make_appointment")
    assert understanding.parse(text, Context(expects=AnswerKind.CHOICE)).clarify == ()


def test_a_rejected_phrase_that_may_be_an_alarm_is_asked_about() -> None:
    interpreter = Sure(None, out_of_scope=0.8, emergency_112=0.15, thanks=0.05)
    parse = Understanding(interpreter, RULES).parse("что то тикает у школы на лавочке")
    assert parse.clarify == ("emergency_112",)


def test_a_rejected_phrase_that_hardly_is_one_stays_rejected() -> None:
    interpreter = Sure(None, out_of_scope=0.94, emergency_112=0.05, thanks=0.01)
    parse = Understanding(interpreter, RULES).parse("какая завтра погода")
    assert parse.intent is None
    assert parse.clarify == ()


def test_a_lone_word_amid_something_else_is_asked_about() -> None:
    interpreter = Sure("complaint_quality", complaint_quality=0.97, emergency_112=0.03)
    parse = Understanding(interpreter, RULES).parse("прямо драка у вас за эти номерки")
    assert parse.safety is None
    assert parse.clarify == ("emergency_112", "complaint_quality")


def test_an_expression_of_a_rule_stands_amid_anything() -> None:
    interpreter = Sure("complaint_quality", complaint_quality=0.99, emergency_112=0.0)
    parse = Understanding(interpreter, RULES).parse("у магазина драка с ножами")
    assert (parse.intent, parse.clarify) == ("emergency_112", ())


def test_a_lone_word_in_a_long_story_or_in_an_answer_stands() -> None:
    understanding = Understanding(Sure("thanks", thanks=0.99, emergency_112=0.0), RULES)
    story = "я вам звонила вчера и позавчера и сегодня спасибо вам но у нас пожар вот говорю"
    assert understanding.parse(story).clarify == ()
    answer = understanding.parse("драка", Context(expects=AnswerKind.YES_NO))
    assert answer.clarify == ()
