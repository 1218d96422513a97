"""The language of safety patterns, and how one is matched.

    упасть .. не встать        words in this order; `..` lets up to three others between, `..5` five
    боль + @грудь              both, in any order, near each other
    {кровь|кровища} хлестать   any of these; an alternative may have several words: {утром|с утра}
    =скорую                    this very form; without `=` every form of the word
    задых*                     every word that begins so (at least four letters)
    @грудь                     a word list of `words:`
    ^ скорая $                 nothing before it, nothing after it

A word is named by its dictionary form. Fillers («ну», «вот», «уже») between words never matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

GAP = 3
"""Words that `..` lets between two items."""
NEAR = 5
"""Words that `+` lets between two parts."""
SHORTEST_STEM = 4

BEGIN, END = "^", "$"
"""Stand before the first word of a text and after its last."""

_ITEM = re.compile(r"=?[а-яё0-9]+(?:-[а-яё0-9]+)*|[а-яё]{2,}\*|@[а-яё_]+")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_LATIN = re.compile("[a-zA-Z]")


class PatternError(ValueError):
    """A pattern that cannot be read; the message says why, in Russian, for editors."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place of a pattern: any of `options` (words, `=forms`, stems`*`, `@lists`)."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Items in their order; `gaps[i]` words may stand before item i (the first is 0)."""

    items: tuple[Item, ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Parts that must all be there, in any order."""

    source: str
    parts: tuple[Part, ...]


def read_pattern(source: str) -> tuple[Pattern, ...]:
    """Read `source`; several patterns where an alternative has several words.

    Raises:
        PatternError: it is not in the language.
    """
    if _LATIN.search(source):
        raise PatternError("латинская буква в русском слове: наберите её по-русски")
    return tuple(
        Pattern(source, tuple(_read_part(part) for part in plain.split("+")))
        for plain in _spread(source)
    )


def _spread(source: str) -> list[str]:
    """`source` once with its alternatives of one word, and once with each longer one."""
    for choice in _CHOICE.finditer(source):
        options = [option.strip() for option in choice.group(1).split("|")]
        longer = [option for option in options if " " in option]
        if not longer:
            continue
        words = [option for option in options if option not in longer]
        instead = [*([f"{{{'|'.join(words)}}}"] if words else []), *longer]
        before, after = source[: choice.start()], source[choice.end() :]
        return [plain for piece in instead for plain in _spread(before + piece + after)]
    return [source]


def _read_part(source: str) -> Part:
    items: list[Item] = []
    gaps: list[int] = []
    gap = 0
    for piece in source.split():
        if piece.startswith(".."):
            if not items or gap or not re.fullmatch(r"\.\.\d?", piece):
                raise PatternError("«..» ставится между двумя словами: «упасть .. не встать»")
            gap = int(piece[2:] or GAP)
            continue
        items.append(_read_item(piece))
        gaps.append(gap)
        gap = 0
    if all(item.options in ((BEGIN,), (END,)) for item in items):
        raise PatternError("нет слова: по обе стороны от «+» должны стоять слова")
    if gap:
        raise PatternError("после «..» нет слова")
    return Part(tuple(items), tuple(gaps))


def _read_item(piece: str) -> Item:
    options = piece[1:-1].split("|") if piece[0] == "{" and piece[-1] == "}" else [piece]
    for option in options:
        if option not in (BEGIN, END) and not _ITEM.fullmatch(option):
            raise PatternError(
                f"«{option}» не понято: слово, =форма, основа*, @список или {{одно|другое}}"
            )
        if option.endswith("*") and len(option) <= SHORTEST_STEM:
            raise PatternError(f"основа «{option}» короче {SHORTEST_STEM} букв: заденет лишнее")
    return Item(tuple(option.replace("ё", "е") for option in options))


@dataclass(frozen=True, slots=True, eq=False)
class Bits:
    """A pattern whose items are numbered: ready to be matched.

    A word is a mask, an integer whose bit n says that the word is one of item n's options.
    """

    parts: tuple[tuple[int, ...], ...]
    """For every part its items, each as a mask of one bit."""
    gaps: tuple[tuple[int, ...], ...]
    needed: int
    """Mask of all items: a text without one of them cannot match."""

    def find(self, masks: Sequence[int], start: int = 0, end: int | None = None) -> list[Places]:
        """Every match among the words `start`..`end`; each as the places of its words."""
        end = len(masks) if end is None else end
        found: list[Places] = []
        for head in self._part(0, masks, start, end):
            rest = self._complete(head, 1, masks, start, end)
            if rest is not None:
                found.append(rest)
        return found

    def _complete(
        self, places: Places, part: int, masks: Sequence[int], start: int, end: int
    ) -> Places | None:
        if part == len(self.parts):
            return places
        low, high = min(places), max(places)
        reach = NEAR + 1 + sum(self.gaps[part]) + len(self.parts[part])
        window = (max(start, low - reach), min(end, high + reach + 1))
        for candidate in self._part(part, masks, *window):
            apart = max(candidate[0] - high, low - candidate[-1]) - 1
            if apart > NEAR or set(candidate) & set(places):
                continue
            done = self._complete(places + candidate, part + 1, masks, start, end)
            if done is not None:
                return done
        return None

    def _part(self, part: int, masks: Sequence[int], start: int, end: int) -> list[Places]:
        items, gaps = self.parts[part], self.gaps[part]
        found: list[Places] = []
        for first in range(start, end):
            if not masks[first] & items[0]:
                continue
            places = [first]
            for item, gap in zip(items[1:], gaps[1:], strict=True):
                following = range(places[-1] + 1, min(end, places[-1] + 2 + gap))
                place = next((p for p in following if masks[p] & item), None)
                if place is None:
                    break
                places.append(place)
            else:
                found.append(tuple(places))
        return found


Places = tuple[int, ...]
"""Indices of the words of one match, in the order of the pattern."""
