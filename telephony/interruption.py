"""Do the words that a caller speaks over a prompt want it to stop?

A cough has no words. An "угу" has one, and means "go on": the prompt resumes. An answer to the
question that is just being asked is one even in a single word.
"""

from __future__ import annotations

import re
from typing import Final

from asr.endpoint import Expectation

_WORD: Final = re.compile(r"[а-яёa-z0-9-]+")

_BACKCHANNELS: Final = frozenset(
    _WORD.findall("а ага угу мгм гм хм эм мм м э ну вот так ой ох ах эх алло але алё аллё")
)
"""Sounds of a listener, and of a caller who checks the line."""
_AGREEMENTS: Final = frozenset(
    _WORD.findall(
        "да ок окей хорошо ладно понятно понял поняла ясно слушаю конечно спасибо здравствуйте"
    )
)
"""Words by which a listener goes along. Where a question is asked they may answer it."""


def interrupts(text: str, asked: Expectation | None, least_words: int = 1) -> bool:
    """Whether `text` takes the floor from a prompt.

    Args:
        text: words of the caller, lower case.
        asked: what kind of answer the prompt asks for; None where it asks nothing.
        least_words: so many words that are not mere listening.
    """
    words = [word for word in _WORD.findall(text) if word not in _BACKCHANNELS]
    if asked not in (None, Expectation.OPEN):
        return bool(words)
    return sum(word not in _AGREEMENTS for word in words) >= least_words
