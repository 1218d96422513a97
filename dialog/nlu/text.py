"""A caller's words as the interpreter takes them: lower case, no punctuation, ё as е."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_CHARS: Final = 4000
"""Read at most; a minute of fast speech is about 1000."""
MAX_WORDS: Final = 60
"""Kept at most. People say what they want at the beginning or at the end of a long story."""

MAX_LETTERS: Final = 40
"""Of a word; the longest that people say have about 30."""

_WORD: Final = re.compile(r"[^\W_]+")
# What opens and fills an utterance and says nothing of its subject.
_FILLERS: Final = frozenset(
    word
    for line in (
        "алло ало але алле э ээ эээ эм мм ммм м ой ох ай",
        "ну вот это самое значит короче типа так блин",
        "слушайте послушайте девушка женщина мужчина милая дочка сынок пожалуйста",
        "здравствуйте здрасте здравствуй здрасьте",
    )
    for word in line.split()
)


def words(text: str) -> list[str]:
    """The words of any string, however broken; at most `MAX_WORDS`."""
    # Half of a surrogate pair is no character: it would fail wherever the text is encoded.
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]} {text[-MAX_CHARS // 2 :]}"
    whole = "".join(" " if "\ud800" <= c <= "\udfff" else c for c in text)
    plain = unicodedata.normalize("NFKC", whole).lower().replace("ё", "е")
    # NFKC leaves stress marks and other combining signs as characters of their own.
    found = _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
    if len(found) > MAX_WORDS:
        head = MAX_WORDS * 2 // 3
        found = found[:head] + found[head - MAX_WORDS :]
    return [word[:MAX_LETTERS] for word in found]


def plain(text: str) -> str:
    """`text` as words with single spaces; empty where it has none."""
    return " ".join(words(text))


def without_fillers(tokens: Sequence[str]) -> list[str]:
    """The words that carry meaning; all of them where none would be left."""
    return [word for word in tokens if word not in _FILLERS] or list(tokens)
