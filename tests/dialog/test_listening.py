"""What the caller says is understood on the way, wherever it leads."""

from __future__ import annotations

import pytest

from dialog.acts import AnswerKind, Ask, Say
from tests.dialog.callers import VISIT, Caller, appointment, visit
from tests.dialog.scripts import APPOINTMENT

# What is understood on the way


def test_what_was_understood_is_repeated_in_the_next_question() -> None:
    assert appointment("к лору").asked == "К лору. В каком городе или округе?"


def test_several_values_in_one_sentence_are_all_taken() -> None:
    caller = appointment("к хирургу в кунгуре на завтра")
    assert caller.state.slots == {
        "specialty": "surgeon", "municipality": "kungur", "visit_day": "2026-11-25",
    }  # fmt: skip
    assert "Всё верно?" in caller.asked


def test_a_correction_in_the_middle_changes_only_what_was_wrong() -> None:
    caller = appointment("к терапевту", "в кунгуре", "нет, не к терапевту, к хирургу")
    assert caller.state.slots == {"specialty": "surgeon", "municipality": "kungur"}
    assert caller.asked == "К хирургу. На какой день вам удобно?"


def test_a_correction_together_with_an_answer_takes_both() -> None:
    caller = appointment("к терапевту", "нет, лучше к хирургу, в кунгуре")
    assert caller.state.slots == {"specialty": "surgeon", "municipality": "kungur"}


def test_a_value_that_was_heard_badly_is_asked_back_at_once() -> None:
    caller = appointment()
    caller.says("к лору", asr_confidence=0.2)
    assert caller.asked == "К лору, верно?"
    assert isinstance(caller.acts[-1], Ask)
    assert caller.acts[-1].expects is AnswerKind.YES_NO
    assert "specialty" not in caller.state.slots
    caller.says("да", "affirm")
    assert caller.state.slots == {"specialty": "ent"}


@pytest.mark.parametrize(
    ("said", "slots"), [("нет", {}), ("нет, к хирургу", {"specialty": "surgeon"})]
)
def test_a_doubted_value_that_is_wrong_is_asked_again_or_replaced(
    said: str, slots: dict[str, str]
) -> None:
    caller = appointment()
    caller.says("к лору", asr_confidence=0.2)
    caller.says(said, "deny")
    assert caller.state.slots == slots


def test_a_telephone_that_was_told_early_is_not_asked_for() -> None:
    caller = visit("мне", "кашель")
    caller.says("телефон восемь девятьсот двенадцать триста сорок пять шестьдесят семь сорок")
    assert caller.state.step == "policy"
    caller.says("пропустить")
    assert caller.state.slots["phone"] == "+79123456740"
    assert "Всё верно?" in caller.asked


def test_words_of_a_complaint_are_kept_as_they_were_said() -> None:
    caller = visit("ребёнку", "температура тридцать девять и сыпь")
    assert caller.state.slots["trouble"] == "температура тридцать девять и сыпь"


# Wandering off, and back


def test_a_question_in_between_is_answered_and_the_flow_goes_on() -> None:
    caller = appointment("к лору")
    answer, again = caller.says("а во сколько вы закрываетесь", "working_hours")
    assert isinstance(answer, Say)
    assert isinstance(again, Ask)
    assert again.text.endswith("В каком городе или округе?")
    assert again.expects is AnswerKind.CHOICE
    assert caller.state.step_failures == 0


def test_an_unsure_guess_does_not_lead_away_from_the_question() -> None:
    caller = appointment()
    caller.says("ну это самое", "working_hours", confidence=0.4)
    assert caller.state.flow == "make_appointment"
    assert len(caller.acts) == 1


def test_another_flow_in_between_comes_back_to_the_first() -> None:
    caller = Caller(APPOINTMENT, VISIT)
    caller.says("к лору в кунгуре", "make_appointment")
    caller.says("врача на дом вызвать", "call_doctor_home", confidence=0.97)
    assert [frame.flow for frame in caller.state.frames] == ["make_appointment", "call_doctor_home"]
    for text in ("мне", "кашель", "нет полиса", "89123456789", "да"):
        caller.says(text)
    caller.is_filed()
    assert caller.asked.endswith("На какой день вам удобно?")
    assert caller.state.slots["specialty"] == "ent"


def test_less_sure_another_flow_is_asked_about_first() -> None:
    caller = Caller(APPOINTMENT, VISIT)
    caller.says("к лору в кунгуре", "make_appointment")
    caller.says("ну на дом чтобы", "call_doctor_home", confidence=0.7)
    assert caller.asked == "Вы хотите вызвать врача на дом?"
    caller.says("нет", "deny")
    assert caller.asked.endswith("На какой день вам удобно?")


def test_words_of_a_text_answer_are_not_taken_for_wishes() -> None:
    caller = visit("мне")
    caller.says("врач не стал повторять и назад отправил", "repeat")
    assert caller.state.step == "policy"


@pytest.mark.parametrize(
    ("said", "told"), [("да", True), ("да давайте", True), ("а детям можно", False)]
)
def test_a_further_question_after_an_answer_is_no_consent_to_hear_more(
    said: str, told: bool
) -> None:
    caller = Caller()
    caller.says("где поставить прививку от гриппа", "vaccination_info")
    assert "Рассказать о прививке от ковида?" in caller.heard
    caller.says(said, "affirm", confidence=0.4)
    assert ("добровольное" in caller.heard) is told
