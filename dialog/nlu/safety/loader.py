"""Reads `nlu_data/safety/*.yml`. Strict: a broken file stops the load and names its place.

version: 1
fillers: [ну, вот]                # once, in any file: words that never matter
turns: [но, сейчас]               # once: words that begin a new clause
words: {имя_списка: [слово, =форма, основа*, @другой_список]}
contexts:
  - {name: давно, scope: clause, present_wins: true, yields_to: [остро], patterns: [...]}
rules:
  - id: not_breathing
    kind: ambulance_103
    rank: 10                      # lower wins
    about: человек не дышит
    patterns: [не дышать]
    contexts: [давно]
    unless: [нос]
    fires: [он не дышит]          # examples, held by the tests
    silent: [в прошлом году не дышал носом]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

import pymorphy3
import yaml

from dialog.errors import ContentError
from dialog.nlu.safety.lexicon import Lexicon
from dialog.nlu.safety.patterns import Bits, PatternError, read_pattern
from dialog.nlu.safety.rules import Context, Kind, Rule, SafetyRules, Sign
from dialog.nlu.safety.text import plain

_T = TypeVar("_T")

# libyaml where it is built in: ten times quicker, the same language.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS: tuple[str, ...] = get_args(Kind)
_SECTIONS = ("version", "fillers", "turns", "words", "contexts", "rules")
_RULE_KEYS = frozenset(
    {
        "id",
        "kind",
        "rank",
        "about",
        "patterns",
        "contexts",
        "unless",
        "not_as",
        "signs",
        "threshold",
        "fires",
        "silent",
    }
)
_CONTEXT_KEYS = frozenset({"name", "about", "scope", "present_wins", "yields_to", "patterns"})
_LARGEST_FILE = 1_000_000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase that editors promise a rule fires on, or stays silent on."""

    rule_id: str
    text: str
    fires: bool
    place: str
    """File and line."""


@dataclass
class _Source:
    """What the files say, before the patterns are numbered."""

    fillers: set[str] = field(default_factory=set)
    turns: set[str] = field(default_factory=set)
    words: dict[str, list[str]] = field(default_factory=dict)
    word_places: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    rules: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)


def load_rules(directory: Path, morph: pymorphy3.MorphAnalyzer) -> SafetyRules:
    """Read every rule of `directory`.

    Raises:
        ContentError: nothing to read, or a file is broken; one line in Russian with the mend.
    """
    source = _read_all(directory)
    lists = {name: frozenset(_members(name, source)) for name in source.words}
    build = _Builder(Lexicon(morph, lists), frozenset(plain(w) for w in source.fillers), lists)
    named = {
        name: build.patterns(data["patterns"], place)
        for name, (data, place) in source.contexts.items()
    }
    contexts: dict[str, Context] = {}
    for name, (data, place) in source.contexts.items():
        yields = [_known(other, named, "контекст", place) for other in data.get("yields_to", [])]
        contexts[name] = Context(
            name=name,
            patterns=named[name],
            within_clause=data["scope"] == "clause",
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
            not_as=build.patterns(data.get("not_as", []), place),
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
        for rule_id, (data, place) in _read_all(directory).rules.items()
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


def _read_all(directory: Path) -> _Source:
    source = _Source()
    try:
        files = sorted(directory.glob("*.yml"))
    except OSError as error:
        raise ContentError(f"{directory}: папку не прочитать ({error.strerror})") from None
    if not files:
        raise ContentError(f"{directory}: нет файлов *.yml с правилами безопасности; верните их")
    for file in files:
        _read_file(file, source)
    if not source.rules:
        raise ContentError(f"{directory}: ни одного правила; без них служба не запускается")
    return source


def _read_file(file: Path, source: _Source) -> None:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ContentError(f"{file}: файл не прочитать ({error.strerror})") from None
    if len(raw) > _LARGEST_FILE:
        raise ContentError(f"{file}: больше мегабайта; разделите файл")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError(f"{file}:{line}: не UTF-8; сохраните файл в UTF-8") from None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise ContentError(
            f"{file}:{line}: YAML не читается: проверьте отступы и кавычки"
        ) from None
    except RecursionError:
        raise ContentError(f"{file}:1: слишком глубокая вложенность; упростите файл") from None
    if not isinstance(data, dict) or not isinstance(node, yaml.MappingNode):
        raise ContentError(f"{file}:1: ожидались разделы {', '.join(_SECTIONS)}")
    places = {key.value: value for key, value in node.value}
    _no_repeats(node, file)
    for key in data:
        if key not in _SECTIONS:
            raise ContentError(
                f"{file}:{_line(places.get(str(key), node))}: раздел «{key}» неизвестен; "
                f"есть {', '.join(_SECTIONS)}"
            )
    if data.get("version") != 1:
        raise ContentError(f"{file}:1: первой строкой нужна «version: 1»")
    for key, into in (("fillers", source.fillers), ("turns", source.turns)):
        if key in data:
            into.update(_strings(data[key], key, f"{file}:{_line(places[key])}"))
    _read_words(data.get("words", {}), places.get("words"), file, source)
    for key, name in (("contexts", "name"), ("rules", "id")):
        if key in data:
            _read_entries(data[key], places[key], file, key, name, source)


def _read_words(data: Any, node: Any, file: Path, source: _Source) -> None:
    if not isinstance(data, dict):
        raise ContentError(f"{file}:{_line(node)}: words: ожидались списки «имя: [слова]»")
    lines = {key.value: _line(key) for key, _ in node.value} if node is not None else {}
    for name, members in data.items():
        place = f"{file}:{lines.get(str(name), 1)}"
        if name in source.words:
            raise ContentError(f"{place}: список «{name}» уже есть: {source.word_places[name]}")
        source.words[name] = _strings(members, f"words: {name}", place)
        source.word_places[name] = place
        for member in source.words[name]:
            try:
                patterns = read_pattern(member)
            except PatternError as error:
                raise ContentError(f"{place}: список «{name}», «{member}»: {error}") from None
            if len(patterns) != 1 or [len(part.items) for part in patterns[0].parts] != [1]:
                raise ContentError(
                    f"{place}: список «{name}», «{member}»: в списке только отдельные слова"
                )


def _read_entries(
    data: Any, node: yaml.Node, file: Path, section: str, name: str, source: _Source
) -> None:
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode):
        raise ContentError(f"{file}:{_line(node)}: {section}: ожидался список")
    into = source.rules if section == "rules" else source.contexts
    for entry, entry_node in zip(data, node.value, strict=True):
        place = f"{file}:{_line(entry_node)}"
        if not isinstance(entry, dict) or not isinstance(entry.get(name), str):
            raise ContentError(f"{place}: {section}: у записи нет «{name}»")
        _no_repeats(entry_node, file)
        known = _RULE_KEYS if section == "rules" else _CONTEXT_KEYS
        extra = sorted(str(key) for key in entry if key not in known)
        if extra:
            raise ContentError(f"{place}: «{entry[name]}»: лишнее «{extra[0]}»; опечатка?")
        if entry[name] in into:
            raise ContentError(f"{place}: «{entry[name]}» уже есть: {into[entry[name]][1]}")
        if section == "rules":
            _check_rule(entry, place)
        else:
            _check_context(entry, place)
        into[entry[name]] = (entry, place)


def _check_rule(entry: dict[str, Any], place: str) -> None:
    title = f"{place}: правило «{entry['id']}»"
    if entry.get("kind") not in _KINDS:
        raise ContentError(f"{title}: kind — одно из {', '.join(_KINDS)}")
    if type(entry.get("rank")) is not int:
        raise ContentError(f"{title}: rank — целое число; чем меньше, тем важнее")
    if not isinstance(entry.get("about"), str):
        raise ContentError(f"{title}: about — одной строкой, о чём правило")
    _check_signs(entry, title)
    for key in ("fires", "silent") if "signs" in entry else ("patterns", "fires", "silent"):
        if not _strings(entry.get(key), key, title):
            raise ContentError(f"{title}: {key} пуст; нужен хотя бы один")
    for key in ("patterns", "contexts", "unless", "not_as"):
        _strings(entry.get(key, []), key, title)


def _check_signs(entry: dict[str, Any], title: str) -> None:
    if "signs" not in entry and "threshold" not in entry:
        return
    if type(entry.get("threshold")) is not int or entry["threshold"] < 2:
        raise ContentError(f"{title}: threshold — сколько весят признаки вместе, от 2")
    if not isinstance(entry.get("signs"), list):
        raise ContentError(f"{title}: signs — список признаков {{name, weight, patterns}}")
    names: set[str] = set()
    for sign in entry["signs"]:
        if not isinstance(sign, dict) or set(sign) != {"name", "weight", "patterns"}:
            raise ContentError(f"{title}: у признака ровно три поля: name, weight, patterns")
        if not isinstance(sign["name"], str) or sign["name"] in names:
            raise ContentError(f"{title}: признак «{sign['name']}»: имя повторяется или не слово")
        names.add(sign["name"])
        if type(sign["weight"]) is not int or not 0 < sign["weight"] < entry["threshold"]:
            raise ContentError(
                f"{title}: признак «{sign['name']}»: weight — целое от 1 и меньше threshold; "
                "что тревожно само по себе, место в patterns"
            )
        _strings(sign["patterns"], f"признак «{sign['name']}»", title)


def _check_context(entry: dict[str, Any], place: str) -> None:
    title = f"{place}: контекст «{entry['name']}»"
    if entry.get("scope") not in {"clause", "utterance"}:
        raise ContentError(f"{title}: scope — clause (то же предложение) или utterance (вся речь)")
    if not isinstance(entry.get("present_wins", False), bool):
        raise ContentError(f"{title}: present_wins — true или false")
    if not _strings(entry.get("patterns"), "patterns", title):
        raise ContentError(f"{title}: patterns пуст; нужен хотя бы один")
    _strings(entry.get("yields_to", []), "yields_to", title)


def _strings(value: Any, key: str, place: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        # `- да` and `- no` turn into booleans in YAML, a bare number into a number.
        raise ContentError(f"{place}: {key}: нужен список слов; числа, «@», «{{» — в кавычках")
    return value


def _members(name: str, source: _Source, inside: tuple[str, ...] = ()) -> Iterable[str]:
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


def _no_repeats(node: yaml.Node, file: Path) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise ContentError(f"{file}:{_line(key)}: «{key.value}» повторяется; оставьте одно")
        seen.add(key.value)


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1 if node is not None else 1
