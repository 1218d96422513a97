"""Telephones, medical policies and SNILS: length, prefix, check sums."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from dialog.slots.documents import luhn, phone_reader, policy_reader, snils, snils_reader
from tests.dialog.slots.tables import TODAY, cases, value

PHONE, POLICY, SNILS = phone_reader(), policy_reader(), snils_reader()


@cases("""
восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять -> +79123456789
плюс семь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять -> +79123456789
девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять -> +79123456789
+7 (912) 345-67-89 -> +79123456789
8 912 345 67 89 -> +79123456789
89123456789 -> +79123456789
9123456789 -> +79123456789
8-912-345-67-89 -> +79123456789
мой номер восемь девятьсот двенадцать 345 67 89 -> +79123456789
восемь девять один два три четыре пять шесть семь восемь девять -> +79123456789
8 девятьсот 12 345 67 89 -> +79123456789
восемь девятьсот двенадцать 300 45 60 7 80 9 -> +79123456789
запишите телефон 8 (908) 277 00 11 -> +79082770011
восемь девятьсот восемь двести семьдесят семь ноль ноль одиннадцать -> +79082770011
восемь девятьсот восемь двести семьдесят семь два нуля одиннадцать -> +79082770011
восемь девятьсот восемь два семь семь ноль ноль один один -> +79082770011
восемь девятьсот два триста сорок пять десять десять -> +79023451010
восемь девятьсот двадцать два триста сорок один десять десять -> +79223411010
восемь восемьсот двести ноль сто двадцать два -> +78002000122
восемь триста сорок два двести двенадцать сорок пять шестьдесят семь -> +73422124567
8 342 212 45 67 -> +73422124567
двести двенадцать сорок пять шестьдесят семь -> +73422124567
212-45-67 -> +73422124567
восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят восемь нет восемьдесят девять -> +79123456789
восемь девятьсот тринадцать ой девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять -> +79123456789
восемь девятьсот одиннадцать три три три три три три три нет восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять -> +79123456789
ну пишите восемь э девятьсот двенадцать потом триста сорок пять дальше шестьдесят семь и восемьдесят девять -> +79123456789
восемь девятсот двенацать триста сорок пять шестдесят семь восемдесят девять -> +79123456789
семь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять -> +79123456789
восемь девятьсот двенадцать три четвёрки пять шесть семь восемь -> +79124445678
восемь девятьсот девяносто девять девятьсот девяносто девять девяносто девять девяносто девять -> +79999999999
восемь девятьсот девятьсот ноль ноль ноль ноль -> +79009000000
8 900 900 00 00 -> +79009000000
домашний двести двадцать сорок ноль один -> +73422204001
восемь девятьсот пятьдесят один девяносто два восемьдесят один семьсот -> +79519281700
сотовый 8 951 92 81 700 -> +79519281700
восемь девятьсот сорок четыре пятьсот один двадцать тридцать -> +79445012030
8.912.345.67.89 -> +79123456789
+79123456789 -> +79123456789
# не номер
8 912 45 03 -> -
восемь девятьсот двенадцать -> -
сто три -> -
112 -> -
123456 -> -
8 112 345 67 89 -> -
8 512 345 67 89 -> -
восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять десять -> -
с этого же номера -> -
не знаю наизусть -> -
нет телефона -> -
345-67-89 -> -
""")
def test_phone(said: str, expected: str) -> None:
    assert value(PHONE, said) == expected


def test_a_number_without_its_area_code_says_what_was_added() -> None:
    reading = PHONE.read("двести двенадцать сорок пять шестьдесят семь", TODAY)
    assert reading is not None
    assert reading.note is not None
    assert "342" in reading.note
    assert reading.confidence < 0.9


@given(st.text("0123456789", min_size=9, max_size=9))
def test_a_phone_said_digit_by_digit_comes_back(digits: str) -> None:
    said = " ".join(num2words(int(digit), lang="ru") for digit in digits)
    assert value(PHONE, f"восемь девять {said}") == f"+79{digits}"


def _checked(body: str) -> str:
    """15 digits with the Luhn digit that makes them lawful."""
    return next(body + str(d) for d in range(10) if luhn(body + str(d)))


def _in_groups(digits: str, *sizes: int) -> str:
    """Groups as callers say them: leading zeros one by one."""
    said, at = [], 0
    for size in sizes:
        group = digits[at : at + size]
        zeros = len(group) - len(group.lstrip("0"))
        said += ["ноль"] * zeros
        if group.lstrip("0"):
            said.append(num2words(int(group), lang="ru"))
        at += size
    return " ".join(said)


BODIES = [f"59{n * 7919:013d}" for n in range(1, 16)]


@pytest.mark.parametrize("body", BODIES)
def test_policy_in_every_way_of_saying_it(body: str) -> None:
    digits = _checked(body)
    assert value(POLICY, digits) == digits
    assert value(POLICY, " ".join(digits[n : n + 4] for n in range(0, 16, 4))) == digits
    assert value(POLICY, f"полис {_in_groups(digits, *[2] * 8)}") == digits
    assert value(POLICY, " ".join(num2words(int(d), lang="ru") for d in digits)) == digits


@cases("""
4111111111111111 -> 4111111111111111
4111 1111 1111 1111 -> 4111111111111111
номер полиса 4111-1111-1111-1111 -> 4111111111111111
четыре тысячи сто одиннадцать -> -
4111111111111112 -> -
411111111111111 -> -
41111111111111111 -> -
0000000000000000 -> -
не помню -> -
полис дома -> -
старого образца -> -
серия пятьдесят девять -> -
""")
def test_policy(said: str, expected: str) -> None:
    assert value(POLICY, said) == expected


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_of_a_policy_is_noticed(body: str, at: int, shift: int) -> None:
    digits = _checked(body)
    wrong = digits[:at] + str((int(digits[at]) + shift) % 10) + digits[at + 1 :]
    assert value(POLICY, wrong) == "-"


@cases("""
112-233-445 95 -> 11223344595
11223344595 -> 11223344595
112 233 445 95 -> 11223344595
сто двенадцать двести тридцать три четыреста сорок пять девяносто пять -> 11223344595
один один два два три три четыре четыре пять девять пять -> 11223344595
мой снилс сто двенадцать двести тридцать три четыреста сорок пять девяносто пять -> 11223344595
снилс 112 двести тридцать три 445 девяносто пять -> 11223344595
сто двенадцать тире двести тридцать три тире четыреста сорок пять и девяносто пять -> 11223344595
одиннадцать двадцать два тридцать три сорок четыре пятьсот девяносто пять -> 11223344595
две единицы две двойки две тройки две четвёрки пять девять пять -> 11223344595
сто двенадцать двести тридцать три четыреста сорок пять девяносто шесть нет девяносто пять -> 11223344595
087-654-303 00 -> 08765430300
ноль восемьдесят семь шестьсот пятьдесят четыре триста три ноль ноль -> 08765430300
# сумма не сходится, не та длина, не номер
112-233-445 96 -> -
112-233-455 95 -> -
1122334459 -> -
112233445955 -> -
00000000000 -> -
сто двенадцать двести тридцать три -> -
не знаю -> -
снилс -> -
нет с собой -> -
""")
def test_snils(said: str, expected: str) -> None:
    assert value(SNILS, said) == expected


@pytest.mark.parametrize("number", [n * 3_571_117 + 1_002_000 for n in range(1, 30)])
def test_snils_in_three_groups(number: int) -> None:
    body = f"{number:09d}"
    digits = next(body + f"{c:02d}" for c in range(100) if snils(body + f"{c:02d}"))
    assert value(SNILS, f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}") == digits
    assert value(SNILS, _in_groups(digits, 3, 3, 3, 2)) == digits


@given(st.text("123456789", min_size=9, max_size=9), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_a_snils_is_noticed(body: str, at: int, shift: int) -> None:
    lawful = [body + f"{c:02d}" for c in range(100) if snils(body + f"{c:02d}")]
    assert len(lawful) == 1
    wrong = body[:at] + str((int(body[at]) + shift) % 10) + body[at + 1 :] + lawful[0][9:]
    # 0 and 100 are both written 00, so that such a pair cannot be told apart.
    if not lawful[0].endswith("00"):
        assert value(SNILS, wrong) == "-"
