"""What the check tells an editor, in Russian: where, what, what a caller hears, how to mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from dialog.errors import ContentError


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The content is not loaded: the service keeps the last good version."""
    WARNING = "warning"
    """The content is loaded, but callers would notice."""


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

    def to_json(self) -> dict[str, Any]:
        """As `voice122 content check --json` prints it."""
        return asdict(self)

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
