"""What the check tells an editor, in Russian: where, what, what a caller hears, how to mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from dialog.errors import ContentError


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Callers must not hear it. What cannot be read is not loaded: the last good version stays."""
    WARNING = "warning"
    """Callers may hear it, but it deserves a look."""

    @property
    def word(self) -> str:
        """In Russian."""
        return "ошибка" if self is Severity.ERROR else "предупреждение"


@dataclass(frozen=True)
class Finding:
    """One thing to mend."""

    severity: Severity
    file: str
    """As the editor knows it: relative to the folder that was read."""
    line: int | None
    """From 1; None where the finding is about the whole file or folder."""
    message: str
    """What is wrong."""
    consequence: str
    """What a caller would hear, or the service would do."""
    mend: str
    """What to do about it."""

    @property
    def place(self) -> str:
        """``file:line``, or ``file``."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def under(self, folder: str) -> Finding:
        """The same, as seen from outside the folder that was read."""
        whole = self.line is None and self.file == folder.rpartition("/")[2]
        return replace(self, file=folder if whole else f"{folder}/{self.file}")

    def to_json(self) -> dict[str, Any]:
        """As `voice122 content check --json` prints it."""
        return asdict(self)

    def to_text(self) -> str:
        """As `voice122 content check` prints it: three lines."""
        return (
            f"{self.place}: {self.severity.word}: {self.message}\n"
            f"    Что будет: {self.consequence}\n"
            f"    Как исправить: {self.mend}"
        )

    def __str__(self) -> str:
        return f"{self.place}: {self.message}. {self.consequence}. {self.mend}."


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that forbid loading."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def refuse_broken(findings: Iterable[Finding]) -> None:
    """Refuse to load content that has errors: it never loads half.

    Raises:
        ContentError: with the first error and the number of others.
    """
    broken = errors(findings)
    if broken:
        others = f" (и ещё ошибок: {len(broken) - 1})" if len(broken) > 1 else ""
        raise ContentError(f"{broken[0]}{others}")
