"""What a synthesizer can be asked to speak."""

from __future__ import annotations

import re
from typing import Final

from tts.errors import SynthesisError

STRESS: Final = "+"
"""Stands before the vowel that bears the stress."""
VOWELS: Final = "аеёиоуыэюя"
PAUSES: Final = ",.!?…:;—"
"""Punctuation that is heard as a pause or as intonation."""

_LETTER: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_FOREIGN: Final = re.compile(rf"[^а-яё\s{re.escape(STRESS)}{re.escape(PAUSES)}\-]", re.IGNORECASE)


def is_speakable(text: str) -> bool:
    """Whether `text` has anything to pronounce: at least one Russian letter."""
    return _LETTER.search(text) is not None


def require_speakable(text: str) -> str:
    """Return `text` with only what a voice knows: Russian letters, ``+``, hyphen, pauses.

    Raises:
        SynthesisError: nothing is left to pronounce.
    """
    known = " ".join(_FOREIGN.sub(" ", text).split())
    if not is_speakable(known):
        raise SynthesisError("nothing to speak: the text has no Russian letters, normalise it")
    return known
