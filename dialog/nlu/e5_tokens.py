"""Cutting a text into the pieces of multilingual-e5-small: SentencePiece unigram, by Viterbi.

Source: Kudo 2018, "Subword Regularization" (the most probable segmentation).
"""

from __future__ import annotations

import re
from typing import Final

from dialog.nlu.e5_weights import Vocabulary

_SPACE: Final = "\u2581"
_LONGEST_PIECE: Final = 16
"""Characters. Longer pieces of the vocabulary are rows of dashes and the like."""
_UNKNOWN_PENALTY: Final = 10.0


class Tokenizer:
    """Text to ids of pieces."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._pieces = vocabulary.pieces
        self._scores = vocabulary.scores
        self._unknown_score = min(vocabulary.scores) - _UNKNOWN_PENALTY

    def ids(self, text: str, limit: int) -> list[int]:
        """Ids of `text` with the marks of beginning and end; at most `limit` of them."""
        vocabulary = self._vocabulary
        flat = re.sub(" {2,}", " ", text.translate(vocabulary.replacements))
        marked = (" " + flat.removeprefix(" ")).replace(" ", _SPACE)
        return [vocabulary.begin, *self._segment(marked)[: limit - 2], vocabulary.end]

    def _segment(self, text: str) -> list[int]:
        pieces, scores = self._pieces, self._scores
        size = len(text)
        best = [0.0] + [float("-inf")] * size
        came_by = [(0, self._vocabulary.unknown)] * (size + 1)
        for start in range(size):
            here = best[start]
            for end in range(start + 1, min(start + _LONGEST_PIECE, size) + 1):
                piece = pieces.get(text[start:end])
                if piece is not None and here + scores[piece] > best[end]:
                    best[end] = here + scores[piece]
                    came_by[end] = (start, piece)
            if here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                came_by[start + 1] = (start, self._vocabulary.unknown)
        found: list[int] = []
        at = size
        while at > 0:
            at, piece = came_by[at]
            found.append(piece)
        return found[::-1]
