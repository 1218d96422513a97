"""A choice between a few options: by number, by name, by a part of the name."""

from __future__ import annotations

from dialog.slots.choice import ChoiceReader, Option
from tests.dialog.slots.tables import cases, value

READER = ChoiceReader(
    [
        Option("make_appointment", ("записаться к врачу",)),
        Option("lab_results", ("узнать результаты анализов", "анализы")),
        Option("call_doctor_home", ("вызвать врача на дом",)),
    ]
)


@cases("""
первое -> make_appointment
первый -> make_appointment
первый вариант -> make_appointment
один -> make_appointment
1 -> make_appointment
давайте первое -> make_appointment
номер один -> make_appointment
записаться к врачу -> make_appointment
записаться -> make_appointment
я хочу записаться -> make_appointment
запесаться -> make_appointment
второе -> lab_results
второй -> lab_results
вторая -> lab_results
2 -> lab_results
цифра два -> lab_results
анализы -> lab_results
узнать результаты анализов -> lab_results
про анализы -> lab_results
результаты -> lab_results
результат узнать -> lab_results
мне второе -> lab_results
ну второй наверное -> lab_results
под номером два -> lab_results
третье -> call_doctor_home
третий вариант -> call_doctor_home
3 -> call_doctor_home
последнее -> call_doctor_home
последний -> call_doctor_home
вызвать врача -> call_doctor_home
вызвать на дом -> call_doctor_home
вызвать врача на дом -> call_doctor_home
первое нет второе -> lab_results
не первое а второе -> lab_results
записаться нет узнать -> lab_results
четвёртое -> -
ноль -> -
пять -> -
ни то ни другое -> -
не знаю -> -
да -> -
мне семьдесят два года -> -
мой сын ходит в первый класс -> -
не первое -> -
нет -> -
""")
def test_choice(said: str, expected: str) -> None:
    assert value(READER, said) == expected
