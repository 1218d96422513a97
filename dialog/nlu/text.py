"""A caller's words as the interpreter takes them: lower case, no punctuation, ё as е."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_CHARS: Final = 4000
"""Read at most; a minute of fast speech is about 1000."""
MAX_WORDS: Final = 60
"""Kept at most. People say what they want at the beginning or at the end of a long story."""

MAX_LETTERS: Final = 40
"""Of a word; the longest that people say have about 30."""

_WORD: Final = re.compile(r"[^\W_]+")
_NOT_HEARD: Final = re.compile("[\u0300-\u036f\ud800-\udfff]")


def words(text: str) -> list[str]:
    """The words of any string, however broken; at most `MAX_WORDS`."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]} {text[-MAX_CHARS // 2 :]}"
    plain = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    # Stress marks stay characters of their own; half of a surrogate pair is none at all, and would
    # fail wherever the text is encoded.
    found = _WORD.findall(_NOT_HEARD.sub("", plain))
    if len(found) > MAX_WORDS:
        head = MAX_WORDS * 2 // 3
        found = found[:head] + found[head - MAX_WORDS :]
    return [word[:MAX_LETTERS] for word in found]


def plain(text: str) -> str:
    """`text` as words with single spaces; empty where it has none."""
    return " ".join(words(text))
