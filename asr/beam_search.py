"""Beam search over a tree of tokens: the best few texts that a decoder can write.

All texts of the beam grow in one tree, so that what they have in common is computed and kept once
and nothing is copied when one of them branches: a token sees its own ancestors only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]
Grow = Callable[[Sequence[int], Sequence[Sequence[int]]], Logits]
"""Adds tokens to the tree; given are their numbers, and for each the places of those that it sees
besides itself. Returns logits, shape (tokens, vocabulary), of what comes after each."""

NEVER: Final = np.float32(-np.inf)


@dataclass(frozen=True)
class Text:
    """What was written."""

    tokens: tuple[int, ...]
    score: float
    """Mean log-probability of a token, its end counted in the sum only."""


@dataclass(frozen=True)
class _Branch:
    total: float
    """Log-probability so far."""
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
    """
    branches = [_Branch(0.0, (), tuple(range(root)))]
    scores = _log_probabilities(first[np.newaxis], allowed + allowed_first)
    done: list[Text] = []
    for length in range(1, longest + 1):
        totals = scores + np.array([[branch.total] for branch in branches])
        # Whatever ends, twice as many hold enough that go on.
        best = _largest(totals.ravel(), 2 * beam)
        found = [(float(totals.flat[at]), *divmod(int(at), totals.shape[1])) for at in best]
        for total, number, token in found[:beam]:
            if token == end or length == longest:
                tokens = branches[number].tokens
                text = tokens if token == end else (*tokens, token)
                done.append(Text(text, total / max(1, len(text))))
        if len(done) >= beam or length == longest:
            break
        growing = [each for each in found if each[2] != end][:beam]
        logits = grow(
            [token for _, _, token in growing],
            [branches[number].places for _, number, _ in growing],
        )
        scores = _log_probabilities(logits, allowed)
        branches = [
            _Branch(total, (*branches[number].tokens, token), (*branches[number].places, place))
            for place, (total, number, token) in enumerate(growing, root)
        ]
        root += len(growing)
    return sorted(done, key=lambda text: text.score, reverse=True)


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
