"""What callers do to values while they speak: correct them, deny them, offer two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from dialog.slots.words import Word, vocabulary

Value = TypeVar("Value")
_LINKS: Final = vocabulary("в во на к ко с со по до из у а от")


@dataclass(frozen=True)
class Named(Generic[Value]):
    """A value and the words that name it."""

    value: Value
    start: int
    """Index of the first word."""
    end: int
    """Index of the word after the last."""
    confidence: float = 0.95


def wanted(words: Sequence[Word], named: Sequence[Named[Value]]) -> list[Named[Value]]:
    """The values that the caller wants, last one last; denied ones («не во вторник») are left out.

    Where every one is denied, none is left.
    """
    return [item for item in named if not _denied(words, item.start)]


def alternatives(words: Sequence[Word], named: Sequence[Named[Value]]) -> list[Named[Value]]:
    """The last value, with those that «или» joins to it, in the order of speech."""
    if not named:
        return []
    chosen = [named[-1]]
    for earlier in reversed(named[:-1]):
        between = [word.text for word in words[earlier.end : chosen[0].start]]
        if "или" not in between and "либо" not in between:
            break
        chosen.insert(0, earlier)
    return chosen


def _denied(words: Sequence[Word], start: int) -> bool:
    at = start - 1
    while at >= 0 and words[at].text in _LINKS:
        at -= 1
    return at >= 0 and words[at].text == "не"
