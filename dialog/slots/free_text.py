"""Free words, kept for the operator as they were said."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from dialog.slots.reading import Reading
from dialog.slots.words import vocabulary, words_of
from dialog.slots.yes_no import YesNoReader

MOST_CHARACTERS: Final = 500
_NOTHING_ELSE: Final = 0.9
"""Confidence of a yes or a no from which the words tell nothing besides."""
_HESITATION: Final = vocabulary("э ээ эээ эм мм м ммм ну так вот алло але а о у угу ага хм")
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]+"
)


class TextReader:
    """Gives the words themselves, at most 500 characters; None for hesitation or a bare «да»."""

    def __init__(self) -> None:
        self._yes_no = YesNoReader()

    def read(self, text: str, today: date) -> Reading | None:
        """`text` on one line, without control characters."""
        if all(word.text in _HESITATION for word in words_of(text)):
            return None
        said = self._yes_no.read(text, today)
        if said is not None and said.confidence >= _NOTHING_ELSE:
            return None
        value = " ".join(_UNPRINTABLE.sub(" ", text).split())[:MOST_CHARACTERS]
        return Reading(value, text, 0, len(text), 0.6) if value else None
