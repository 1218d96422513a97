"""Numerals that a recognizer spelt by ear become numbers again; other words stay."""

from __future__ import annotations

import pytest

from asr.numerals import mend_numerals


@pytest.mark.parametrize(
    ("heard", "mended"),
    [
        ("восемь восемь сут двести", "восемь восемьсот двести"),
        ("девять сот двенадцать", "девятьсот двенадцать"),
        ("звоните стой три", "звоните сто три"),
        ("службы с то двадцать два", "службы сто двадцать два"),
        ("два или стотри", "два или сто три"),
        ("двадцатьпять", "двадцать пять"),
        ("стодвадцатьдва", "сто двадцать два"),
        ("восемьсотпять", "восемьсот пять"),
    ],
)
def test_a_broken_number_is_made_whole(heard: str, mended: str) -> None:
    assert mend_numerals(heard) == mended


@pytest.mark.parametrize(
    "text",
    [
        "сто двадцать два",
        "девятьсот двенадцать",
        "стой там",
        "пять суток",
        "семь со мной живут",
        "семьдесят пять",
        "шестнадцать",
        "стоматолог",
        "пятьдесят",
        "два сорок пять",
        "",
    ],
)
def test_what_is_right_stays(text: str) -> None:
    assert mend_numerals(text) == text
