"""A file's text: UTF-8, of a size that people write, without characters that nobody can see."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dialog.content.findings import Finding, Severity

MAX_FILE_BYTES: Final = 5_000_000
NOT_LOADED: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"

_ALLOWED_CONTROLS: Final = frozenset("\n\r\t")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAX_ZEROS: Final = 10
"""Zero bytes. Every space and line end of UTF-16 has one; in UTF-8 they come by accident."""
_MAX_INVISIBLE: Final = 20
"""Findings of invisible characters a file: one that is no text would give thousands."""


def read_text(path: Path, name: str, findings: list[Finding]) -> str | None:
    """The file's text, or None where it cannot be taken. Every reason is added to `findings`."""

    def refuse(line: int | None, message: str, mend: str) -> None:
        findings.append(Finding(Severity.ERROR, name, line, message, NOT_LOADED, mend))

    try:
        if not path.is_file():  # a pipe would be waited for without end
            refuse(None, "это не файл или ссылка в никуда", "Удалите его или верните файл на место")
            return None
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        denied = isinstance(error, PermissionError)
        why = "нет прав на чтение файла" if denied else "файл не читается"
        mend = "Попросите администратора открыть файл для службы (chmod a+r)"
        refuse(None, f"{why} ({error.strerror})", mend)
        return None
    if len(data) > MAX_FILE_BYTES:
        size = f"файл больше {MAX_FILE_BYTES // 1_000_000} МБ"
        refuse(None, size, "Разделите его на несколько файлов или уберите лишнее")
        return None
    save_anew = "Сохраните файл заново: «Сохранить как», кодировка UTF-8"
    if data.startswith(_UTF_16) or data.count(0) > _MAX_ZEROS:
        refuse(1, "файл сохранён не в кодировке UTF-8 (похоже на UTF-16)", save_anew)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        refuse(line, "файл сохранён не в кодировке UTF-8 (похоже на Windows-1251)", save_anew)
        return None
    unseen = list(_unseen(text, name))
    findings.extend(unseen[:_MAX_INVISIBLE])
    if any(finding.severity is Severity.ERROR for finding in unseen):
        return None
    return text


def _unseen(text: str, name: str) -> Iterator[Finding]:
    """Control characters, which YAML refuses, and invisible ones; one finding a line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.isprintable():
            continue
        for character in line:
            if character.isprintable() or character in _ALLOWED_CONTROLS:
                continue
            kind = unicodedata.category(character)
            if kind not in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}:
                continue  # spaces of every width
            # A byte order mark in the middle is refused by YAML like a control character.
            control = kind != "Cf" or character == "\ufeff"
            yield Finding(
                Severity.ERROR if control else Severity.WARNING,
                name,
                number,
                f"{'управляющий' if control else 'невидимый'} символ U+{ord(character):04X}",
                NOT_LOADED if control else "Слово с ним внутри не будет узнано",
                "Удалите символ: наберите строку заново, а не копируйте её",
            )
            break
