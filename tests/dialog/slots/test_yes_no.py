"""Yes and no, as callers say them."""

from __future__ import annotations

import pytest

from dialog.slots.yes_no import YesNoReader, hesitates
from tests.dialog.slots.tables import TODAY, cases, value

READER = YesNoReader()


@cases("""
да -> yes
Да. -> yes
да да -> yes
ага -> yes
угу -> yes
верно -> yes
всё верно -> yes
так точно -> yes
конечно -> yes
ну конечно -> yes
правильно -> yes
да конечно милая -> yes
согласна -> yes
подтверждаю -> yes
именно так -> yes
всё так -> yes
так и есть -> yes
подходит -> yes
давайте -> yes
хорошо -> yes
ладно записывайте -> yes
окей -> yes
почему бы и нет -> yes
не против -> yes
не возражаю -> yes
дааа -> yes
дыа -> yes
ну да -> yes
да наверное -> yes
вроде да -> yes
само собой -> yes
а как же -> yes
нет-нет, всё верно -> yes
нет, да, правильно -> yes
да к терапевту -> yes
йес -> yes
мне удобно -> yes
да это я -> yes
безусловно -> yes
вы правильно поняли -> yes
""")
def test_yes(said: str, expected: str) -> None:
    assert value(READER, said) == expected


@cases("""
нет -> no
Нет! -> no
неа -> no
не-а -> no
не надо -> no
не то -> no
не так -> no
неправильно -> no
неверно -> no
не верно -> no
нет не к терапевту -> no
не к терапевту -> no
да нет -> no
да нет же -> no
да не надо -> no
нетушки -> no
никак нет -> no
ни в коем случае -> no
нет спасибо -> no
нет давайте на среду -> no
нет хорошо -> no
нет лучше в пятницу -> no
я передумала -> no
не хочу -> no
не подходит -> no
не согласна -> no
отбой -> no
нет другой адрес -> no
неее -> no
ниет -> no
нед -> no
да только не завтра -> no
да но не в среду -> no
вовсе нет -> no
стоп нет -> no
вы ошиблись -> no
совсем не то -> no
нет вы меня не так поняли -> no
пожалуй нет -> no
мне неудобно -> no
""")
def test_no(said: str, expected: str) -> None:
    assert value(READER, said) == expected


@cases("""
да нет наверное -> -
нет да наверное -> -
и да и нет -> -
ни да ни нет -> -
не знаю -> -
не уверена -> -
может быть -> -
наверное -> -
не расслышала -> -
не понял вас -> -
ну -> -
к терапевту -> -
завтра в девять -> -
алло -> -
когда вы работаете -> -
пять -> -
дача -> -
дата -> -
нетто -> -
верёвка -> -
... -> -
""")
def test_neither(said: str, expected: str) -> None:
    assert value(READER, said) == expected


@pytest.mark.parametrize(
    "said",
    ["да а скажите когда вы работаете", "да я хотела спросить сколько стоит справка и где она"],
)
def test_an_answer_that_goes_on_to_a_question_is_not_sure(said: str) -> None:
    reading = READER.read(said, TODAY)
    assert reading is not None
    assert reading.confidence < 0.5


def test_hesitation_is_told_from_words_of_another_kind() -> None:
    assert hesitates("да нет наверное")
    assert hesitates("не знаю даже")
    assert not hesitates("так тому и быть")
