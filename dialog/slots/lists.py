"""Closed lists of editors (`nlu_data/lists/*.yml`): doctors, towns; found in free speech.

A form is matched as whole words on lemmas, so that case endings do not matter; a word that the
recognizer bent a little still matches, when no other entry is as near.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pymorphy3
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from rapidfuzz import fuzz

from dialog.errors import ContentError

_WORD = re.compile(r"[а-яa-z0-9]+(?:-[а-яa-z0-9]+)*")
_NEAR = 84.0
"""Similarity (0 to 100) from which a misheard word counts as the listed one."""
_NEAR_LENGTH = 5
"""Shorter words ("оса", "лор") must match exactly: everything is near to them."""


class _EntryModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    spoken: str | None = None
    forms: list[str] = []


@dataclass(frozen=True)
class Entry:
    """One thing of a list."""

    id: str
    name: str
    """As people read it."""
    spoken: str
    """As the assistant says it inside a sentence ("к терапевту", "в Кунгуре")."""
    forms: tuple[str, ...]
    """Other names of it, colloquial and misheard."""


@dataclass(frozen=True)
class Found:
    """An entry found in a text."""

    entry: Entry
    start: int
    """Characters from the beginning of the text."""
    end: int
    score: float
    """100 for an exact form, less for a misheard one."""


class EntryList:
    """One list, ready to be searched."""

    def __init__(self, name: str, entries: tuple[Entry, ...]) -> None:
        self.name = name
        self.entries = {entry.id: entry for entry in entries}
        self._forms = [
            (tuple(match.group() for match in _words(form)), entry)
            for entry in entries
            for form in (entry.name, *entry.forms)
        ]
        # Longest first: "детский врач" before "врач".
        self._forms.sort(key=lambda item: -len(item[0]))

    def hints(self) -> tuple[str, ...]:
        """Names of all entries, for the recognizer."""
        return tuple(entry.name.lower() for entry in self.entries.values())

    def find(self, text: str) -> tuple[Found, ...]:
        """All entries named in `text`, in the order of the text, without overlaps."""
        words = [(match.group(), match.start(), match.end()) for match in _words(text)]
        found = self._exact(words) or self._near(words)
        return tuple(sorted(found, key=lambda item: item.start))

    def _exact(self, words: list[tuple[str, int, int]]) -> list[Found]:
        lemmas = [_lemmas(word) for word, _, _ in words]
        found: list[Found] = []
        taken: set[int] = set()
        for form, entry in self._forms:
            wanted = [_lemmas(word) for word in form]
            for at in range(len(lemmas) - len(form) + 1):
                span = range(at, at + len(form))
                if taken.isdisjoint(span) and all(
                    lemmas[at + n] & wanted[n] for n in range(len(form))
                ):
                    taken.update(span)
                    found.append(Found(entry, words[at][1], words[span[-1]][2], 100.0))
        return found

    def _near(self, words: list[tuple[str, int, int]]) -> list[Found]:
        best: dict[str, Found] = {}
        for form, entry in self._forms:
            wanted = " ".join(form)
            if len(wanted) < _NEAR_LENGTH:
                continue
            for at in range(len(words) - len(form) + 1):
                last = at + len(form) - 1
                heard = " ".join(word for word, _, _ in words[at : last + 1])
                score = fuzz.ratio(heard, wanted)
                known = best.get(entry.id)
                if score >= _NEAR and (known is None or score > known.score):
                    best[entry.id] = Found(entry, words[at][1], words[last][2], score)
        if not best:
            return []
        top = max(item.score for item in best.values())
        nearest = [item for item in best.values() if item.score == top]
        return nearest if len(nearest) == 1 else []


def load_lists(directory: Path) -> dict[str, EntryList]:
    """Read every list of `directory` whose file says ``entries:``.

    Raises:
        ContentError: names the file and what is wrong with it.
    """
    lists: dict[str, EntryList] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not isinstance(document, dict) or "entries" not in document:
                continue
            models = {
                key: _EntryModel.model_validate(value) for key, value in document["entries"].items()
            }
        except (
            yaml.YAMLError,
            ValidationError,
            OSError,
            UnicodeDecodeError,
            AttributeError,
        ) as error:
            raise ContentError(f"{path.name}: {' '.join(str(error).split())}") from error
        lists[path.stem] = EntryList(
            path.stem,
            tuple(
                Entry(key, model.name, model.spoken or model.name, tuple(model.forms))
                for key, model in models.items()
            ),
        )
    return lists


def _fold(text: str) -> str:
    return text.lower().replace("ё", "е")


def _words(text: str) -> list[re.Match[str]]:
    # Folding keeps the length, so that positions are those of the caller's text.
    return list(_WORD.finditer(_fold(text)))


@lru_cache(maxsize=1)
def _morphology() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=20_000)
def _lemmas(word: str) -> frozenset[str]:
    """Every dictionary form that `word` may belong to, and the word itself."""
    parses = _morphology().parse(word)
    return frozenset({word, *(_fold(parse.normal_form) for parse in parses)})
