"""What callers are likely to say, letter by letter: a language model of the editors' examples.

Interpolated Kneser-Ney over letters (Chen & Goodman, "An Empirical Study of Smoothing Techniques
for Language Modeling", 1998), laid out as an automaton: a state is what was written last, as far as
it is known, and every letter leads to another one. Letters rather than words: a few thousand
phrases hold too few words for a model of words, and a recognizer writes pieces of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

BORDER: Final = "$"
"""Stands before and after a phrase."""
SPACE: Final = " "
LETTERS: Final = BORDER + SPACE + "-абвгдежзийклмнопрстуфхцчшщъыьэюя"
"""Columns of the model, in order. All that is not a letter is left out, «ё» is «е»."""

_ORDER: Final = 7
"""Letters that count, with the one that comes."""
_DISCOUNTS: Final = (0.7, 1.1, 1.4)
"""Taken off what was seen once, twice, more often: best on phrases that were left out."""
_SELDOM: Final = 5
"""What so many letters or more are followed by counts where it was seen twice at least."""
_BITS: Final = 6
"""Of a letter in a number that stands for several."""
_NUMBER: Final = {letter: number for number, letter in enumerate(LETTERS)}

States = npt.NDArray[np.int32]
_Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LanguageModel:
    """A fitted model."""

    log_p: npt.NDArray[np.float32]
    """Log-probability (natural) of each letter in each state, shape (states, letters)."""
    after: States
    """The state after it, same shape. State 0 knows nothing of what was written."""
    learnt: int
    """Letters of the phrases that it was fitted to."""

    @classmethod
    def fit(cls, phrases: Iterable[str]) -> Self:
        """A model of `phrases`, in less than a second for eight thousand.

        Raises:
            ValueError: there is no letter in them.
        """
        text = "".join(f"{BORDER} {said}" for said in map(spelt, phrases) if said) + BORDER
        if text == BORDER:
            raise ValueError("phrases without a letter: nothing to learn from")
        letters = np.array([_NUMBER[letter] for letter in text], np.int64)
        return cls._of(_tables(letters), len(letters))

    @classmethod
    def _of(cls, tables: Sequence[_Table], learnt: int) -> Self:
        """States of all contexts, the shortest first. What is not known in one comes to it from the
        one that is a letter shorter; to that of no letter, by even chances."""
        p = [np.full((1, len(LETTERS)), 1 / len(LETTERS))]
        after = [np.zeros((1, len(LETTERS)), np.int64)]
        states = 0
        shorter = np.zeros(1, np.int64)
        for length, table in enumerate(tables):
            known = table.contexts
            fallback = np.searchsorted(shorter, _without_first(known, length))
            p.append(table.mixed(p[-1][fallback]))
            leads = after[-1][fallback]
            states += len(known)
            if length + 1 < len(tables):
                longer = tables[length + 1].contexts
                code = (known[:, None] << _BITS) | np.arange(len(LETTERS))
                place = states + np.searchsorted(longer, code)
                leads = np.where(np.isin(code, longer), place, leads)
            after.append(leads)
            shorter = known
        return cls(
            np.log(np.concatenate(p[1:])).astype(np.float32),
            np.concatenate(after[1:]).astype(np.int32),
            learnt,
        )

    @property
    def start(self) -> int:
        """The state at the beginning of a phrase, its space written."""
        begun = self.after[0, _NUMBER[BORDER]]
        return int(self.after[begun, _NUMBER[SPACE]])

    def log_probability(self, phrase: str) -> float:
        """Of a whole phrase and its end (natural logarithm)."""
        state, total = self.start, 0.0
        for letter in spelt(phrase) + BORDER:
            total += float(self.log_p[state, _NUMBER[letter]])
            state = int(self.after[state, _NUMBER[letter]])
        return total


def spelt(text: str) -> str:
    """`text` in the model's letters; spaces stay where they are, borders cannot be written."""
    folded = text.lower().replace("ё", "е")
    return "".join(letter for letter in folded if letter in _NUMBER and letter != BORDER)


@dataclass(frozen=True)
class _Table:
    """What comes after contexts of one length."""

    contexts: _Codes
    """Sorted."""
    context: npt.NDArray[np.int64]
    """Of each row below, its place in `contexts`."""
    letter: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]

    @classmethod
    def of(cls, grams: _Codes, counts: _Codes, effective: _Codes, least: int) -> Self:
        """Of groups of one size with their counts, those whose context came `least` times."""
        _, place = np.unique(grams >> _BITS, return_inverse=True)
        kept = np.bincount(place, counts)[place] >= least if len(grams) else np.zeros(0, bool)
        contexts, place = np.unique(grams[kept] >> _BITS, return_inverse=True)
        return cls(contexts, place, grams[kept] & ((1 << _BITS) - 1), effective[kept])

    def mixed(self, fallback: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Probabilities of letters, shape (contexts, letters): of what was seen, less its discount,
        and what is discounted as `fallback` has it."""
        totals = np.bincount(self.context, self.count, len(self.contexts))
        discounts = np.array(_DISCOUNTS)[np.minimum(self.count, len(_DISCOUNTS)) - 1]
        discounts = np.minimum(discounts, self.count)
        spared = np.bincount(self.context, discounts, len(self.contexts))
        rows = fallback * (spared / totals)[:, None]
        rows[self.context, self.letter] += (self.count - discounts) / totals[self.context]
        return rows


def _tables(letters: _Codes) -> list[_Table]:
    """By length of the context, up to the longest."""
    seen = [_grams(letters, size) for size in range(1, _ORDER + 1)]
    tables: list[_Table] = []
    for size, (grams, counts) in enumerate(seen, 1):
        effective = counts
        if size < _ORDER:
            # Kneser and Ney count after how many different letters something came. Nothing comes
            # before the border with which a phrase begins: that is counted as it came.
            longer = _without_first(seen[size][0], size + 1)
            different = np.bincount(np.searchsorted(grams, longer), minlength=len(grams))
            effective = np.where(different == 0, counts, different)
        tables.append(_Table.of(grams, counts, effective, least=2 if size > _SELDOM else 1))
    return tables


def _grams(letters: _Codes, size: int) -> tuple[_Codes, npt.NDArray[np.int64]]:
    """Groups of `size` letters that lie in one phrase, and how often each comes."""
    count = len(letters) - size + 1
    if count < 1:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    codes = np.zeros(count, np.int64)
    inside = np.ones(count, bool)
    for place in range(size):
        part = letters[place : place + count]
        codes = (codes << _BITS) | part
        if 0 < place < size - 1:
            inside &= part != _NUMBER[BORDER]
    return np.unique(codes[inside], return_counts=True)


def _without_first(codes: _Codes, size: int) -> _Codes:
    return codes & ((1 << (_BITS * max(0, size - 1))) - 1)
