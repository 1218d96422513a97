"""Word error rate of Russian speech, after a normalisation that is the same for every engine.

What counts as the same word is decided here, once:

1. lower case; ё is written е;
2. punctuation goes, hyphens and dashes separate words ("что-то" is two words, on both sides);
3. numbers, in digits or in words, in any case, cardinal or ordinal, become their decimal digits,
   one word each: "8 912", "8912" and "восемь девятьсот двенадцать" are all "8 9 1 2"; "21-го" and
   "двадцать первого" are both "2 1"; "13:00" and "тринадцать ноль ноль" are both "1 3 0 0".
   A number weighs as many words as it has digits, because one wrong digit makes a date or a
   telephone number worthless.

Nothing else is forgiven: fillers, repetitions and word endings count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True)
class ErrorRate:
    """Word errors summed over utterances."""

    substituted: int
    deleted: int
    inserted: int
    words: int
    """Words that were really said."""

    @property
    def errors(self) -> int:
        return self.substituted + self.deleted + self.inserted

    @property
    def wer(self) -> float:
        """Word error rate in per cent; above 100 where more is invented than was said.

        Raises:
            ValueError: nothing was said, so there is no rate: look at `inserted`.
        """
        if not self.words:
            raise ValueError("no words were said: count the inserted ones instead of a rate")
        return 100 * self.errors / self.words


def word_errors(pairs: Iterable[tuple[str, str]]) -> ErrorRate:
    """Errors over (said, heard) pairs: a long utterance weighs more than a short one."""
    substituted = deleted = inserted = words = 0
    for said, heard in pairs:
        reference, hypothesis = normalise_words(said), normalise_words(heard)
        words += len(reference)
        for operation in Levenshtein.editops(reference, hypothesis):
            substituted += operation.tag == "replace"
            deleted += operation.tag == "delete"
            inserted += operation.tag == "insert"
    return ErrorRate(substituted, deleted, inserted, words)


def normalise_words(text: str) -> list[str]:
    """The words of `text` by the rules above: `normalise_words("Ёлка, 21-го")` is
    `["елка", "2", "1"]`."""
    text = text.lower().replace("ё", "е")
    text = re.sub(r"(?<=\d)-?(?:го|ому|ого|му|ое|ая|ой|ый|ых|ти|ми|е|й|м|х|я)\b", " ", text)
    tokens = re.findall(r"[^\W\d_]+|\d+", text)
    words: list[str] = []
    number = _Number()
    for token in tokens:
        value = _NUMERALS.get(token)
        if value is None:
            words += number.take()
            words += list(token) if token.isdigit() else [token]
        elif not number.add(value):
            words += number.take()
            number.add(value)
    return words + number.take()


@dataclass
class _Number:
    """A number being read word by word: twenty, then five, makes twenty-five."""

    thousands: int = 0
    rest: int = 0
    room: int = 1000
    """What may still be added is smaller than this: after "сто" no second hundred can follow."""
    empty: bool = True

    def add(self, value: int) -> bool:
        """Take the next word's value, or return False where it begins a new number."""
        if value == 1000:
            if self.thousands or (not self.empty and not self.rest):
                return False
            self.thousands, self.rest, self.room = max(self.rest, 1), 0, 1000
        elif value >= self.room or (value == 0 and not self.empty):
            return False
        else:
            self.rest += value
            # 100...900 leave room for tens and units, 20...90 for units, 0...19 for nothing.
            self.room = 100 if value >= 100 else 10 if value >= 20 else 1
        self.empty = False
        return True

    def take(self) -> list[str]:
        """The digits read so far; begins anew."""
        digits = [] if self.empty else list(str(self.thousands * 1000 + self.rest))
        self.thousands, self.rest, self.room, self.empty = 0, 0, 1000, True
        return digits


_CARDINALS: Final = """
0 ноль ноля нолю нолем ноле нуль нуля нулю нулем нуле нулей
1 один одна одно одну одного одной одному одним одном
2 два две двух двум двумя
3 три трех трем тремя
4 четыре четырех четырем четырьмя
5 пять пяти пятью
6 шесть шести шестью
7 семь семи семью
8 восемь восьми восемью восьмью
9 девять девяти девятью
10 десять десяти десятью
40 сорок сорока
50 пятьдесят пятидесяти пятьюдесятью
60 шестьдесят шестидесяти шестьюдесятью
70 семьдесят семидесяти семьюдесятью
80 восемьдесят восьмидесяти восемьюдесятью
90 девяносто девяноста
100 сто ста
200 двести двухсот двумстам двумястами двухстах
300 триста трехсот тремстам тремястами трехстах
400 четыреста четырехсот четыремстам четырьмястами четырехстах
500 пятьсот пятисот пятистам пятьюстами пятистах
600 шестьсот шестисот шестистам шестьюстами шестистах
700 семьсот семисот семистам семьюстами семистах
800 восемьсот восьмисот восьмистам восемьюстами восьмистах
900 девятьсот девятисот девятистам девятьюстами девятистах
1000 тысяча тысячи тысяче тысячу тысячей тысяч тысячам тысячами тысячах
"""
_TEENS_AND_TENS: Final = {
    11: "одиннадцат",
    12: "двенадцат",
    13: "тринадцат",
    14: "четырнадцат",
    15: "пятнадцат",
    16: "шестнадцат",
    17: "семнадцат",
    18: "восемнадцат",
    19: "девятнадцат",
    20: "двадцат",
    30: "тридцат",
}
_ORDINAL_STEMS: Final = {
    1: "перв",
    2: "втор",
    4: "четверт",
    5: "пят",
    6: "шест",
    7: "седьм",
    8: "восьм",
    9: "девят",
    10: "десят",
    40: "сороков",
    50: "пятидесят",
    60: "шестидесят",
    70: "семидесят",
    80: "восьмидесят",
    90: "девяност",
    100: "сот",
    **_TEENS_AND_TENS,
}
_ORDINAL_ENDINGS: Final = "ый ой ого ому ым ом ая ую ое ые ых ыми"
_THIRD: Final = """
третий третьего третьему третьим третьем третья третьей третью третье третьи третьих
"""


def _numerals() -> dict[str, int]:
    """Every form of every number word, and its value."""
    forms: dict[str, int] = {}
    for line in _CARDINALS.split("\n"):
        value, *words = line.split() or ("0",)
        forms.update(dict.fromkeys(words, int(value)))
    for value_, stem in _TEENS_AND_TENS.items():
        forms.update(dict.fromkeys((stem + "ь", stem + "и", stem + "ью"), value_))
    for value_, stem in _ORDINAL_STEMS.items():
        forms.update(dict.fromkeys((stem + ending for ending in _ORDINAL_ENDINGS.split()), value_))
    forms.update(dict.fromkeys(_THIRD.split(), 3))
    return forms


_NUMERALS: Final = _numerals()
