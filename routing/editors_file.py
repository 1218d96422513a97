"""Files that editors own, read with line numbers; every slip becomes a problem that says the mend.

Scalars stay the text that the editor wrote, as in YAML 1.2: an unquoted 10:00 is a time here, not
the number 600, and ``no`` is a word.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal

import yaml

_NOT_LOADED: Final = "Изменения не вступят в силу: линия работает по прежней версии"
_MAX_BYTES: Final = 1_000_000
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class Problem:
    """One thing to mend, in Russian: an editor reads it."""

    severity: Literal["error", "warning"]
    """An error forbids loading; with a warning the file is loaded."""
    file: str
    line: int | None
    """From 1; None where the whole file is meant."""
    message: str
    """What is wrong."""
    consequence: str
    """What the service would do, or a caller would hear."""
    mend: str
    """What to do about it."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}. {self.mend}."


def line_of(node: yaml.Node) -> int:
    """Where a node begins, from 1."""
    return int(node.start_mark.line) + 1


def scalar(node: yaml.Node | None) -> str | None:
    """The text of a scalar; None for null, for nothing, and for other nodes."""
    if not isinstance(node, yaml.ScalarNode) or (not node.style and node.value in _NULLS):
        return None
    return str(node.value)


def items(node: yaml.Node | None) -> Sequence[yaml.Node] | None:
    """Items of a list; None for any other node."""
    return node.value if isinstance(node, yaml.SequenceNode) else None


@dataclass
class EditorsFile:
    """A file being read; `problems` grows on the way."""

    name: str
    problems: list[Problem] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether what was read so far may not be loaded."""
        return any(problem.severity == "error" for problem in self.problems)

    def error(self, at: yaml.Node | int | None, message: str, mend: str) -> None:
        """Note what forbids loading."""
        line = line_of(at) if isinstance(at, yaml.Node) else at
        self.problems.append(Problem("error", self.name, line, message, _NOT_LOADED, mend))

    def warning(self, at: yaml.Node | None, message: str, consequence: str, mend: str) -> None:
        """Note what callers would notice."""
        line = None if at is None else line_of(at)
        self.problems.append(Problem("warning", self.name, line, message, consequence, mend))

    def root(self, path: Path, known: Collection[str]) -> dict[str, yaml.Node]:
        """Sections of the file; nothing, and a problem, where it cannot be read."""
        node = self._compose(path)
        if node is None:
            if not self.problems:
                self.error(None, "файл пуст", f"Нужны разделы: {', '.join(known)}")
            return {}
        return self.mapping(node, "файл", known)

    def mapping(
        self, node: yaml.Node, what: str, known: Collection[str] | None = None
    ) -> dict[str, yaml.Node]:
        """Keys and values of `node`; keys that repeat or are not `known` become problems."""
        if not isinstance(node, yaml.MappingNode):
            wanted = f": {', '.join(known)}" if known else ""
            self.error(node, f"{what}: здесь нужны строки «ключ: значение»", f"Напишите их{wanted}")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self.error(key, f"{what}: «{name}» здесь дважды", "Оставьте одно из двух")
            elif known is not None and name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                mend = f"Может быть, «{near[0]}»?" if near else f"Бывает: {', '.join(known)}"
                self.error(key, f"{what}: непонятный ключ «{name}»", mend.rstrip("?"))
            else:
                found[name] = value
        return found

    def day(self, node: yaml.Node | None, what: str) -> date | None:
        """A date as 2026-12-31; None for null, and with a problem for anything else."""
        text = scalar(node)
        if node is None or (text is None and isinstance(node, yaml.ScalarNode)):
            return None
        try:
            return date.fromisoformat(text or "")
        except ValueError:
            self.error(node, f"{what}: «{text}» не дата", "Пишите год-месяц-день: 2026-12-31")
            return None

    def _compose(self, path: Path) -> yaml.Node | None:
        try:
            with path.open("rb") as stream:
                data = stream.read(_MAX_BYTES + 1)
        except OSError as error:
            self.error(
                None, f"файл не читается ({error.strerror})", f"Проверьте, есть ли {path.name}"
            )
            return None
        if len(data) > _MAX_BYTES:
            self.error(None, "файл больше мегабайта", "Уберите лишнее")
            return None
        try:
            return yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.error(line, "файл не в кодировке UTF-8", "Сохраните его заново в кодировке UTF-8")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.error(
                mark.line + 1 if mark else None,
                "разметка YAML нарушена",
                "Проверьте отступы, двоеточия, скобки и кавычки здесь и строкой выше",
            )
        except (yaml.YAMLError, RecursionError):
            self.error(None, "это не текст YAML", "Верните файл из прежней версии содержания")
        return None
