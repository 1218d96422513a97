"""The house as a whole: no module that nobody uses, no room that reaches where it may not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from voice122.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
ROOMS = ("asr", "tts", "dialog", "telephony", "routing", "api", "models", "voice122")
ENTRIES = {"voice122.cli", "routing.client"}
"""Where the program begins, and what is made for other programs: imported by nobody inside."""


def _modules() -> dict[str, Path]:
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" in path.parts:  # Alembic runs them by their place
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path, package: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                head = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*head, *filter(None, [base])])
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def test_every_module_is_imported_by_someone() -> None:
    modules = _modules()
    used: set[str] = set()
    for name, path in modules.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        used |= {target for target in _imports(path, package) if target != name}
    used |= set(COMMANDS.values())
    for name in list(used):  # importing `a.b.c` runs the packages above it, too
        parts = name.split(".")
        used |= {".".join(parts[:n]) for n in range(1, len(parts))}
    assert sorted(set(modules) - used - ENTRIES) == []


def test_rooms_import_only_what_the_architecture_allows() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_big_is_committed() -> None:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    big = [name for name in names if name and (ROOT / name).is_file()
           and (ROOT / name).stat().st_size > 1_000_000]  # fmt: skip
    assert big == []
