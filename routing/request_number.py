"""Numbers of requests, to be said aloud and dictated back.

Five digits: elderly callers keep them in mind, and they are enough for thousands of open requests;
six when five get scarce. They are drawn at random, because from a running number anybody could
guess a neighbour's and count the region's complaints. The last digit is a check digit (Damm): one
misheard digit («пять» for «шесть») or two swapped ones never make another request's number. No
zero in front, which is lost when written down, and no digit three times in a row, which is
miscounted when heard.
"""

from __future__ import annotations

import random
import re
from typing import Final

_DAMM: Final = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_TRIPLE: Final = re.compile(r"(\d)\1\1")


def new_number(digits: int, source: random.Random) -> str:
    """A number of `digits` digits, the check digit among them."""
    while True:
        start = str(source.randrange(10 ** (digits - 2), 10 ** (digits - 1)))
        number = start + str(_check(start))
        if not _TRIPLE.search(number):
            return number


def is_request_number(text: str) -> bool:
    """Whether `text` can be a number that was given out: five or six digits that check."""
    return (
        text.isascii()
        and text.isdecimal()
        and len(text) in (5, 6)
        and text[0] != "0"
        and not _TRIPLE.search(text)
        and _check(text) == 0
    )


def _check(digits: str) -> int:
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return state
