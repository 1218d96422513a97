"""Mends numbers that Whisper, kept from digits, spells by ear: "восемь сут", "стой три", "стотри".

Only what is no Russian otherwise is touched: a hundred fallen in two, numerals grown together, and
"сто" misheard right before a number below a hundred.
"""

from __future__ import annotations

import re
from typing import Final

_ONES: Final = "один одна два две три четыре пять шесть семь восемь девять"
_TEENS: Final = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать "
    "восемнадцать девятнадцать"
)
_TENS: Final = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"
_HUNDREDS: Final = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_BELOW_HUNDRED: Final = _any(f"{_ONES} {_TEENS} {_TENS}")
_HUNDRED: Final = re.compile(r"\b(пять|шесть|семь|восемь|девять) (?:сот|сут|суд|суть)\b")
_ONE_HUNDRED: Final = re.compile(rf"\b(?:стой|стою|с то|сту|стом) (?=(?:{_BELOW_HUNDRED})\b)")
_GROWN: Final = re.compile(
    rf"\b(?:(?:{_any(_HUNDREDS)})(?:{_any(_TENS)})?(?:{_any(f'{_ONES} {_TEENS}')})?"
    rf"|(?:{_any(_TENS)})(?:{_any(_ONES)}))\b"
)
_PARTS: Final = re.compile(_any(f"{_HUNDREDS} {_TENS} {_TEENS} {_ONES}"))


def mend_numerals(text: str) -> str:
    """`text` (lower case, words, single spaces) with its broken numerals made whole."""
    text = _GROWN.sub(lambda match: " ".join(_PARTS.findall(match.group())), text)
    text = _HUNDRED.sub(r"\1сот", text)
    return _ONE_HUNDRED.sub("сто ", text)
