"""Editors' YAML files as nodes with line numbers; anything unreadable becomes a finding.

Scalars stay the text that the editor wrote, as in YAML 1.2: «да», ``on`` and ``no`` are words here,
not booleans. So does Rasa read its training data.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from dialog.content.findings import Finding, Severity

MAX_FILE_BYTES: Final = 5_000_000

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # C where libyaml is there
_NOT_LOADED: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"
_ALLOWED_CONTROLS: Final = frozenset("\n\r\t")


@dataclass(frozen=True)
class YamlFile:
    """One file that could be read."""

    name: str
    """Relative to the folder, with forward slashes."""
    root: yaml.MappingNode


def read_folder(folder: Path) -> tuple[list[YamlFile], list[Finding]]:
    """Every `*.yml` and `*.yaml` under `folder`, by name."""
    findings: list[Finding] = []
    files: list[YamlFile] = []
    if not folder.is_dir():
        return [], [_missing(folder)]
    for path in _listing(folder, folder, findings):
        file = read_file(path, path.relative_to(folder).as_posix(), findings)
        if file is not None:
            files.append(file)
    return files, findings


def _listing(folder: Path, root: Path, findings: list[Finding]) -> Iterator[Path]:
    """Walks by hand: `Path.rglob` passes over folders that it may not enter, in silence."""
    try:
        entries = sorted(folder.iterdir())
        for entry in entries:
            if entry.is_dir():
                yield from _listing(entry, root, findings)
            elif entry.suffix in {".yml", ".yaml"}:
                yield entry
    except PermissionError:
        name = folder.name if folder == root else folder.relative_to(root).as_posix()
        findings.append(
            Finding(
                Severity.ERROR,
                name,
                None,
                "нет прав на чтение папки",
                _NOT_LOADED,
                "Попросите администратора открыть папку для службы (chmod a+rx)",
            )
        )


def read_file(path: Path, name: str, findings: list[Finding]) -> YamlFile | None:
    """The file, or None and a finding."""
    text = _read_text(path, name, findings)
    if text is None or not _clean(text, name, findings):
        return None
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        findings.append(_broken(name, mark.line + 1 if mark else None, error.problem or ""))
        return None
    except (yaml.YAMLError, RecursionError) as error:
        findings.append(_broken(name, None, type(error).__name__))
        return None
    if root is None:  # an empty file, or comments alone
        return None
    if not isinstance(root, yaml.MappingNode):
        findings.append(_broken(name, line_of(root), "в начале файла нужны разделы «ключ:»"))
        return None
    findings.extend(_repeated_keys(root, name))
    return YamlFile(name, root)


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Keys and values of a mapping; nothing for any other node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
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


def _read_text(path: Path, name: str, findings: list[Finding]) -> str | None:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        why = (
            "нет прав на чтение файла" if isinstance(error, PermissionError) else "файл не читается"
        )
        findings.append(
            Finding(
                Severity.ERROR,
                name,
                None,
                f"{why} ({error.strerror})",
                _NOT_LOADED,
                "Попросите администратора открыть файл для службы (chmod a+r)",
            )
        )
        return None
    if len(data) > MAX_FILE_BYTES:
        findings.append(
            Finding(
                Severity.ERROR,
                name,
                None,
                f"файл больше {MAX_FILE_BYTES // 1_000_000} МБ",
                _NOT_LOADED,
                "Разделите его на несколько файлов или уберите лишнее",
            )
        )
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.append(
            Finding(
                Severity.ERROR,
                name,
                line,
                "файл сохранён не в кодировке UTF-8 (похоже на Windows-1251 или UTF-16)",
                _NOT_LOADED,
                "Сохраните файл заново: «Сохранить как», кодировка UTF-8",
            )
        )
        return None


def _clean(text: str, name: str, findings: list[Finding]) -> bool:
    """Whether YAML can take the text; control and invisible characters become findings."""
    fit = True
    for number, line in enumerate(text.split("\n"), start=1):
        if line.isprintable():
            continue
        for character in line:
            if character.isprintable() or character in _ALLOWED_CONTROLS:
                continue
            kind = unicodedata.category(character)
            if kind not in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}:
                continue  # spaces of every width
            code = f"U+{ord(character):04X}"
            control = kind != "Cf"
            fit = fit and not control
            findings.append(
                Finding(
                    Severity.ERROR if control else Severity.WARNING,
                    name,
                    number,
                    f"{'управляющий' if control else 'невидимый'} символ {code}",
                    _NOT_LOADED if control else "Слово с ним внутри не будет узнано",
                    "Удалите символ: наберите строку заново, а не копируйте её",
                )
            )
            break  # one finding a line is enough
    return fit


def _repeated_keys(root: yaml.Node, name: str) -> Iterator[Finding]:
    waiting, seen_nodes = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen_nodes:  # an alias
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: dict[str, int] = {}
        for key, value in node.value:
            waiting.append(value)
            word = str(key.value)
            if word in seen:
                yield Finding(
                    Severity.ERROR,
                    name,
                    line_of(key),
                    f"«{word}» в одном месте дважды (впервые в строке {seen[word]})",
                    _NOT_LOADED,
                    "Оставьте одно из двух",
                )
            seen.setdefault(word, line_of(key))


def _broken(name: str, line: int | None, problem: str) -> Finding:
    return Finding(
        Severity.ERROR,
        name,
        line,
        f"разметка YAML нарушена: {problem}",
        _NOT_LOADED,
        "Проверьте отступы, двоеточия и кавычки в этой строке и в строке над ней",
    )


def _missing(folder: Path) -> Finding:
    return Finding(
        Severity.ERROR,
        folder.name,
        None,
        "папки нет",
        _NOT_LOADED,
        "Верните папку из прежней версии содержания",
    )
