"""What is likely to be said has a say in what is heard: shallow fusion.

Gulcehre et al., "On Using Monolingual Corpora in Neural Machine Translation" (2015): while the beam
is searched, a token's log-probability by sound gets a share of that by the language model. Whisper
knows Russian, but not what people call us about: in noise it writes other words that exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from asr.beam_search import Numbers, Values
from asr.language_model import BORDER, LETTERS, SPACE, LanguageModel, spelt

PER_LETTER: Final = 0.7
"""What a letter is worth (natural logarithm), whichever it is: about half of what it costs by the
model. Without it, long words lose to short ones; with more, known words are written twice."""
ENOUGH: Final = 40_000
"""Letters (a thousand phrases) from which a model has its whole say; one of fewer has less in
proportion, for it knows little but that all else is unlikely."""
_NOTHING: Final = len(LETTERS)
"""Column that changes nothing: fills short tokens up."""


class TokenModel:
    """A language model over a recognizer's tokens.

    Args:
        model: of letters.
        tokens: what each token writes.
        end: the token that ends a text.
    """

    def __init__(self, model: LanguageModel, tokens: Sequence[str], end: int) -> None:
        self._start = model.start
        self._trust = min(1.0, model.learnt / ENOUGH)
        states, letters = model.log_p.shape
        self._gains = np.zeros((states, letters + 1), np.float32)
        self._gains[:, :letters] = model.log_p + np.float32(PER_LETTER)
        self._after = np.zeros((states, letters + 1), np.int32)
        self._after[:, :letters] = model.after
        self._after[:, _NOTHING] = np.arange(states)
        # Engines may write two spaces, or one after a sign that is left out.
        space = LETTERS.index(SPACE)
        spaced = np.unique(model.after[:, space])
        self._gains[spaced, space] = 0.0
        self._after[spaced, space] = spaced
        spellings = [_columns(token) for token in tokens]
        spellings[end] = [LETTERS.index(BORDER)]
        longest = max(map(len, spellings))
        filled = [spelling + [_NOTHING] * (longest - len(spelling)) for spelling in spellings]
        self._spellings = np.array(filled, np.int8).T.copy()

    def weighted(self, weight: float) -> Fusion:
        """Its say in a search, `weight` times that of the sound where enough was learnt."""
        return Fusion(self, weight * self._trust)

    @property
    def start(self) -> int:
        """State before a text."""
        return self._start

    def weigh(self, states: Numbers, tokens: Numbers) -> tuple[Values, Numbers]:
        """Log-probability of each of `tokens`, shape (n, k), in its row's state, shape (n,), with
        what its letters are worth; and the state after it."""
        state = np.broadcast_to(states[:, None], tokens.shape)
        total = np.zeros(tokens.shape)
        for letters in self._spellings[:, tokens]:
            total += self._gains[state, letters]
            state = self._after[state, letters]
        return total, state.astype(np.int64)


class Fusion:
    """See `asr.beam_search.Prior`."""

    def __init__(self, model: TokenModel, weight: float) -> None:
        self._model = model
        self._weight = weight
        self.start = model.start

    def weigh(self, states: Numbers, tokens: Numbers) -> tuple[Values, Numbers]:
        """See there."""
        gains, after = self._model.weigh(states, tokens)
        return self._weight * gains, after


def _columns(token: str) -> list[int]:
    return [LETTERS.index(letter) for letter in spelt(token)]
