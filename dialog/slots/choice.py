"""A choice out of a list or between a few things: by name, or by number («второе», «последний»)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dialog.slots.correct import Named, alternatives, wanted
from dialog.slots.lists import Entry, EntryList, Found
from dialog.slots.morphology import lemmas_of
from dialog.slots.numerals import number_at
from dialog.slots.reading import Reading
from dialog.slots.words import Word, vocabulary, words_of

_LAST: Final = frozenset({"последнее", "последний", "последнюю", "последняя", "последнего"})
_AROUND_NUMBER: Final = vocabulary(
    "вариант варианта номер номером цифра пункт кнопка давайте да ну это под нужно нужен мне хочу "
    "пожалуйста выбираю пусть будет лучше из них э так вот тот та то первый наверное нет не а ой "
    "вопрос"
)
_UNLISTED: Final = 0.6
"""Confidence in a name that is in no list and is kept as it was said."""
_SHORT: Final = 3
"""Shorter words ("на", "к") tell no option from another."""


class ListReader:
    """Gives the id of the entry that `text` names; misheard and confusable ones are asked back.

    Where the list allows it, the answer may name something that is not listed: its value is what
    was said.
    """

    def __init__(self, entries: EntryList, asked: bool = True) -> None:
        """`asked`: whether the question was about one of the entries. In passing only what
        leaves no doubt is read."""
        self._entries = entries
        self._asked = asked

    def read(self, text: str, today: date) -> Reading | None:
        """The last entry named, without those that are denied («не к терапевту»)."""
        words = words_of(text)
        named = [_named(words, found) for found in self._entries.find(text, self._asked)]
        chosen = alternatives(words, wanted(words, named))
        if not chosen and not named and self._asked and self._entries.names_unlisted(text):
            return Reading(" ".join(text.split()), text, 0, len(text), _UNLISTED)
        if not chosen:
            return None
        options = tuple(
            dict.fromkeys(
                entry.id for item in chosen for entry in (item.value.entry, *item.value.rivals)
            )
        )
        if len(options) > 1 and not self._asked:
            return None
        start, end = chosen[0].value.start, chosen[-1].value.end
        first = chosen[0].value
        unsure = options if len(options) > 1 else ()
        return Reading(first.entry.id, text[start:end], start, end, chosen[0].confidence, unsure)


def _named(words: Sequence[Word], found: Found) -> Named[Found]:
    inside = [
        n for n, word in enumerate(words) if word.end > found.start and word.start < found.end
    ]
    at = inside[0] if inside else 0
    confidence = 0.95 if found.score == 100 else round(0.9 * found.score / 100, 2)
    return Named(found, at, inside[-1] + 1 if inside else at + 1, confidence)


@dataclass(frozen=True)
class Option:
    """One of the things that the caller was offered."""

    value: str
    names: tuple[str, ...]
    """What the caller may call it, the spoken one first."""


class ChoiceReader:
    """Gives the value of one of a few options, by name, by a part of the name, or by number."""

    def __init__(self, options: Sequence[Option]) -> None:
        self._options = tuple(options)
        entries = tuple(Entry(o.value, o.names[0], o.names[0], o.names[1:]) for o in self._options)
        self._entries = EntryList("options", entries)
        self._own = EntryList("parts", _parts(self._options))

    def read(self, text: str, today: date) -> Reading | None:
        """The option that `text` chooses; None for none, both, or something else."""
        for entries in (self._entries, self._own):
            reading = ListReader(entries).read(text, today)
            if reading is not None and not reading.unsure_between:
                return reading
        return self._by_number(text)

    def _by_number(self, text: str) -> Reading | None:
        words = words_of(text)
        found: list[tuple[int, int, int]] = []
        at = 0
        while at < len(words):
            number = number_at(words, at)
            if words[at].text in _LAST:
                found.append((len(self._options), at, at + 1))
                at += 1
            elif number is not None:
                found.append((number.value, at, number.end))
                at = number.end
            elif words[at].text in _AROUND_NUMBER:
                at += 1
            else:
                return None  # the number belongs to a sentence: «мне семьдесят два года»
        named = wanted(words, [Named(value, start, end) for value, start, end in found])
        if not named or not 1 <= named[-1].value <= len(self._options):
            return None
        chosen = named[-1]
        start, end = words[chosen.start].start, words[chosen.end - 1].end
        value = self._options[chosen.value - 1].value
        return Reading(value, text[start:end], start, end, 0.9)


def _parts(options: Sequence[Option]) -> tuple[Entry, ...]:
    """The words by which each option is told from the others."""
    words = [
        {word.text for name in o.names for word in words_of(name) if len(word.text) > _SHORT}
        for o in options
    ]
    entries = []
    for index, option in enumerate(options):
        others = {
            lemma
            for n, of_other in enumerate(words)
            for word in of_other
            for lemma in lemmas_of(word)
            if n != index
        }
        own = sorted(word for word in words[index] if others.isdisjoint(lemmas_of(word)))
        if own:
            entries.append(Entry(option.value, own[0], own[0], tuple(own[1:])))
    return tuple(entries)
