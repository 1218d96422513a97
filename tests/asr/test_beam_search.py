"""The beam holds the likeliest texts; what is not allowed is not written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.beam_search import NEVER, Logits, Numbers, Text, Values, search

TOKENS = 4
END = 3
NOTHING = np.zeros(TOKENS, np.float32)


class Toy:
    """What comes next depends on the whole text so far."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.written: list[tuple[int, ...]] = []
        """Text up to each token of the tree."""

    def logits(self, text: tuple[int, ...]) -> Logits:
        return (
            np.random.default_rng([self.seed, len(text), *text]).normal(0, 2, TOKENS).astype("f4")
        )

    def grow(self, tokens: Sequence[int], sees: Sequence[Sequence[int]]) -> Logits:
        before = [self.written[places[-1]] if len(places) else () for places in sees]
        for place, places in enumerate(sees):
            assert [len(self.written[each]) for each in places] == [*range(1, len(places) + 1)]
            assert all(
                before[place][: len(self.written[each])] == self.written[each] for each in places
            )
        grown = [(*text, token) for text, token in zip(before, tokens, strict=True)]
        self.written += grown
        return np.stack([self.logits(text) for text in grown])

    def score(self, text: Text, longest: int) -> float:
        """Mean log-probability, one token after the other."""
        total = 0.0
        whole = len(text.tokens) < longest
        for length, token in enumerate([*text.tokens, END] if whole else text.tokens):
            logits = self.logits(text.tokens[:length]).astype(float)
            total += logits[token] - np.log(np.exp(logits).sum())
        return total / max(1, len(text.tokens))


class Taste:
    """A prior that likes some tokens more than others, and another one after each."""

    start = 2

    def __init__(self, seed: int) -> None:
        self.likes = np.random.default_rng(seed).normal(0, 1, (TOKENS, TOKENS))

    def weigh(self, states: Numbers, tokens: Numbers) -> tuple[Values, Numbers]:
        return self.likes[states[:, None], tokens], tokens

    def gain(self, text: Text, longest: int) -> float:
        """Mean for a token."""
        whole = len(text.tokens) < longest
        way = [self.start, *text.tokens, *([END] if whole else [])]
        return sum(self.likes[a, b] for a, b in pairwise(way)) / max(1, len(text.tokens))


def found(
    toy: Toy, *, beam: int, longest: int, prior: Taste | None = None, **allowed: Logits
) -> list[Text]:
    return search(
        toy.logits(()),
        0,
        toy.grow,
        end=END,
        beam=beam,
        longest=longest,
        allowed=allowed.get("allowed", NOTHING),
        allowed_first=allowed.get("allowed_first", NOTHING),
        prior=prior,
    )


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 5), st.booleans())
def test_scores_are_those_of_the_text(seed: int, longest: int, beam: int, known: bool) -> None:
    toy, prior = Toy(seed), Taste(seed) if known else None
    texts = found(toy, beam=beam, longest=longest, prior=prior)
    assert texts == sorted(texts, key=lambda text: -text.rank)
    assert len(texts) >= min(beam, 2)
    assert len({text.tokens for text in texts}) == len(texts)
    for text in texts:
        if len(text.tokens) < longest:  # one that is cut may end there or go on
            assert text.score == pytest.approx(toy.score(text, longest), rel=1e-4, abs=1e-4)
            gain = prior.gain(text, longest) if prior else 0.0
            assert text.rank - text.score == pytest.approx(gain, abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.booleans())
def test_a_beam_that_holds_everything_finds_the_best(seed: int, known: bool) -> None:
    longest = 3
    toy, prior = Toy(seed), Taste(seed) if known else None
    best = found(toy, beam=TOKENS**longest, longest=longest, prior=prior)[0]
    every = [
        Text(tokens, 0.0, 0.0)
        for length in range(longest)
        for tokens in product(range(TOKENS - 1), repeat=length)
    ]
    ranks = [
        toy.score(text, longest) + (prior.gain(text, longest) if prior else 0.0) for text in every
    ]
    whole = [
        text for text in found(Toy(seed), beam=64, longest=longest) if len(text.tokens) < longest
    ]
    assert {text.tokens for text in whole} == {text.tokens for text in every}
    assert best.rank >= max(ranks) - 1e-4


def test_what_is_not_allowed_is_not_written() -> None:
    never_one = np.array([0, NEVER, 0, 0], np.float32)
    not_empty = np.array([0, 0, 0, NEVER], np.float32)
    for seed in range(20):
        texts = found(Toy(seed), beam=3, longest=4, allowed=never_one, allowed_first=not_empty)
        assert texts
        for text in texts:
            assert 1 not in text.tokens
            assert text.tokens
