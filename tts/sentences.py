"""Cuts a prompt into sentences: the first is heard while the rest is still being made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tts.speakable import is_speakable

SENTENCE_PAUSE_S: Final = 0.35
PARAGRAPH_PAUSE_S: Final = 0.6
ELLIPSIS_PAUSE_S: Final = 0.6
CLAUSE_PAUSE_S: Final = 0.15
MAX_SENTENCE: Final = 300
"""Characters that an engine gets at once; longer sentences are cut at a clause or a word."""

_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(frozen=True)
class Sentence:
    """A piece that is synthesized in one go."""

    text: str
    pause_s: float
    """Silence after it (s)."""


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """Cut normalised `text`; a line break is a paragraph. Pieces with nothing to say are left out.

    The last sentence has no pause after it.
    """
    sentences: list[Sentence] = []
    for paragraph in re.split(r"\n+", text):
        pieces = [piece for piece in _END.split(paragraph.strip()) if is_speakable(piece)]
        for piece in pieces:
            pause = ELLIPSIS_PAUSE_S if piece.endswith("…") else SENTENCE_PAUSE_S
            clauses = _split_long(piece)
            sentences += [Sentence(clause, CLAUSE_PAUSE_S) for clause in clauses[:-1]]
            sentences.append(Sentence(clauses[-1], pause))
        if pieces:
            sentences[-1] = Sentence(sentences[-1].text, PARAGRAPH_PAUSE_S)
    if sentences:
        sentences[-1] = Sentence(sentences[-1].text, 0.0)
    return tuple(sentences)


def _split_long(sentence: str) -> list[str]:
    """Cut at the last clause that fits, else at the last word, else anywhere."""
    clauses: list[str] = []
    rest = sentence
    while len(rest) > MAX_SENTENCE:
        head = rest[:MAX_SENTENCE]
        cut = max(head.rfind(mark) for mark in (", ", "; ", ": ", "— ")) + 1
        if cut < MAX_SENTENCE // 4:
            cut = head.rfind(" ")
        if cut <= 0:
            cut = MAX_SENTENCE
        clauses.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    if rest:
        clauses.append(rest)
    return [clause for clause in clauses if is_speakable(clause)] or [sentence]
