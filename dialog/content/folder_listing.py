"""Which files of a folder are read: by hand, because `Path.rglob` passes over closed folders.

Whatever an editor may take for content, and that is not read, becomes a finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dialog.content.file_text import NOT_LOADED
from dialog.content.findings import Finding, Severity

SUFFIXES: Final = (".yml", ".yaml")


def list_files(folder: Path, findings: list[Finding]) -> Iterator[tuple[Path, str]]:
    """Every ``*.yml`` and ``*.yaml`` under `folder`, by name, each with its name for editors.

    The name is relative to `folder`, with forward slashes. Hidden files are left alone: editors'
    programs leave them behind.
    """
    if not _is_folder(folder):
        mend = "Верните папку из прежней версии содержания"
        findings.append(Finding(Severity.ERROR, folder.name, None, "папки нет", NOT_LOADED, mend))
        return
    yield from _under(folder, folder, (folder.resolve(),), findings)


def shown(path: Path, root: Path) -> str:
    """`path` as an editor reads it, even where its name is no text."""
    name = path.relative_to(root).as_posix() if path != root else root.name
    text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "?" for character in text)


def _under(
    folder: Path, root: Path, above: tuple[Path, ...], findings: list[Finding]
) -> Iterator[tuple[Path, str]]:
    """`above`: the folders that hold this one, itself last, where they really are."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        denied = isinstance(error, PermissionError)
        findings.append(
            Finding(
                Severity.ERROR,
                shown(folder, root),
                None,
                "нет прав на чтение папки" if denied else f"папка не читается ({error.strerror})",
                NOT_LOADED,
                "Попросите администратора открыть папку для службы (chmod a+rx)",
            )
        )
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            real = entry.resolve()
            if real in above:
                findings.append(_loop(shown(entry, root)))
            else:
                yield from _under(entry, root, (*above, real), findings)
        elif entry.suffix in SUFFIXES:
            yield entry, shown(entry, root)
        elif any(suffix in entry.name.lower() for suffix in SUFFIXES):
            findings.append(_unread(shown(entry, root)))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # inside a closed folder: reading it will say so
        return False


def _loop(name: str) -> Finding:
    return Finding(
        Severity.ERROR,
        name,
        None,
        "ссылка на папку, в которой сама лежит: обход не кончился бы",
        NOT_LOADED,
        "Удалите ссылку",
    )


def _unread(name: str) -> Finding:
    return Finding(
        Severity.WARNING,
        name,
        None,
        "файл не читается: его имя кончается не на .yml",
        "Помощник не знает ничего из того, что в нём написано",
        "Переименуйте файл, чтобы имя кончалось на .yml, или уберите его из папки",
    )
