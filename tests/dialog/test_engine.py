"""The engine leads a conversation: one event in, the next acts out, and nobody is lost."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialog.acts import Act, AnswerKind, Ask, File, Hangup, Redirect, Say, Transfer
from dialog.engine import Engine
from dialog.errors import StateError
from dialog.events import (
    CallStarted,
    EngineFailed,
    Event,
    Filed,
    Heard,
    HungUp,
    Keys,
    QueueUnanswered,
    Silence,
    event_from_json,
    event_to_json,
)
from dialog.nlu.interpreter import Parse, Ranked
from dialog.script import Script
from dialog.state import State
from tests.dialog.scripts import APPOINTMENT, real_script, script_with

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


@pytest.fixture(scope="module")
def script() -> Script:
    return real_script()


@pytest.fixture(scope="module")
def engine(script: Script) -> Engine:
    return Engine(script)


class Call:
    """Plays a caller against the engine."""

    def __init__(self, engine: Engine, on_duty: bool = True) -> None:
        self.engine = engine
        self.on_duty = on_duty
        self.state = State()
        self.acts: tuple[Act, ...] = ()
        self.does(CallStarted(AT, on_duty))

    def does(self, event: Event) -> tuple[Act, ...]:
        self.state, self.acts = self.engine.step(self.state, event)
        return self.acts

    def says(
        self, text: str, intent: str | None, *, safety: str | None = None, snr_db: float = 25.0
    ) -> tuple[Act, ...]:
        ranking = () if intent is None else (Ranked(intent, 0.9),)
        parse = Parse(text, intent, 0.9, ranking, safety=safety)
        return self.does(Heard(AT, self.on_duty, parse, 0.9, snr_db))

    def presses(self, keys: str) -> tuple[Act, ...]:
        return self.does(Keys(AT, self.on_duty, keys))

    def is_silent(self) -> tuple[Act, ...]:
        return self.does(Silence(AT, self.on_duty))

    @property
    def asked(self) -> str:
        ask = self.acts[-1]
        assert isinstance(ask, Ask)
        return ask.text


def test_greeting_says_that_it_is_a_robot(engine: Engine) -> None:
    assert "робот" in Call(engine).asked


def test_appointment_is_collected_read_back_and_filed_with_a_number(engine: Engine) -> None:
    call = Call(engine)
    call.says("хочу записаться к врачу", "make_appointment")
    assert isinstance(call.acts[-1], Ask)
    assert call.acts[-1].expects is AnswerKind.CHOICE
    call.says("к лору", None)
    call.says("в кунгуре", None)
    call.says("завтра утром", None)
    call.says("для меня", None)
    call.says("петрова анна ивановна", None)
    call.says("пятое июня семидесятого года", None)
    call.says(
        "восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять", None
    )
    call.says("пропустить", None)
    assert "в Кунгуре" in call.asked
    assert "двадцать пятого ноября, среда, в первой половине дня" in call.asked
    say, file = call.says("да", "affirm")
    assert isinstance(say, Say)
    assert say.protected
    assert isinstance(file, File)
    assert file.kind == "appointment"
    assert file.phone == "+79123456789"
    assert file.fields == {
        "specialty": "ent",
        "municipality": "kungur",
        "visit_day": "2026-11-25T08:00/12:00",
        "patient": "self",
        "patient_name": "Петрова Анна Ивановна",
        "birth_date": "1970-06-05",
        "topic": "make_appointment",
    }
    told, more = call.does(Filed(AT, True, file.key, "filed", "40817"))
    assert isinstance(told, Say)
    assert "четыре ноль восемь один семь" in told.text
    assert isinstance(more, Ask)


def test_what_was_named_at_once_is_not_asked_again(engine: Engine) -> None:
    call = Call(engine)
    call.says("запишите к хирургу в чусовом", "make_appointment")
    assert call.state.slots == {"specialty": "surgeon", "municipality": "chusovoy"}
    assert call.state.step == "visit_day"


def test_correction_in_one_sentence_takes_the_last_doctor(engine: Engine) -> None:
    call = Call(engine)
    call.says("записаться", "make_appointment")
    call.says("к терапевту нет к хирургу", None)
    assert call.state.slots["specialty"] == "surgeon"


def test_a_town_misheard_in_the_best_reading_is_found_in_another(engine: Engine) -> None:
    call = Call(engine)
    call.says("записаться к лору", "make_appointment")
    parse = Parse("в кумбуре", None, 0.5)
    call.does(Heard(AT, True, parse, 0.5, 25.0, alternatives=("в кунгуре", "в кунбуре")))
    assert call.state.slots["municipality"] == "kungur"


def test_no_to_the_summary_asks_what_is_wrong_and_only_that_again() -> None:
    call = Call(Engine(script_with(APPOINTMENT)))
    call.says("к лору в кунгуре", "make_appointment")
    call.says("завтра", None)
    call.says("нет", "deny")
    assert "Что исправить" in call.asked
    call.says("врача", None)
    assert call.state.step == "specialty"
    assert "specialty" not in call.state.slots
    call.says("к хирургу", None)
    assert "Всё верно?" in call.asked
    assert call.state.slots["municipality"] == "kungur"


def test_question_in_the_middle_is_answered_and_the_flow_goes_on(engine: Engine) -> None:
    call = Call(engine)
    call.says("записаться", "make_appointment")
    question = call.asked
    answer, again = call.says("а во сколько вы закрываетесь", "working_hours")
    assert isinstance(answer, Say)
    assert isinstance(again, Ask)
    assert again.text.endswith(question)


def test_operator_at_once_without_persuasion(engine: Engine) -> None:
    call = Call(engine)
    _, transfer = call.says("соедините с оператором", "operator", safety="operator")
    assert isinstance(transfer, Transfer)


def test_zero_calls_the_operator_in_the_middle_of_a_flow(engine: Engine) -> None:
    call = Call(engine)
    call.says("записаться к лору", "make_appointment")
    _, transfer = call.presses("0")
    assert isinstance(transfer, Transfer)
    assert transfer.brief["slots"] == {"specialty": "ent"}


def test_emergency_pre_empts_a_flow(engine: Engine) -> None:
    call = Call(engine)
    call.says("записаться к лору", "make_appointment")
    say, redirect = call.says("муж задыхается", "ambulance_103", safety="breathing")
    assert isinstance(say, Say)
    assert redirect == Redirect("103")


def test_after_hours_no_operator_is_promised_and_a_call_back_is_filed(engine: Engine) -> None:
    call = Call(engine, on_duty=False)
    say, ask = call.says("оператора", "operator")
    assert isinstance(say, Say)
    assert "соедин" not in say.text.lower()
    assert isinstance(ask, Ask)
    call.says("да", "affirm")
    call.says("по поводу субсидии", None)  # «оператор» alone says nothing of what it is about
    file = call.says(
        "восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять", None
    )[-1]
    assert isinstance(file, File)
    assert (file.kind, file.phone) == ("callback", "+79123456789")
    call.does(Filed(AT, False, file.key, "filed", "40817"))
    assert call.says("нет", "deny")[-1] == Hangup("callback")


def test_a_person_in_despair_gets_a_person_even_at_night(engine: Engine) -> None:
    call = Call(engine, on_duty=False)
    _, transfer = call.says("не хочу жить", "crisis", safety="suicide")
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "crisis"


def test_silence_leads_to_help_then_to_a_person(engine: Engine) -> None:
    call = Call(engine)
    (quick,) = call.is_silent()
    assert isinstance(quick, Ask)
    help_, keys = call.is_silent()
    assert isinstance(help_, Say)
    assert isinstance(keys, Ask)
    assert "один — врач" in keys.text
    assert isinstance(call.is_silent()[-1], Transfer)


def test_on_a_bad_line_keys_are_offered(engine: Engine) -> None:
    call = Call(engine)
    call.says("шум шум", None, snr_db=3.0)
    assert isinstance(call.acts[0], Say)
    assert "кнопк" in call.acts[0].text
    assert "один — " in call.asked


def test_menu_key_begins_its_topic(engine: Engine, script: Script) -> None:
    call = Call(engine)
    call.presses("1")
    assert call.state.flow == script.menu[0].topic


def test_our_fault_brings_an_apology_and_the_question_again(engine: Engine) -> None:
    call = Call(engine)
    call.says("записаться", "make_appointment")
    question = call.asked
    call.does(EngineFailed(AT, True))
    assert call.asked.endswith(question)
    assert call.asked != question


def test_goodbye_is_said_and_protected(engine: Engine) -> None:
    call = Call(engine)
    call.says("во сколько работает поликлиника", "working_hours")
    say, hangup = call.says("нет спасибо", "deny")
    assert isinstance(say, Say)
    assert say.protected
    assert hangup == Hangup("resolved")


def test_hang_up_ends_the_call_once(engine: Engine) -> None:
    call = Call(engine)
    assert call.does(HungUp(AT, True)) == (Hangup("caller_hung_up"),)
    assert call.does(HungUp(AT, True)) == ()


def test_repeat_says_the_answer_again(engine: Engine) -> None:
    call = Call(engine)
    answer = call.says("во сколько работает поликлиника", "working_hours")[0]
    assert isinstance(answer, Say)
    again = call.says("повторите", "repeat")[0]
    assert isinstance(again, Say)
    assert answer.text in again.text


def test_unsure_interpreter_leads_to_a_question_between_two(engine: Engine) -> None:
    call = Call(engine)
    parse = Parse(
        "анализы",
        "lab_results",
        0.4,
        (Ranked("lab_results", 0.4), Ranked("ct_scan", 0.35)),
        clarify=("lab_results", "ct_scan"),
    )
    call.does(Heard(AT, True, parse, 0.9))
    assert "или" in call.asked
    call.presses("2")
    assert call.state.topic == "ct_scan"


_INTENTS = st.sampled_from(
    [
        None,
        "make_appointment",
        "working_hours",
        "affirm",
        "deny",
        "repeat",
        "goodbye",
        "thanks",
        "out_of_scope",
        "operator",
        "ambulance_103",
        "crisis",
        "slower",
        "lab_results",
        "ct_scan",
    ]
)
_EVENTS = st.one_of(
    st.builds(
        lambda text, intent, snr: Heard(
            AT, True, Parse(text, intent, 0.8, (Ranked(intent or "deny", 0.8),)), 0.8, snr
        ),
        st.sampled_from(["", "к лору", "в кунгуре", "да", "нет", "завтра", "шум"]),
        _INTENTS,
        st.sampled_from([None, 2.0, 25.0]),
    ),
    st.builds(lambda keys: Keys(AT, True, keys), st.text("0123456789*#", min_size=1, max_size=3)),
    st.just(Silence(AT, True)),
    st.just(EngineFailed(AT, True)),
    st.builds(QueueUnanswered, st.just(AT), st.booleans(), st.sampled_from(["general", "crisis"])),
)  # fmt: skip


@given(_EVENTS)
def test_journalled_events_come_back_as_they_were(event: Event) -> None:
    assert event_from_json(event_to_json(event)) == event


@pytest.mark.parametrize(
    "document",
    ["", "{", "[]", "null", '{"version": 99}', '{"version": 1}', '{"version": 1, "bogus": 2}'],
)
def test_a_damaged_state_document_is_refused(document: str) -> None:
    with pytest.raises(StateError, match="hand the call over"):
        State.from_json(document)
