"""Russian numerals: the words, in every case and as they are misheard, and numbers made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

from dialog.slots.words import Word, vocabulary

_CARDINALS: Final = {
    0: "ноль нуль ноля нуля нолю нулю нолик нулик зеро",
    1: "один одна одно одну одного одной одному одним единица единицу единичка единичку адин",
    2: "два две двух двум двумя двойка двойку двоечка двоечку",
    3: "три трех трем тремя тройка тройку троечка троечку",
    4: "четыре четырех четырем четырьмя четверка четверку четверочка чатыре читыре четыри",
    5: "пять пяти пятью пятерка пятерку пятерочка пять",
    6: "шесть шести шестью шестерка шестерку шестерочка шесь",
    7: "семь семи семерка семерку семерочка сем",
    8: "восемь восьми восемью восьмью восьмерка восьмерку восьмерочка восем",
    9: "девять девяти девятью девятка девятку девяточка девить",
    10: "десять десяти десятью десятка десятку десить",
    11: "одиннадцать одиннадцати одинадцать одинадцати одиннацать одинацать",
    12: "двенадцать двенадцати двенацать двинадцать двенадцатью",
    13: "тринадцать тринадцати тринацать",
    14: "четырнадцать четырнадцати четырнацать",
    15: "пятнадцать пятнадцати пятнацать питнадцать",
    16: "шестнадцать шестнадцати шестнацать шеснадцать шеснацать",
    17: "семнадцать семнадцати семнацать",
    18: "восемнадцать восемнадцати восемнацать",
    19: "девятнадцать девятнадцати девятнацать",
    20: "двадцать двадцати двацать двадцатью",
    30: "тридцать тридцати трицать тридцатью",
    40: "сорок сорока",
    50: "пятьдесят пятидесяти пятдесят писят пиисят пядесят пийсят",
    60: "шестьдесят шестидесяти шестдесят шисят шейсят шиисят",
    70: "семьдесят семидесяти семдесят семисят семьсят",
    80: "восемьдесят восьмидесяти восемдесят восемьсят восемисят",
    90: "девяносто девяноста",
    100: "сто ста",
    200: "двести двухсот двумстам двесте",
    300: "триста трехсот",
    400: "четыреста четырехсот четыриста",
    500: "пятьсот пятисот пятсот",
    600: "шестьсот шестисот шессот шесот",
    700: "семьсот семисот семсот",
    800: "восемьсот восьмисот восемсот",
    900: "девятьсот девятисот девятсот",
}
_ORDINAL_STEMS: Final = {
    0: "нулев", 1: "перв", 2: "втор", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм",
    9: "девят", 10: "десят", 11: "одиннадцат", 12: "двенадцат", 13: "тринадцат",
    14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат", 17: "семнадцат", 18: "восемнадцат",
    19: "девятнадцат", 20: "двадцат", 30: "тридцат", 40: "сороков", 50: "пятидесят",
    60: "шестидесят", 70: "семидесят", 80: "восьмидесят", 90: "девяност", 100: "сот",
    1000: "тысячн", 2000: "двухтысячн",
}  # fmt: skip
_ENDINGS: Final = vocabulary("ый ой ий ая ое ого ому ым ом ую ые ых ыми ова")
_THIRD: Final = (
    "третий третья третье третьего третьему третьим третьем третью третьей третьи третьих"
)
_THOUSAND: Final = frozenset({"тысяча", "тысячи", "тысяч", "тысячу", "тыща", "тыщи", "тыщ", "тыщу"})
_ONE_THOUSAND: Final = frozenset({"тысяча", "тысячу", "тыща", "тыщу"})
_SUFFIXES: Final = frozenset({"й", "я", "е", "го", "му", "м", "ый", "ой", "ое", "ого", "ая", "ю"})
_NEAR: Final = 87.0
"""Similarity (0 to 100) from which a misheard word counts as a numeral."""
_NEAR_LENGTH: Final = 8
"""Shorter words must match exactly: «семья» is near to «семь»."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """What one word counts."""

    value: int
    ordinal: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number made of one or more words."""

    value: int
    end: int
    """Index of the first word after it."""
    ordinal: bool
    parts: tuple[int, ...]
    """The values of its words; of digits, one part."""
    digits: str
    """As it would be written; keeps the leading zeros of a run of digits."""


def _table() -> dict[str, Numeral]:
    table = {form: Numeral(value) for value, forms in _CARDINALS.items() for form in forms.split()}
    for value, stem in _ORDINAL_STEMS.items():
        for ending in _ENDINGS:
            table.setdefault(stem + ending, Numeral(value, True))
    for form in _THIRD.split():
        table[form] = Numeral(3, True)
    return table


NUMERALS: Final = _table()
"""Every known form of every numeral up to 900, and of «двухтысячный»."""
_LONG: Final = tuple(word for word in NUMERALS if len(word) >= _NEAR_LENGTH)


@lru_cache(maxsize=10_000)
def numeral(word: str) -> Numeral | None:
    """What `word` counts, or None; a long word may be misheard a little."""
    known = NUMERALS.get(word)
    if known is not None or len(word) < _NEAR_LENGTH or len(word) > 20:
        return known
    near = process.extract(word, _LONG, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=3)
    values = {NUMERALS[form] for form, score, _ in near if score == near[0][1]}
    return values.pop() if len(values) == 1 else None


def number_at(words: Sequence[Word], at: int) -> Number | None:
    """The longest number that begins at word `at`, or None.

    «двадцать шестого» is one number, «двадцать двенадцать» are two; an ordinal ends it.
    """
    if at >= len(words):
        return None
    if words[at].is_digits:
        return _written(words, at)
    total, current, room = 0, 0, 1000
    parts: list[int] = []
    index = at
    while index < len(words):
        text = words[index].text
        if text in _THOUSAND:
            # «ноль пять тысяча девятьсот»: the thousand of a year begins a number of its own
            apart = text in _ONE_THOUSAND and current % 10 != 1 and bool(parts)
            if total or apart or (parts and current == 0):
                break
            total, current, room = (current or 1) * 1000, 0, 1000
            parts.append(1000)
            index += 1
            continue
        part = numeral(text)
        if part is None or (parts and (part.value >= room or part.value == 0)):
            break
        current += part.value
        parts.append(part.value)
        index += 1
        if part.ordinal or part.value == 0:
            return _spelled(total + current, index, part.ordinal, parts)
        room = 100 if part.value >= 100 else 10 if part.value >= 20 else 0
        if room == 0 and not (index < len(words) and words[index].text in _THOUSAND):
            break
    return _spelled(total + current, index, False, parts) if parts else None


def _spelled(value: int, end: int, ordinal: bool, parts: list[int]) -> Number:
    return Number(value, end, ordinal, tuple(parts), str(value))


def _written(words: Sequence[Word], at: int) -> Number:
    text = words[at].text
    value = int(text[:18])
    suffixed = (
        at + 1 < len(words)
        and words[at + 1].text in _SUFFIXES
        and words[at + 1].gap in ("", "-", "‑", " -")
    )
    return Number(value, at + 2 if suffixed else at + 1, suffixed, (value,), text)
