"""What a text gains by what is known does not depend on how a recognizer cuts it into tokens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.language_model import LanguageModel, spelt
from asr.shallow_fusion import ENOUGH, PER_LETTER, TokenModel

MODEL = LanguageModel.fit(["запишите меня к врачу", "вызовите врача на дом", "да", "нет не надо"])
TOKENS = ["<end>", " ", "а", "да", " да", "Да", " врач", "у", "врача", ",", "...", " на", "-"]
END = 0
KNOWN = TokenModel(MODEL, TOKENS, END)


def gain(tokens: list[int]) -> float:
    total, state = 0.0, np.array([KNOWN.start])
    for token in (*tokens, END):
        gains, after = KNOWN.weigh(state, np.array([[token]]))
        total += gains[0, 0]
        state = after[0]
    return total


@settings(deadline=None)
@given(st.lists(st.integers(1, len(TOKENS) - 1), max_size=8))
def test_a_text_gains_what_the_model_makes_of_it(tokens: list[int]) -> None:
    text = " ".join(f"${spelt(''.join(TOKENS[token] for token in tokens))}$".split())[1:-1]
    expected = MODEL.log_probability(text.removeprefix(" ")) + PER_LETTER * (
        len(text.removeprefix(" ")) + 1
    )
    assert gain(tokens) == pytest.approx(expected, abs=1e-3)


def test_signs_and_capitals_gain_nothing() -> None:
    assert gain([5]) == gain([3]) == gain([4, 9, 10])


def test_many_tokens_are_weighed_at_once_as_each_alone() -> None:
    states = np.array([KNOWN.start, 0])
    tokens = np.array([[4, 6, 0], [7, 12, 11]])
    gains, after = KNOWN.weigh(states, tokens)
    for row, column in np.ndindex(tokens.shape):
        alone = KNOWN.weigh(states[row : row + 1], tokens[row : row + 1, column : column + 1])
        assert (gains[row, column], after[row, column]) == (alone[0][0, 0], alone[1][0, 0])


def test_its_say_is_weighted_and_less_where_little_was_learnt() -> None:
    states, tokens = np.array([KNOWN.start]), np.array([[4, 6]])
    gains, after = KNOWN.weigh(states, tokens)
    for learnt, trusted in ((ENOUGH, 1.0), (10 * ENOUGH, 1.0), (ENOUGH // 4, 0.25)):
        known = TokenModel(replace(MODEL, learnt=learnt), TOKENS, END)
        half, same = known.weighted(0.5).weigh(states, tokens)
        np.testing.assert_allclose(half, gains / 2 * trusted)
        np.testing.assert_array_equal(same, after)
