"""Ages: whole years in digits, infants as durations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialog.slots.age import AgeReader
from dialog.slots.spoken import spoken
from tests.dialog.slots.tables import cases, value

ASKED, IN_PASSING = AgeReader(), AgeReader(asked=False)


@cases("""
шестьдесят пять лет -> 65
шестьдесят пять -> 65
65 -> 65
65 лет -> 65
мне шестьдесят пять -> 65
ей семьдесят два года -> 72
ему двадцать один год -> 21
маме восемьдесят -> 80
девяносто лет исполнилось -> 90
сто один год -> 101
пять лет -> 5
пять с половиной лет -> 5
пять годиков -> 5
годик -> 1
один год -> 1
год -> 1
годовалый -> 1
полтора года -> P18M
полгода -> P6M
пол года -> P6M
три месяца -> P3M
восемь месяцев -> P8M
год и два месяца -> P14M
два года и три месяца -> P27M
восемь лет три месяца -> 8
две недели -> P2W
пять дней -> P5D
полтора месяца -> P6W
новорождённый -> P0D
шестой годик пошёл -> 5
с пятьдесят восьмого года -> 68
тысяча девятьсот пятьдесят восьмого года рождения -> 68
шисят семь лет -> 67
семдесят два -> 72
восемдесят пять лет -> 85
писят два года -> 52
двенацать лет -> 12
семьдесят два нет семьдесят три -> 73
температура тридцать девять градусов ему пять лет -> 5
ребёнку четыре -> 4
больному сорок восемь лет -> 48
ноль -> 0
за семьдесят -> 70
# не возраст
двести лет -> -
тысяча -> -
не знаю -> -
пожилая -> -
пять лет назад -> -
через два года -> -
тридцать девять градусов -> -
да -> -
взрослый -> -
""")
def test_age(said: str, expected: str) -> None:
    assert value(ASKED, said) == expected


@cases("""
дочке шесть лет -> 6
мне сорок шесть лет хочу пройти обследование -> 46
ему семьдесят -> 70
три месяца ребёнку -> P3M
два месяца караулю запись -> -
три года у врача не был -> -
мне шестьдесят пять сердечница -> 65
дочке четырнадцать -> 14
годовалому ребёнку -> 1
полтора года -> P18M
на пять -> -
дом пять -> -
через три дня -> -
два года назад -> -
через два года -> -
три дня болеет -> -
тридцать девять и пять -> -
год назад -> -
каждый год -> -
""")
def test_in_passing_only_what_is_clear(said: str, expected: str) -> None:
    assert value(IN_PASSING, said) == expected


@given(st.integers(0, 120))
def test_every_age_comes_back_as_the_assistant_says_it(years: int) -> None:
    assert value(ASKED, spoken("age", str(years))) == str(years)


@given(st.integers(1, 30), st.sampled_from("MWD"))
def test_ages_of_infants_come_back_as_the_assistant_says_them(count: int, unit: str) -> None:
    duration = f"P{count}{unit}"
    assert value(ASKED, spoken("age", duration)) == duration
