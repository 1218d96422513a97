"""The language model is Kneser and Ney's, whatever way its automaton is laid out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.language_model import LETTERS, LanguageModel, spelt

ORDER = 7
PHRASES = st.lists(
    st.text("аб ", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=6
)


class ByTheBook:
    """The same probabilities, one letter at a time, from counts of strings."""

    def __init__(self, phrases: list[str]) -> None:
        self.seen: Counter[str] = Counter()
        for phrase in phrases:
            text = f"$ {phrase}$"
            for size in range(1, ORDER + 1):
                self.seen.update(text[i : i + size] for i in range(len(text) - size + 1))
        # The border between two phrases is the end of one and the beginning of the next.
        self.seen["$"] = len(phrases) + 1
        self.before: dict[str, set[str]] = defaultdict(set)
        for gram in self.seen:
            self.before[gram[1:]].add(gram[0])

    def count(self, gram: str) -> int:
        alone = len(gram) == ORDER or (gram[0] == "$" and len(gram) > 1)
        return self.seen[gram] if alone else len(self.before[gram]) or self.seen[gram]

    def p(self, letter: str, context: str) -> float:
        context = context[-(ORDER - 1) :]
        less = self.p(letter, context[1:]) if context else 1 / len(LETTERS)
        counts = {c: self.count(context + c) for c in LETTERS if self.seen[context + c]}
        often = sum(self.seen[context + c] for c in LETTERS)
        if not counts or (len(context) >= 5 and often < 2):
            return less
        discounts = {c: min(n, (0.7, 1.1, 1.4)[min(n, 3) - 1]) for c, n in counts.items()}
        total = sum(counts.values())
        own = counts.get(letter, 0) - discounts.get(letter, 0.0)
        return own / total + sum(discounts.values()) / total * less


@settings(deadline=None, max_examples=40)
@given(PHRASES, st.text("аб в", min_size=1, max_size=10))
def test_probabilities_are_those_of_the_book(phrases: list[str], said: str) -> None:
    book, text = ByTheBook(phrases), f"$ {said}$"
    expected = sum(math.log(book.p(text[i], text[:i])) for i in range(2, len(text)))
    assert LanguageModel.fit(phrases).log_probability(said) == pytest.approx(expected, abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(PHRASES)
def test_something_always_comes_next(phrases: list[str]) -> None:
    model = LanguageModel.fit(phrases)
    np.testing.assert_allclose(np.exp(model.log_p).sum(axis=1), 1.0, rtol=1e-5)
    assert model.after.min() >= 0
    assert model.after.max() < len(model.after)


def test_what_callers_say_is_likelier_than_what_sounds_like_it() -> None:
    model = LanguageModel.fit(["запишите меня к врачу", "вызовите врача на дом"])
    assert model.log_probability("вызовите врача") > model.log_probability("вы завите врача")


def test_only_russian_letters_count() -> None:
    model = LanguageModel.fit(["Ещё раз, пожалуйста! (2 раза)", "OK"])
    assert spelt("Ещё раз, №2!") == "еще раз "
    assert model.log_probability("ЕЩЁ РАЗ") == model.log_probability("еще раз")


@pytest.mark.parametrize("phrases", [[], [""], ["", "122", "OK?"]])
def test_nothing_can_be_learnt_from_no_letters(phrases: list[str]) -> None:
    with pytest.raises(ValueError, match="without a letter"):
        LanguageModel.fit(phrases)
