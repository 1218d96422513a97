"""Beam search over a tree of tokens: the best few texts that a decoder can write.

All texts of the beam grow in one tree, so that what they have in common is computed and kept once
and nothing is copied when one of them branches: a token sees its own ancestors only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]
Grow = Callable[[Sequence[int], Sequence[Sequence[int]]], Logits]
"""Adds tokens to the tree; given are their numbers, and for each the places of those that it sees
besides itself. Returns logits, shape (tokens, vocabulary), of what comes after each."""

Numbers = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

NEVER: Final = np.float32(-np.inf)


_CHOICES: Final = 32
"""So many tokens, the likeliest after each text, are weighed by what else is known."""


class Prior(Protocol):
    """What is known of a text besides its sound."""

    start: int
    """State before a text, at least 0."""

    def weigh(self, states: Numbers, tokens: Numbers) -> tuple[Values, Numbers]:
        """What each of `tokens`, shape (n, k), adds to the log-probability of a text in its row's
        state, shape (n,); and the state after it."""
        ...


@dataclass(frozen=True)
class Text:
    """What was written."""

    tokens: tuple[int, ...]
    score: float
    """Mean log-probability of a token by sound, its end counted in the sum only."""
    rank: float
    """The same with what the prior adds; without one, the score."""


@dataclass(frozen=True)
class _Branch:
    total: float
    """Log-probability so far, with what the prior adds."""
    heard: float
    """The same without."""
    state: int
    """Of the prior."""
    tokens: tuple[int, ...]
    places: tuple[int, ...]
    """In the tree, from the root on."""


def search(
    first: Logits,
    root: int,
    grow: Grow,
    *,
    end: int,
    beam: int,
    longest: int,
    allowed: Logits,
    allowed_first: Logits,
    prior: Prior | None = None,
) -> list[Text]:
    """The `beam` texts that end first, or those cut at `longest`, best first.

    A text that ends is done, and another takes its place in the beam; with as many done as the beam
    holds, the search is over.

    Args:
        first: logits after the root, shape (vocabulary,).
        root: so many tokens are in the tree already, and every text sees all of them.
        grow: see there.
        end: the token with which a text ends.
        beam: how many texts grow at a time.
        longest: tokens of a text, at least 1.
        allowed: 0 for each token that may be written, `NEVER` for the others; shape (vocabulary,).
        allowed_first: the same for the first token.
        prior: has its say in which texts are best.
    """
    start = 0 if prior is None else prior.start
    branches = [_Branch(0.0, 0.0, start, (), tuple(range(root)))]
    scores = _log_probabilities(first[np.newaxis], allowed + allowed_first)
    done: list[Text] = []
    for length in range(1, longest + 1):
        # Whatever ends, twice as many hold enough that go on.
        found = _best(branches, scores, prior, 2 * beam)
        for number, token, branch in found[:beam]:
            if token == end or length == longest:
                tokens = branches[number].tokens if token == end else branch.tokens
                size = max(1, len(tokens))
                done.append(Text(tokens, branch.heard / size, branch.total / size))
        if len(done) >= beam or length == longest:
            break
        growing = [each for each in found if each[1] != end][:beam]
        logits = grow(
            [token for _, token, _ in growing],
            [branches[number].places for number, _, _ in growing],
        )
        scores = _log_probabilities(logits, allowed)
        branches = [
            replace(branch, places=(*branch.places, place))
            for place, (_, _, branch) in enumerate(growing, root)
        ]
        root += len(growing)
    return sorted(done, key=lambda text: text.rank, reverse=True)


def _best(
    branches: Sequence[_Branch], scores: Logits, prior: Prior | None, count: int
) -> list[tuple[int, int, _Branch]]:
    """The `count` best ways to go on, best first: number of the branch, token, and what it becomes,
    without its place in the tree."""
    choices = min(scores.shape[1], count if prior is None else max(count, _CHOICES))
    tokens = np.argpartition(scores, scores.shape[1] - choices)[:, -choices:]
    sound = np.take_along_axis(scores, tokens, axis=1)
    heard: Values = np.array([[branch.heard] for branch in branches]) + sound
    if prior is None:
        totals, after = heard, np.zeros_like(tokens)
    else:
        gains, after = prior.weigh(np.array([branch.state for branch in branches]), tokens)
        gained = np.array([[branch.total - branch.heard] for branch in branches])
        totals = heard + gained + gains
    found: list[tuple[int, int, _Branch]] = []
    for at in _largest(totals.ravel(), count):
        number = int(at) // choices
        token = int(tokens.flat[at])
        branch = _Branch(
            float(totals.flat[at]),
            float(heard.flat[at]),
            int(after.flat[at]),
            (*branches[number].tokens, token),
            branches[number].places,
        )
        found.append((number, token, branch))
    return found


def _log_probabilities(logits: Logits, allowed: Logits) -> Logits:
    """Of the tokens that are allowed; shape (n, vocabulary)."""
    free = logits + allowed
    free -= free.max(axis=1, keepdims=True)
    free -= np.log(np.exp(free).sum(axis=1, keepdims=True))
    return free


def _largest(values: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.intp]:
    """Where the `count` largest are, the largest first."""
    count = min(count, len(values))
    best = np.argpartition(values, len(values) - count)[-count:]
    ordered: npt.NDArray[np.intp] = best[np.argsort(-values[best], kind="stable")]
    return ordered
