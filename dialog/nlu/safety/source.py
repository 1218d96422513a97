"""Reads `nlu_data/safety/*.yml`. Strict: a broken file stops the load and names its place.

```yaml
version: 1
fillers: [ну, вот]           # in one of the files: words that never matter
turns: [но, сейчас]          # words that begin a new clause
sayings: ['сдохнуть можно']  # expressions that alarm nobody: `not_as` of every rule
words: {имя_списка: [слово, =форма, основа*, '@другой_список']}
contexts:
- {name: давно, scope: clause, present_wins: true, yields_to: [остро], patterns: [год назад]}
rules:
- id: breathing
  kind: ambulance_103
  rank: 10                   # of several rules that match, the lowest wins
  about: не дышит
  patterns: [не дышать]      # the language of patterns.py
  contexts: [давно]          # any of them silences the rule
  unless: [насморк]          # so does one of these anywhere near
  not_as: [дышать .. нос]    # and an expression that shares a word with the pattern
  threshold: 4               # with `signs`: weak signs fire together when they weigh so much
  signs: [{name: бледность, weight: 2, patterns: [бледный]}]
  fires: [он не дышит]       # examples, held by the tests
  silent: [нос не дышит]
```
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml

from dialog.errors import ContentError
from dialog.nlu.safety.patterns import PatternError, read_pattern
from dialog.nlu.safety.rules import KINDS, Scope

# libyaml where it is built in: ten times quicker, the same language.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCOPES: tuple[str, ...] = get_args(Scope)
_SECTIONS = ("version", "fillers", "turns", "sayings", "words", "contexts", "rules")
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


@dataclass
class Source:
    """What the files say; each entry with its place, «file:line»."""

    fillers: set[str] = field(default_factory=set)
    turns: set[str] = field(default_factory=set)
    sayings: list[tuple[str, str]] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=dict)
    word_places: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    rules: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)


def read_source(directory: Path) -> Source:
    """Everything that the files of `directory` say, checked but for references and patterns.

    Raises:
        ContentError: nothing to read, or a file is broken; one line in Russian with the mend.
    """
    source = Source()
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


def _read_file(file: Path, source: Source) -> None:
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
    if "sayings" in data:
        place = f"{file}:{_line(places['sayings'])}"
        source.sayings += [
            (saying, place) for saying in _strings(data["sayings"], "sayings", place)
        ]
    _read_words(data.get("words", {}), places.get("words"), file, source)
    for key, name in (("contexts", "name"), ("rules", "id")):
        if key in data:
            _read_entries(data[key], places[key], file, key, name, source)


def _read_words(data: Any, node: Any, file: Path, source: Source) -> None:
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
    data: Any, node: yaml.Node, file: Path, section: str, name: str, source: Source
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
    if entry.get("kind") not in KINDS:
        raise ContentError(f"{title}: kind — одно из {', '.join(KINDS)}")
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
    if entry.get("scope") not in _SCOPES:
        raise ContentError(
            f"{title}: scope — clause (то же предложение), utterance (вся речь) "
            "или before (прямо перед тревожными словами)"
        )
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


def _no_repeats(node: yaml.Node, file: Path) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise ContentError(f"{file}:{_line(key)}: «{key.value}» повторяется; оставьте одно")
        seen.add(key.value)


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1 if node is not None else 1
