"""Digits said one by one, in groups («сорок пять ноль три»), repeated («три семёрки») or mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product
from typing import Final

from dialog.slots.numerals import Number, number_at, numeral
from dialog.slots.reading import Reading
from dialog.slots.words import CORRECTIONS, Word, vocabulary, words_of

_FILLERS: Final = vocabulary(
    "э м мм эм ну так вот это значит потом дальше далее затем и еще раз номер мой наш телефон "
    "телефона плюс тире пробел черточка минус код цифра цифры группа снилс полис полиса полюс "
    "записывайте пишите запишите секунду сейчас минуту минутку ага да у меня он такой омс "
    "страховой свидетельство рабочий домашний сотовый мобильный равно"
)
_REPEATED: Final = {
    "нуля": 0, "нулей": 0, "нуль": 0, "ноля": 0, "нолей": 0, "нолика": 0, "нуликов": 0,
    "единицы": 1, "единиц": 1, "единички": 1, "двойки": 2, "двоек": 2, "тройки": 3, "троек": 3,
    "четверки": 4, "четверок": 4, "пятерки": 5, "пятерок": 5, "шестерки": 6, "шестерок": 6,
    "семерки": 7, "семерок": 7, "восьмерки": 8, "восьмерок": 8, "девятки": 9, "девяток": 9,
}  # fmt: skip
_TIMES: Final = {"дважды": 2, "двойной": 2, "двойная": 2, "трижды": 3, "тройной": 3}
_MOST_SPLITS: Final = 1024
"""Ways of hearing a run of groups that are tried; a document number has fewer."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits said as one number, and the other ways in which it may be meant."""

    ways: tuple[str, ...]
    """«девятьсот двенадцать»: 912 first, then 90012."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """Groups of digits that follow each other, without a correction in between."""

    groups: tuple[_Group, ...]

    @property
    def digits(self) -> str:
        """All digits, each group in its first way."""
        return "".join(group.ways[0] for group in self.groups)


def runs_of(words: Sequence[Word]) -> list[Run]:
    """All runs of digits; a correction or any other word ends a run."""
    runs: list[Run] = []
    groups: list[_Group] = []
    at = 0
    while at < len(words):
        group = _group_at(words, at)
        if group is not None:
            groups.append(group)
            at = group.end
            continue
        if words[at].text not in _FILLERS and groups:
            runs.append(Run(tuple(groups)))
            groups = []
        at += 1
    return [*runs, Run(tuple(groups))] if groups else runs


def ways(run: Run) -> Iterable[str]:
    """Every way to write the run, the likeliest first, at most 1024."""
    return map("".join, islice(product(*(group.ways for group in run.groups)), _MOST_SPLITS))


def _group_at(words: Sequence[Word], at: int) -> _Group | None:
    """A group of digits that begins at word `at`."""
    times = _TIMES.get(words[at].text)
    if times is not None and at + 1 < len(words):
        repeated = numeral(words[at + 1].text)
        if repeated is not None and repeated.value < 10:
            return _Group((str(repeated.value) * times,), at, at + 2)
        return None
    number = number_at(words, at)
    if number is None or (number.ordinal and not words[at].is_digits):
        return None
    if number.end < len(words) and 2 <= number.value <= 9 and number.end == at + 1:
        said = _REPEATED.get(words[number.end].text)
        if said is not None:
            return _Group((str(said) * number.value,), at, number.end + 1)
    rest = _written_rest(words, number)
    if rest is not None:  # «девятьсот 12», as Whisper writes
        merged = str(number.value + int(rest))
        apart = number.digits + rest
        ways = (apart, merged) if words[at].is_digits else (merged, apart)
        return _Group(ways, at, number.end + 1)
    return _Group(_ways_of(number), at, number.end)


def _written_rest(words: Sequence[Word], number: Number) -> str | None:
    """Digits right behind a round number that may belong to it: «900 12» may be 912."""
    last = number.parts[-1]
    if number.end >= len(words) or not words[number.end].is_digits or number.digits[0] == "0":
        return None
    rest = words[number.end].text
    room = 100 if last >= 100 and last % 100 == 0 else 10 if last >= 20 and last % 10 == 0 else 0
    fits = last < 1000 and len(rest) <= 2 and rest[0] != "0" and int(rest) < room
    return rest if fits else None


def _ways_of(number: Number) -> tuple[str, ...]:
    """«сто двадцать три» may be 123, 100 23, 120 3 or 100 20 3."""
    if len(number.parts) == 1 or 1000 in number.parts:
        return (number.digits,)
    parts = number.parts
    found = []
    for cuts in product((False, True), repeat=len(parts) - 1):
        sums = [parts[0]]
        for cut, part in zip(cuts, parts[1:], strict=True):
            if cut:
                sums.append(part)
            else:
                sums[-1] += part
        found.append("".join(map(str, sums)))
    return tuple(found)


class DigitsReader:
    """Gives the digits as they were said: «сорок пять ноль три» is ``4503``."""

    def read(self, text: str, today: date) -> Reading | None:
        """The digits of `text`; after a correction the last ones."""
        words = words_of(text)
        runs = runs_of(words)
        if not runs:
            return None
        chosen = _corrected(words, runs)[-1]
        return _reading(text, words, chosen, chosen.digits, 0.9)


class CheckedDigitsReader:
    """Digits of which some law holds: a length, a prefix, a check sum.

    Of the ways to hear the groups («девятьсот двенадцать» is 912 or 900 12) the first one that
    keeps the law is taken.
    """

    def __init__(
        self, lawful: Callable[[str], str | None], note: Callable[[str], str | None] | None = None
    ) -> None:
        """`lawful` turns digits into a value, or None; `note` says what was added to them."""
        self._lawful = lawful
        self._note = note

    def read(self, text: str, today: date) -> Reading | None:
        """The lawful value of the last digits that keep the law, or None."""
        words = words_of(text)
        for run in reversed(_corrected(words, runs_of(words))):
            for digits in ways(run):
                value = self._lawful(digits)
                if value is not None:
                    note = self._note(digits) if self._note is not None else None
                    return _reading(text, words, run, value, 0.75 if note else 0.95, note)
        return None


def _corrected(words: Sequence[Word], runs: list[Run]) -> list[Run]:
    """The runs, and behind them what a correction of the last groups makes of them.

    «восемь девятьсот двенадцать нет тринадцать сорок пять»: what follows the correction takes the
    place of the last group that is as long as its first, unless it is longer than all before.
    """
    made: list[Run] = []
    for run in runs:
        before = made[-1] if made else None
        if before is not None and _corrects(words, before, run):
            made.append(run)
            if len(run.digits) < len(before.digits):
                made.append(_replaced(before, run))
        elif before is not None and len(run.digits) < 3 <= len(before.digits):
            continue  # a stray number behind: «... и это у меня один»
        else:
            made.append(run)
    return made


def _corrects(words: Sequence[Word], before: Run, run: Run) -> bool:
    between = {word.text for word in words[before.groups[-1].end : run.groups[0].start]}
    return bool(between & CORRECTIONS)


def _replaced(before: Run, run: Run) -> Run:
    length = len(run.groups[0].ways[0])
    for index in range(len(before.groups) - 1, -1, -1):
        if len(before.groups[index].ways[0]) == length:
            return Run((*before.groups[:index], *run.groups))
    return Run((*before.groups[:-1], *run.groups))


def _reading(
    text: str,
    words: Sequence[Word],
    run: Run,
    value: str,
    confidence: float,
    note: str | None = None,
) -> Reading:
    start = words[run.groups[0].start].start
    end = words[run.groups[-1].end - 1].end
    return Reading(value, text[start:end], start, end, confidence, note=note)
