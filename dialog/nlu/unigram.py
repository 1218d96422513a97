"""Cutting a text into the pieces of a SentencePiece unigram model, by Viterbi.

Source: Kudo 2018, "Subword Regularization" (the most probable segmentation).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

SPACE: Final = "\u2581"
"""Stands for a space in the pieces."""
LONGEST_PIECE: Final = 16
"""Characters. Longer pieces of a vocabulary are rows of dashes and the like."""
UNKNOWN_PENALTY: Final = 10.0
"""By how much an unknown character is less probable than the rarest piece (logarithm)."""

_OURS: Final = re.compile(f"[{SPACE}\u0020-\u007eа-яё]{{1,{LONGEST_PIECE}}}")
_CAPITAL: Final = re.compile("[A-Z]")


def is_ours(piece: str) -> bool:
    """Whether a piece is of small Cyrillic or Latin letters, digits and signs.

    `dialog.nlu.text` leaves little else; other scripts are most of a multilingual vocabulary.
    """
    return _OURS.fullmatch(piece) is not None and _CAPITAL.search(piece) is None


@dataclass(frozen=True)
class Unigram:
    """A vocabulary with the marks around a text."""

    pieces: dict[str, int]
    """Piece -> its id."""
    scores: Sequence[float]
    """Log probability of every piece, by id."""
    begin: int
    end: int
    unknown: int

    def ids(self, text: str, limit: int) -> list[int]:
        """Ids of `text` with the marks of beginning and end; at most `limit` of them.

        Args:
            text: normalised as the model wants it.
            limit: what is beyond is cut off.
        """
        flat = re.sub(" {2,}", " ", text)
        marked = (" " + flat.removeprefix(" ")).replace(" ", SPACE)
        return [self.begin, *self._segment(marked)[: limit - 2], self.end]

    @cached_property
    def _unknown_score(self) -> float:
        """Log probability of a character that no piece covers."""
        return min(self.scores) - UNKNOWN_PENALTY

    def _segment(self, text: str) -> list[int]:
        pieces, scores = self.pieces, self.scores
        unknown_score = self._unknown_score
        size = len(text)
        best = [0.0] + [float("-inf")] * size
        came_by = [(0, self.unknown)] * (size + 1)
        for start in range(size):
            here = best[start]
            for end in range(start + 1, min(start + LONGEST_PIECE, size) + 1):
                piece = pieces.get(text[start:end])
                if piece is not None and here + scores[piece] > best[end]:
                    best[end] = here + scores[piece]
                    came_by[end] = (start, piece)
            if here + unknown_score > best[start + 1]:
                best[start + 1] = here + unknown_score
                came_by[start + 1] = (start, self.unknown)
        ids: list[int] = []
        at = size
        while at > 0:
            at, piece = came_by[at]
            ids.append(piece)
        return ids[::-1]
