"""Builds the rules from what editors wrote: references resolved, patterns numbered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pymorphy3

from dialog.errors import ContentError
from dialog.nlu.safety.lexicon import Lexicon
from dialog.nlu.safety.patterns import Bits, PatternError, read_pattern
from dialog.nlu.safety.rules import Context, Rule, SafetyRules, Sign
from dialog.nlu.safety.source import Source, read_source
from dialog.nlu.safety.text import plain

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase that editors promise a rule fires on, or stays silent on."""

    rule_id: str
    text: str
    fires: bool
    place: str
    """File and line."""


def load_rules(directory: Path, morph: pymorphy3.MorphAnalyzer) -> SafetyRules:
    """Read every rule of `directory`.

    Raises:
        ContentError: nothing to read, or a file is broken; one line in Russian with the mend.
    """
    source = read_source(directory)
    lists = {name: frozenset(_members(name, source)) for name in source.words}
    build = _Builder(Lexicon(morph, lists), frozenset(plain(w) for w in source.fillers), lists)
    named = {
        name: build.patterns(data["patterns"], place)
        for name, (data, place) in source.contexts.items()
    }
    sayings = tuple(
        bits for saying, place in source.sayings for bits in build.patterns([saying], place)
    )
    contexts: dict[str, Context] = {}
    for name, (data, place) in source.contexts.items():
        yields = [_known(other, named, "контекст", place) for other in data.get("yields_to", [])]
        contexts[name] = Context(
            name=name,
            patterns=named[name],
            scope=data["scope"],
            present_wins=data.get("present_wins", False),
            yields_to=tuple(bits for found in yields for bits in found),
        )
    rules = tuple(
        Rule(
            id=rule_id,
            kind=data["kind"],
            rank=data["rank"],
            patterns=build.named(data.get("patterns", []), place),
            contexts=tuple(
                _known(name, contexts, "контекст", place) for name in data.get("contexts", [])
            ),
            unless=build.patterns(data.get("unless", []), place),
            not_as=build.patterns(data.get("not_as", []), place) + sayings,
            signs=tuple(
                Sign(sign["name"], sign["weight"], build.patterns(sign["patterns"], place))
                for sign in data.get("signs", [])
            ),
            threshold=data.get("threshold", 0),
        )
        for rule_id, (data, place) in source.rules.items()
    )
    build.lexicon.close()
    turns = frozenset(plain(word) for word in source.turns)
    return SafetyRules(rules, build.lexicon, morph, build.fillers, turns)


def load_examples(directory: Path) -> tuple[Example, ...]:
    """The examples written beside the rules of `directory`.

    Raises:
        ContentError: as `load_rules`.
    """
    return tuple(
        Example(rule_id, text, key == "fires", place)
        for rule_id, (data, place) in read_source(directory).rules.items()
        for key in ("fires", "silent")
        for text in data[key]
    )


@dataclass(frozen=True)
class _Builder:
    lexicon: Lexicon
    fillers: frozenset[str]
    lists: Mapping[str, frozenset[str]]

    def patterns(self, sources: Iterable[str], place: str) -> tuple[Bits, ...]:
        return tuple(bits for source in sources for bits in self._read(source, place))

    def named(self, sources: Iterable[str], place: str) -> tuple[tuple[str, Bits], ...]:
        """Every pattern with how editors wrote it."""
        return tuple((source, bits) for source in sources for bits in self._read(source, place))

    def _read(self, source: str, place: str) -> Iterator[Bits]:
        try:
            patterns = read_pattern(source)
        except PatternError as error:
            raise ContentError(f"{place}: образец «{source}»: {error}") from None
        items = (item for found in patterns for part in found.parts for item in part.items)
        for option in (option for item in items for option in item.options):
            if option[0] == "@" and option[1:] not in self.lists:
                raise ContentError(
                    f"{place}: образец «{source}»: нет списка слов «{option}»; "
                    "добавьте его в words или исправьте имя"
                )
            if option.lstrip("=") in self.fillers:
                raise ContentError(
                    f"{place}: образец «{source}»: «{option}» стоит в fillers и пропускается; "
                    "уберите слово из образца или из fillers"
                )
        for pattern in patterns:
            yield self.lexicon.number(pattern)


def _members(name: str, source: Source, inside: tuple[str, ...] = ()) -> Iterable[str]:
    place = source.word_places[name]
    if name in inside:
        raise ContentError(f"{place}: список «{name}» содержит сам себя; уберите ссылку")
    for member in source.words[name]:
        for option in read_pattern(member)[0].parts[0].items[0].options:
            if option[0] != "@":
                yield option
                continue
            if option[1:] not in source.words:
                raise ContentError(f"{place}: список «{name}»: нет списка «{option}»")
            yield from _members(option[1:], source, (*inside, name))


def _known(name: str, among: Mapping[str, _T], what: str, place: str) -> _T:
    if name not in among:
        raise ContentError(f"{place}: {what} «{name}» не описан; есть {', '.join(sorted(among))}")
    return among[name]
