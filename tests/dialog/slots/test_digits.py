"""Digits in groups, one by one, repeated, mixed with words; and their way there and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from dialog.slots.digits import DigitsReader
from tests.dialog.slots.tables import TODAY, cases, value

READER = DigitsReader()


@cases("""
восемь девятьсот двенадцать сорок пять ноль три -> 89124503
8 912 45 03 -> 89124503
8-912-45-03 -> 89124503
восемь 912 сорок пять 03 -> 89124503
один два три четыре -> 1234
ноль ноль семь -> 007
двойка -> 2
двойка тройка семёрка -> 237
три семёрки -> 777
три семерки пять -> 7775
два нуля семь -> 007
два ноля -> 00
четыре пятёрки -> 5555
двойной ноль -> 00
дважды семь -> 77
трижды пять -> 555
сто двадцать два -> 122
сорок пять -> 45
сорок 5 -> 45
девятьсот 12 -> 912
двести один -> 201
двадцать двенадцать -> 2012
пятьдесят шестьдесят -> 5060
нолик пять -> 05
нуль восемь -> 08
единица двойка -> 12
номер сорок пять -> 45
это пять и потом шесть -> 56
ну значит семь э восемь -> 78
плюс семь девятьсот -> 7900
восемдесят шесдесят -> 8060
восемдесят пять -> 85
шисят семь -> 67
писят два -> 52
двенацать -> 12
одинадцать -> 11
тысяча двести -> 1200
двадцать пять тысяч -> 25000
сорок пять нет сорок шесть -> 46
один два три четыре ой пять шесть семь восемь -> 5678
один два три нет четыре -> 124
семь тире восемь -> 78
0342 -> 0342
пять -> 5
5 -> 5
девяносто девять девяносто восемь -> 9998
""")
def test_digits_as_said(said: str, expected: str) -> None:
    assert value(READER, said) == expected


@cases("""
не знаю -> -
да -> -
завтра -> -
у меня его нет -> -
семья -> -
первый -> -
алло -> -
пятница -> -
""")
def test_no_digits(said: str, expected: str) -> None:
    assert value(READER, said) == expected


@given(st.text("0123456789", min_size=1, max_size=20))
def test_digits_said_one_by_one_come_back(digits: str) -> None:
    said = " ".join(num2words(int(digit), lang="ru") for digit in digits)
    assert value(READER, said) == digits


@given(st.text("0123456789", min_size=2, max_size=20).filter(lambda d: len(d) % 2 == 0))
def test_digits_said_in_pairs_come_back(digits: str) -> None:
    pairs = [digits[n : n + 2] for n in range(0, len(digits), 2)]
    said = " ".join(
        f"ноль {num2words(int(pair[1]), lang='ru')}"
        if pair[0] == "0"
        else num2words(int(pair), lang="ru")
        for pair in pairs
    )
    assert value(READER, said) == digits


@given(st.integers(1, 999))
def test_every_number_of_three_digits_comes_back(number: int) -> None:
    assert value(READER, num2words(number, lang="ru")) == str(number)


def test_a_correction_longer_than_a_group_replaces_it_all() -> None:
    reading = READER.read("сорок пять нет сто двадцать два", TODAY)
    assert reading is not None
    assert reading.value == "122"
