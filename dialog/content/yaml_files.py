"""Editors' YAML files as nodes with line numbers; anything unreadable becomes a finding.

Scalars stay the text that the editor wrote, as in YAML 1.2: «да», ``on`` and ``no`` are words here,
not booleans. So does Rasa read its training data. Anchors and aliases are refused: a file of ten
lines can hold billions of items by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from dialog.content.file_text import NOT_LOADED, read_text
from dialog.content.findings import Finding, Severity
from dialog.content.folder_listing import list_files

MAX_DEPTH: Final = 40
"""Of mappings and lists in one another. Deeper ones would exhaust the parser's stack."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # C where libyaml is there


@dataclass(frozen=True)
class YamlFile:
    """One file that could be read."""

    name: str
    """Relative to the folder, with forward slashes."""
    root: yaml.MappingNode


def read_folder(folder: Path) -> tuple[list[YamlFile], list[Finding]]:
    """Every `*.yml` and `*.yaml` under `folder`, by name."""
    findings: list[Finding] = []
    files = [
        file
        for path, name in list_files(folder, findings)
        if (file := read_file(path, name, findings)) is not None
    ]
    return files, findings


def read_file(path: Path, name: str, findings: list[Finding]) -> YamlFile | None:
    """The file, or None. Whatever is wrong with it is added to `findings`."""
    text = read_text(path, name, findings)
    if text is None:
        return None
    try:
        refused = _refused_structure(text)
        if refused is not None:
            findings.append(_broken(name, *refused))
            return None
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        findings.append(_broken(name, mark.line + 1 if mark else None, _in_russian(error)))
        return None
    except (yaml.YAMLError, RecursionError) as error:
        findings.append(_broken(name, None, str(error).splitlines()[0]))
        return None
    if root is None:  # comments alone count as nothing
        mend = "Впишите разделы или удалите файл"
        what = "Помощник ничего из него не узнает"
        findings.append(Finding(Severity.WARNING, name, None, "файл пуст", what, mend))
        return None
    if not isinstance(root, yaml.MappingNode):
        findings.append(_broken(name, line_of(root), "в начале файла нужны разделы «ключ:»"))
        return None
    findings.extend(_odd_keys(root, name))
    return YamlFile(name, root)


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Keys and values of a mapping; nothing for any other node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield str(key.value), value


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """The value under `key` of a mapping, or None."""
    return next((value for name, value in pairs(node) if name == key), None)


def items(node: yaml.Node | None) -> Sequence[yaml.Node]:
    """Items of a list; nothing for any other node."""
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def scalar(node: yaml.Node | None) -> str | None:
    """The text of a scalar; None for null, for nothing, and for other nodes."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    if not node.style and node.value in {"", "~", "null", "Null", "NULL"}:
        return None
    return str(node.value)


def line_of(node: yaml.Node) -> int:
    """Where a node begins, from 1."""
    return int(node.start_mark.line) + 1


def scalars_of(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Every scalar value below `node`, without keys, in the order of the file."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from scalars_of(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from scalars_of(value)


def _refused_structure(text: str) -> tuple[int, str] | None:
    """Line and reason, where the text is too deep or refers to itself.

    Events come one by one, without a stack that could run over: a tree is built only afterwards.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if depth > MAX_DEPTH:
            return line, f"вложенность больше {MAX_DEPTH}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            return line, "якоря (&) и ссылки (*) здесь не поддерживаются, возьмите текст в кавычки"
    return None


def _odd_keys(root: yaml.Node, name: str) -> Iterator[Finding]:
    """Keys that stand twice in one place, and those that are no words."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: dict[str, int] = {}
        for key, value in node.value:
            waiting.append(value)
            if not isinstance(key, yaml.ScalarNode):
                yield _broken(name, line_of(key), "перед двоеточием должно стоять слово")
                continue
            word = str(key.value)
            if word in seen:
                yield Finding(
                    Severity.ERROR,
                    name,
                    line_of(key),
                    f"«{word}» в одном месте дважды (впервые в строке {seen[word]})",
                    NOT_LOADED,
                    "Оставьте одно из двух",
                )
            seen.setdefault(word, line_of(key))


_PROBLEMS: Final = (
    ("mapping values are not allowed", "лишнее двоеточие или неверный отступ"),
    ("could not find expected ':'", "не хватает двоеточия"),
    ("did not find expected key", "неверный отступ или лишний знак"),
    ("did not find expected '-' indicator", "неверный отступ: здесь ждали пункт списка с дефисом"),
    ("did not find expected ',' or ']'", "не закрыта квадратная скобка"),
    ("did not find expected ',' or '}'", "не закрыта фигурная скобка"),
    ("did not find expected node content", "скобка открыта и не закрыта или лишний знак"),
    ("found unexpected end of stream", "не закрыты кавычки"),
    ("cannot start any token", "знак, с которого здесь нельзя начинать (табуляция, @, %, `)"),
    ("found a tab character", "отступ сделан табуляцией, а нужны пробелы"),
    ("but found another document", "вторая строка «---»: файл должен быть один"),
    ("found unknown escape character", "обратная косая черта внутри двойных кавычек"),
    ("control characters are not allowed", "недопустимый символ"),
)
"""What libyaml says, and what it mostly means to an editor."""


def _in_russian(error: yaml.MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}".strip()
    return next((meaning for part, meaning in _PROBLEMS if part in said), said)


def _broken(name: str, line: int | None, problem: str) -> Finding:
    return Finding(
        Severity.ERROR,
        name,
        line,
        f"разметка YAML нарушена: {problem}",
        NOT_LOADED,
        "Проверьте отступы, двоеточия и кавычки в этой строке и в строке над ней",
    )
