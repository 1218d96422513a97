"""What counts as a recognition error, and what as another spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words  # type: ignore[import-untyped]  # has no stubs

from bench.words import normalise_words, word_errors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ещё, пожалуйста!", "еще пожалуйста"),
        ("что-то не так…", "что то не так"),
        (
            "8 912 000 12 34",
            "восемь девятьсот двенадцать ноль ноль ноль двенадцать тридцать четыре",
        ),
        ("8(912)000-12-34", "89120001234"),
        ("21-го марта 1953 г", "двадцать первого марта тысяча девятьсот пятьдесят третьего г"),
        ("в 2025-м году", "в две тысячи двадцать пятом году"),
        ("13:00", "тринадцать ноль ноль"),
        ("122", "сто двадцать два"),
        ("45000", "сорок пять тысяч"),
        ("0577 21", "ноль пять семь семь двадцать один"),
        ("5-я поликлиника", "пятая поликлиника"),
        ("к 3 часам", "к трём часам"),
        ("на 2-х детей", "на двух детей"),
    ],
)
def test_spellings_of_the_same_words(one: str, other: str) -> None:
    assert normalise_words(one) == normalise_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("положена", "не положена"),
        ("к врачу", "к врачам"),
        ("девятьсот", "812"),
        ("двадцать первого", "двадцать второго"),
        ("пять пять", "десять"),
        ("семья", "семь"),
    ],
)
def test_errors_that_no_normalisation_hides(one: str, other: str) -> None:
    assert normalise_words(one) != normalise_words(other)


@given(st.integers(min_value=0, max_value=999_999))
def test_every_number_in_words_is_its_digits(number: int) -> None:
    assert normalise_words(in_words(number)) == list(str(number))


def in_words(number: int) -> str:
    return str(num2words(number, lang="ru"))  # an independent speller


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_words(text)
    assert normalise_words(" ".join(once)) == once


def test_errors_are_counted_by_kind_and_by_words_said() -> None:
    errors = word_errors([("запишите к лору", "запишите лора сегодня"), ("да", ""), ("да", "да")])
    assert (errors.words, errors.errors) == (5, 3)
    assert (errors.substituted, errors.deleted, errors.inserted) == (2, 1, 0)
    assert errors.wer == 60


def test_words_invented_in_silence_are_counted_but_have_no_rate() -> None:
    errors = word_errors([("", "редактор субтитров")])
    assert errors.inserted == 2
    with pytest.raises(ValueError, match="no words were said"):
        _ = errors.wer
