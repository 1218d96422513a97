"""What counts as a whole answer, and what plainly goes on."""

from __future__ import annotations

import pytest

from asr.completeness import Completeness, completeness, count_digits
from asr.endpoint import Expectation

E = Expectation
C = Completeness


@pytest.mark.parametrize(
    ("text", "expectation", "verdict"),
    [
        ("да", E.YES_NO, C.COMPLETE),
        ("да да конечно", E.YES_NO, C.COMPLETE),
        ("нет не надо", E.YES_NO, C.COMPLETE),
        ("да всё верно", E.YES_NO, C.COMPLETE),
        ("нет спасибо", E.YES_NO, C.COMPLETE),
        ("да но", E.YES_NO, C.UNFINISHED),
        ("ну", E.YES_NO, C.UNFINISHED),
        ("да я хотела спросить", E.YES_NO, C.UNKNOWN),
        ("нет мне нужен педиатр", E.YES_NO, C.FINISHED),
        ("да", E.OPEN, C.UNKNOWN),
        ("оператора", E.OPEN, C.COMPLETE),
        ("соедините с оператором пожалуйста", E.OPEN, C.COMPLETE),
        ("спасибо до свидания", E.OPEN, C.COMPLETE),
        ("я хочу записаться к", E.OPEN, C.UNFINISHED),
        ("мне нужно", E.OPEN, C.UNFINISHED),
        ("это потому что", E.OPEN, C.UNFINISHED),
        ("запишите меня на приём и э", E.OPEN, C.UNFINISHED),
        ("запишите меня к терапевту", E.OPEN, C.FINISHED),
        ("вызовите врача на дом пожалуйста", E.OPEN, C.FINISHED),
        ("как работает поликлиника", E.OPEN, C.FINISHED),
        ("муж упал и не дышит", E.OPEN, C.FINISHED),
        ("мне плохо", E.OPEN, C.FINISHED),
        ("у меня положительный тест что мне делать", E.OPEN, C.FINISHED),
        ("дали направление куда обращаться", E.OPEN, C.FINISHED),
        ("куда мне сдать", E.OPEN, C.HALF),
        ("что нужно чтобы записаться", E.OPEN, C.HALF),
        ("запишите меня к врачу", E.OPEN, C.UNKNOWN),
        ("прививка от гриппа", E.OPEN, C.UNKNOWN),
        ("подскажите до скольки работает", E.OPEN, C.UNKNOWN),
        ("здравствуйте", E.OPEN, C.UNFINISHED),
        ("алло девушка добрый день", E.OPEN, C.UNFINISHED),
        ("здравствуйте запишите пожалуйста", E.OPEN, C.HALF),
        ("у меня муж", E.OPEN, C.HALF),
        ("хочу записать", E.OPEN, C.HALF),
        ("к кардиологу", E.CHOICE, C.FINISHED),
        ("я живу в кунгуре", E.CHOICE, C.FINISHED),
        ("я живу в городе", E.CHOICE, C.UNKNOWN),
        ("к детскому", E.CHOICE, C.HALF),
        ("мне", E.CHOICE, C.HALF),
        ("иванова мария петровна", E.NAME, C.FINISHED),
        ("иванова мария", E.NAME, C.HALF),
        ("в четверг", E.DATE, C.FINISHED),
        ("пятого декабря", E.DATE, C.FINISHED),
        ("третьего мая", E.DATE, C.FINISHED),
        ("пятого", E.DATE, C.UNKNOWN),
        ("восемь девятьсот двенадцать", E.DIGITS, C.UNFINISHED),
        (
            "восемь девятьсот двенадцать сто двадцать три сорок пять шестьдесят семь",
            E.DIGITS,
            C.FINISHED,
        ),
        ("не знаю", E.DIGITS, C.UNKNOWN),
        ("нет пропустим", E.DIGITS, C.FINISHED),
        ("пропустить", E.NAME, C.FINISHED),
        ("в четверг если можно", E.DATE, C.FINISHED),
        ("к кардиологу будьте добры", E.CHOICE, C.FINISHED),
        ("если можно", E.DATE, C.UNFINISHED),
        ("можно", E.OPEN, C.UNFINISHED),
        ("спасибо вам большое до свидания", E.OPEN, C.COMPLETE),
        ("понятно спасибо до свидания", E.OPEN, C.COMPLETE),
        ("понятно", E.OPEN, C.UNKNOWN),
        ("", E.YES_NO, C.UNKNOWN),
    ],
)
def test_answer_is_judged_by_what_was_asked(text: str, expectation: E, verdict: C) -> None:
    assert completeness(text, expectation) is verdict


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("8 912 000 12 34", 11),
        ("восемь девятьсот двенадцать ноль ноль ноль двенадцать тридцать четыре", 11),
        ("двадцать пять", 2),
        ("двенадцать пять", 3),
        ("девятьсот пять", 3),
        ("девятьсот двадцать пять", 3),
        ("пять пятьдесят", 3),
        ("сто двадцать два рубля", None),
    ],
)
def test_digits_are_counted_as_they_are_dictated(text: str, digits: int | None) -> None:
    assert count_digits(text.split()) == digits
