"""Numbers that can be said, heard, kept in mind and dictated back."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.request_number import is_request_number, new_number

NUMBERS = st.builds(
    lambda digits, seed: new_number(digits, random.Random(seed)),
    st.sampled_from([5, 6]),
    st.integers(0, 10**9),
)


@given(NUMBERS)
def test_a_number_is_short_and_easy_to_say(number: str) -> None:
    assert is_request_number(number)
    assert len(number) in (5, 6)
    assert number[0] != "0"
    assert not any(digit * 3 in number for digit in "0123456789")


@given(NUMBERS, st.data())
def test_a_misheard_digit_is_noticed(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 1))
    heard = data.draw(st.sampled_from([d for d in "0123456789" if d != number[at]]))
    assert not is_request_number(number[:at] + heard + number[at + 1 :])


@given(NUMBERS, st.data())
def test_swapped_neighbours_are_noticed(number: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert swapped == number or not is_request_number(swapped)


def test_numbers_do_not_follow_one_another() -> None:
    source = random.Random(1)
    numbers = [int(new_number(5, source)) for _ in range(1000)]
    steps = [abs(after - before) for before, after in pairwise(numbers)]
    assert len(set(numbers)) > 900
    assert sorted(steps)[len(steps) // 2] > 10_000


def test_there_are_thousands_of_five_digit_numbers() -> None:
    assert sum(is_request_number(str(n)) for n in range(10_000, 100_000)) > 8_500


@pytest.mark.parametrize(
    "text", ["", "12345678", "1234", "٣٤٥٦٧", "12 45", "-1234", "77777", "²³²³²"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert not is_request_number(text)
