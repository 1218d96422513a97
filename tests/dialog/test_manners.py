"""The manners of a good telephone assistant, one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialog.acts import AnswerKind, Ask, File, Hangup, Redirect, Say, Transfer
from dialog.events import Filed, QueueUnanswered, Reconnected, RedirectFailed
from tests.dialog.callers import Caller
from tests.dialog.scripts import APPOINTMENT, real_script

VISIT = """
slots:
  who: {reads: options, options: {me: [мне, себе], child: [ребёнку, для ребёнка, сыну]}}
  street: {reads: address, title: адрес, called: [адрес, улица]}
  trouble: {reads: text, title: жалобу, called: [жалоба]}
  policy: {reads: policy, title: полис, called: [полис]}
  phone: {reads: phone, title: телефон, called: [телефон, номер], persisted: true}
flows:
  call_doctor_home:
    name: врач на дом
    queue: home_visits
    steps:
      - collect: who
        ask: utter_ask_test
        keys: {"1": me, "2": child}
      - collect: trouble
        ask: utter_ask_test
      - collect: policy
        ask: utter_ask_test
        optional: yes
      - collect: phone
        ask: utter_ask_phone
      - confirm: utter_confirm_test
        slots: [trouble, policy, phone]
      - file: home_visit
        phone: phone
        next: END
"""


def appointment(*said: str, **more: object) -> Caller:
    caller = Caller(APPOINTMENT, **more)  # type: ignore[arg-type]
    caller.says("запишите меня к врачу", "make_appointment")
    for text in said:
        caller.says(text)
    return caller


def visit(*said: str) -> Caller:
    caller = Caller(VISIT)
    caller.says("врача на дом", "call_doctor_home")
    for text in said:
        caller.says(text)
    return caller


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


# Words about the conversation


def test_back_asks_the_question_before_again() -> None:
    caller = appointment("к лору", "в кунгуре")
    caller.says("назад")
    assert caller.state.step == "municipality"
    assert caller.state.slots == {"specialty": "ent"}
    caller.presses("8")
    assert caller.state.step == "specialty"


def test_back_from_the_first_question_is_the_menu() -> None:
    caller = appointment()
    caller.says("назад")
    assert caller.state.flow is None
    assert "один — " in caller.asked


def test_repeat_says_everything_again_without_a_failure() -> None:
    caller = Caller()
    answer = caller.says("часы работы", "working_hours")[0]
    caller.says("что вы сказали", "repeat")
    assert isinstance(answer, Say)
    assert answer.text in caller.heard
    assert caller.state.call_failures == 0


def test_slower_holds_for_the_rest_of_the_call() -> None:
    caller = appointment("к лору")
    caller.says("помедленнее, пожалуйста", "slower")
    assert all(act.rate < 1 for act in caller.acts if isinstance(act, Say | Ask))
    caller.says("в кунгуре")
    assert isinstance(caller.acts[-1], Ask)
    assert caller.acts[-1].rate < 1


@pytest.mark.parametrize("words", ["отмена", "стоп, я передумал", "нет, не надо записывать"])
def test_cancel_drops_the_flow_and_offers_help(words: str) -> None:
    caller = appointment("к лору", "в кунгуре")
    caller.says(words, "deny")
    assert caller.state.flow is None
    assert caller.state.slots == {}
    assert isinstance(caller.acts[-1], Ask)


@pytest.mark.parametrize("words", ["пропустить", "не знаю", "нет полиса", "нет"])
def test_an_optional_question_may_be_skipped(words: str) -> None:
    caller = visit("мне", "кашель", words)
    assert caller.state.step == "phone"
    assert caller.state.skipped == ("policy",)


def test_an_optional_question_is_skipped_by_a_key() -> None:
    caller = visit("мне", "кашель")
    caller.presses("#")
    assert caller.state.step == "phone"


def test_a_needed_question_that_nobody_knows_gets_an_example() -> None:
    caller = appointment("не знаю")
    assert "например" in caller.heard.lower()
    assert caller.state.step == "specialty"


def test_alo_is_answered_and_is_no_failure_of_the_call() -> None:
    caller = appointment()
    caller.says("алло, алло")
    assert "К какому врачу" in caller.asked
    assert caller.state.call_failures == 0


def test_who_looks_for_something_is_waited_for() -> None:
    caller = visit("мне", "кашель")
    caller.says("сейчас, минутку")
    assert caller.asked == "Хорошо, жду."
    assert caller.state.step == "policy"


def test_the_menu_can_be_asked_for() -> None:
    caller = Caller()
    caller.says("какие есть кнопки")
    assert "один — " in caller.asked


def test_a_key_goes_a_level_up_in_the_menu() -> None:
    caller = Caller()
    path = next(
        (n, k)
        for n, option in enumerate(real_script().menu, 1)
        for k, below in enumerate(option.menu, 1)
        if below.menu
    )
    caller.presses(str(path[0]))
    level = caller.asked
    caller.presses(str(path[1]))
    assert caller.asked != level
    caller.presses("8")
    assert caller.asked == level


def test_yes_to_a_question_between_two_topics_is_asked_again() -> None:
    caller = Caller()
    caller.says("анализы", "lab_results", confidence=0.4, clarify=("lab_results", "ct_scan"))
    caller.says("да", "affirm")
    assert caller.state.topic is None
    assert "один — " in caller.asked


def test_the_word_that_began_a_flow_does_not_cancel_it() -> None:
    caller = Caller()
    caller.says("отмените запись", "cancel_appointment")
    caller.says("отменить", "cancel_appointment")
    assert caller.state.flow == "cancel_appointment"


def test_a_sure_question_is_no_answer_that_sounds_a_little_like_it() -> None:
    caller = visit()
    caller.says("какие брать документы", "dispensary_checkup", confidence=0.99)
    assert isinstance(caller.acts[0], Say)
    assert caller.state.slots == {}


def test_yes_at_the_beginning_is_listened_to() -> None:
    caller = Caller()
    caller.says("вы меня слышите")
    caller.says("да", "affirm")
    assert "один" not in caller.asked
    assert caller.state.call_failures == 0


# The summary


def test_no_with_the_name_of_a_slot_asks_only_for_that() -> None:
    caller = appointment("к лору в кунгуре завтра")
    caller.says("нет, город неправильный", "deny")
    assert caller.state.step == "municipality"
    assert caller.state.slots == {"specialty": "ent", "visit_day": "2026-11-25"}
    caller.says("в перми")
    assert "Всё верно?" in caller.asked


def test_a_key_says_what_is_wrong() -> None:
    caller = appointment("к лору в кунгуре завтра")
    caller.presses("2")
    assert caller.asked == "Что исправить: врача, город или день?"
    caller.presses("3")
    assert caller.state.step == "visit_day"


def test_nothing_is_wrong_after_all() -> None:
    caller = appointment("к лору в кунгуре завтра")
    caller.says("нет", "deny")
    caller.says("всё верно", "affirm")
    assert "Всё верно?" in caller.asked


def test_nothing_is_filed_before_it_was_read_back() -> None:
    caller = visit("мне", "кашель", "нет полиса")
    caller.presses("89123456789#")
    assert not any(isinstance(act, File) for act in caller.acts)
    caller.presses("1")
    assert isinstance(caller.acts[-1], File)


# Requests


def filed_visit() -> Caller:
    caller = visit("мне", "кашель", "нет полиса")
    caller.presses("89123456789#")
    caller.says("да", "affirm")
    return caller


def test_a_filed_request_is_told_with_its_number() -> None:
    caller = filed_visit()
    told = caller.is_filed()[0]
    assert isinstance(told, Say)
    assert told.protected
    assert "четыре ноль восемь один семь" in told.text


def test_a_request_without_an_answer_is_told_truthfully() -> None:
    caller = filed_visit()
    caller.is_filed("pending")
    assert "принята" not in caller.heard
    assert "подтверждения пока нет" in caller.heard


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_a_request_that_is_not_taken_goes_to_a_person(status: str) -> None:
    caller = filed_visit()
    caller.is_filed(status)
    assert isinstance(caller.acts[-1], Transfer)
    assert caller.acts[-1].queue == "home_visits"
    assert caller.acts[-1].brief["requests"][0]["status"] == status


def test_a_call_that_breaks_off_sends_the_same_request_again() -> None:
    caller = filed_visit()
    first = caller.acts[-1]
    caller.does(Reconnected(**caller.moment))
    assert caller.acts[-1] == first


def test_an_answer_for_another_request_changes_nothing() -> None:
    caller = filed_visit()
    waiting = caller.state
    caller.does(Filed(**caller.moment, key="another:1", status="filed", number="1"))
    assert caller.acts == ()
    assert replace(caller.state, turn=0) == replace(waiting, turn=0)


# When it does not work


def test_at_a_question_the_ladder_is_a_quick_try_then_an_example_with_keys_then_a_person() -> None:
    caller = appointment()
    question = caller.asked
    quick = caller.says("ля ля ля")
    assert len(quick) == 1
    assert caller.asked.endswith(question)
    help_, keys = caller.says("ля ля ля")
    assert isinstance(help_, Say)
    assert "например" in help_.text.lower()
    assert isinstance(keys, Ask)
    assert "один — " in keys.text
    assert isinstance(caller.says("ля ля ля")[-1], Transfer)


def test_three_failures_a_call_are_enough() -> None:
    caller = appointment("ля", "к лору", "ля", "в кунгуре", "ля")
    assert caller.state.ended is None
    caller.says("ля")
    assert isinstance(caller.acts[-1], Transfer)


def test_the_line_is_blamed_not_the_caller() -> None:
    caller = appointment()
    caller.says("шшш", snr_db=3.0)
    assert "На линии шум" in caller.heard
    assert "вас плохо слышно" not in caller.heard.lower()


def test_who_falls_silent_after_an_answer_is_not_passed_to_anybody() -> None:
    caller = Caller()
    caller.says("часы работы", "working_hours")
    caller.is_silent()
    assert isinstance(caller.acts[-1], Ask)
    assert caller.is_silent()[-1] == Hangup("resolved")


def test_an_error_message_cannot_be_cut_by_a_late_word() -> None:
    caller = appointment()
    caller.says("ля ля")
    assert isinstance(caller.acts[-1], Ask)
    assert caller.acts[-1].protected_s > 0


# A person


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_person_at_the_first_request_from_anywhere(at: int) -> None:
    caller = appointment(*("к лору", "в кунгуре", "завтра")[:at])
    caller.says("дайте человека", "operator", safety="operator")
    (say, transfer) = caller.acts
    assert isinstance(say, Say)
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"
    assert transfer.brief["topic"] == "make_appointment"
    assert transfer.brief["flow"] == "make_appointment"
    assert transfer.brief["question"]


def test_the_brief_tells_everything_that_was_said_and_tried() -> None:
    caller = Caller(APPOINTMENT)
    caller.says("часы работы", "working_hours")
    caller.says("к лору в кунгуре", "make_appointment")
    caller.says("ля ля ля", snr_db=12.0)
    transfer = caller.presses("0")[-1]
    assert isinstance(transfer, Transfer)
    brief = transfer.brief
    assert brief["slots"] == {"specialty": "ent", "municipality": "kungur"}
    assert brief["spoken"] == {"specialty": "к лору", "municipality": "в Кунгуре"}
    assert brief["tried"] == ["working_hours", "make_appointment"]
    assert brief["last_words"] == "ля ля ля"
    assert brief["line"] == "noisy"
    assert brief["failures"] == 1
    assert "На какой день" in brief["question"]


def test_after_hours_nobody_is_promised() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.says("оператора", "operator", safety="operator")
    assert "завтра с восьми часов" in caller.heard
    assert "оставайтесь" not in caller.heard.lower()
    assert isinstance(caller.acts[-1], Ask)


def test_after_hours_who_does_not_want_a_call_back_goes_on_where_he_was() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.says("оператора", "operator", safety="operator")
    caller.says("нет", "deny")
    assert caller.asked.endswith("В каком городе или округе?")
    assert caller.state.slots["specialty"] == "ent"


def test_after_hours_the_known_number_is_offered() -> None:
    caller = Caller(on_duty=False, caller="89123456789")
    caller.says("оператора", "operator", safety="operator")
    caller.says("да", "affirm")
    if not any(isinstance(act, File) for act in caller.acts):
        caller.says("да", "affirm")
    (file,) = [act for act in caller.acts if isinstance(act, File)]
    assert file.phone == "+79123456789"


def test_after_hours_the_call_back_knows_what_it_is_about() -> None:
    caller = appointment("к лору", on_duty=False, caller="89123456789")
    caller.presses("0")
    caller.presses("1")
    if not any(isinstance(act, File) for act in caller.acts):
        caller.presses("1")
    (file,) = [act for act in caller.acts if isinstance(act, File)]
    assert file.fields["specialty"] == "ent"
    assert file.fields["topic"] == "make_appointment"


# Nobody takes the call


def back_from_the_queue(*said: str, queue: str = "appointments", **more: object) -> Caller:
    caller = appointment(*said, **more)
    caller.presses("0")
    assert isinstance(caller.acts[-1], Transfer)
    caller.does(QueueUnanswered(**caller.moment, queue=queue))
    return caller


def test_who_waited_in_vain_is_told_so_and_offered_a_call_back() -> None:
    caller = back_from_the_queue("к лору")
    assert caller.heard == (
        "Операторы пока заняты, к вам никто не подошёл. Простите за ожидание."
        " Записать ваш номер, чтобы вам перезвонили?"
    )


@pytest.mark.parametrize("keys", [True, False])
def test_the_call_back_is_taken_by_voice_or_keys(keys: bool) -> None:
    caller = back_from_the_queue("к лору", caller="89123456789")
    for _ in range(2):
        if keys:
            caller.presses("1")
        else:
            caller.says("да", "affirm")
    (file,) = [act for act in caller.acts if isinstance(act, File)]
    assert (file.kind, file.phone) == ("callback", "+79123456789")
    assert file.fields["specialty"] == "ent"
    caller.is_filed()
    assert caller.says("нет", "deny")[-1] == Hangup("callback")


def test_who_wants_no_call_back_goes_on_where_he_was() -> None:
    caller = back_from_the_queue("к лору")
    caller.presses("2")
    assert caller.asked.endswith("В каком городе или округе?")
    assert caller.state.slots["specialty"] == "ent"


@pytest.mark.parametrize("offered", ["", "1"])
def test_who_asks_for_an_operator_again_is_back_in_the_same_queue(offered: str) -> None:
    caller = back_from_the_queue("к лору", queue="appointments_kungur", caller="89123456789")
    caller.presses(f"{offered}0")
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments_kungur"
    caller.does(QueueUnanswered(**caller.moment, queue=transfer.queue))
    assert caller.asked == "Записать ваш номер, чтобы вам перезвонили?"


def test_a_queue_of_its_own_hours_is_waited_for_again_at_night() -> None:
    caller = Caller(on_duty=False)
    caller.says("не хочу жить", "crisis", safety="suicide")
    caller.does(QueueUnanswered(**caller.moment, queue="crisis"))
    caller.says("оператора", "operator", safety="operator")
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "crisis"


def test_who_waited_until_the_shift_was_over_hears_when_it_begins() -> None:
    caller = appointment("к лору")
    caller.presses("0")
    caller.on_duty = False
    caller.does(QueueUnanswered(**caller.moment, queue="appointments"))
    assert "пока заняты" not in caller.heard
    assert "начнут завтра с восьми часов" in caller.heard
    assert caller.asked == "Записать ваш номер, чтобы вам перезвонили?"


def test_a_call_back_that_cannot_be_kept_leads_back_to_the_queue() -> None:
    caller = back_from_the_queue("к лору", caller="89123456789")
    caller.presses("11")
    caller.is_filed("failed")
    transfer = caller.acts[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"


def test_a_request_on_its_way_is_asked_after_first() -> None:
    caller = filed_visit()
    first = caller.acts[-1]
    caller.presses("0")
    caller.does(QueueUnanswered(**caller.moment, queue="home_visits"))
    assert "пока заняты" in caller.heard
    assert caller.acts[-1] == first


@pytest.mark.parametrize("on_duty", [True, False])
def test_a_flow_whose_end_is_a_person_is_over_when_no_call_back_is_wanted(on_duty: bool) -> None:
    caller = appointment("к лору", "в кунгуре", "завтра")
    caller.on_duty = on_duty
    caller.says("да", "affirm")
    if on_duty:
        caller.does(QueueUnanswered(**caller.moment, queue="appointments"))
    caller.presses("2")
    assert "оставайтесь" not in caller.heard.lower()
    assert caller.asked == caller.engine.script.answers.answers["utter_anything_else"][0].text


def test_an_operator_who_begins_his_shift_during_the_offer_takes_the_call() -> None:
    caller = appointment("к лору", on_duty=False)
    caller.presses("0")
    caller.on_duty = True
    transfer = caller.presses("0")[-1]
    assert isinstance(transfer, Transfer)
    assert transfer.queue == "appointments"


# Danger


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_danger_goes_before_everything(at: int) -> None:
    caller = appointment(*("к лору", "в кунгуре", "завтра")[:at], on_duty=False)
    caller.says("он не дышит", "ambulance_103", safety="breathing")
    assert caller.acts[-1] == Redirect("103")


def test_danger_goes_before_a_request_on_its_way() -> None:
    caller = filed_visit()
    caller.says("он не дышит", "ambulance_103", safety="breathing")
    assert caller.acts[-1] == Redirect("103")


def test_where_the_ambulance_does_not_answer_the_other_number_is_tried() -> None:
    caller = appointment()
    caller.says("он не дышит", "ambulance_103", safety="breathing")
    caller.does(RedirectFailed(**caller.moment, number="103"))
    assert caller.acts[-1] == Redirect("112")
    caller.does(RedirectFailed(**caller.moment, number="112"))
    assert isinstance(caller.acts[-1], Transfer | Ask)


# The beginning


def test_a_recorded_call_says_so() -> None:
    assert "записывается" in Caller(recording=True).heard
    assert "записывается" not in Caller(recording=False).heard


def test_a_caller_without_a_number_is_unknown() -> None:
    assert Caller(caller="anonymous").state.caller is None
    assert Caller(caller="+7 (912) 345-67-89").state.caller == "+79123456789"
