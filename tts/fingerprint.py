"""When does the same text sound different? When anything that this room is made of changes."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_LIBRARIES: Final = ("ru-normalizr", "silero-stress", "pymorphy3", "soxr")


def text_fingerprint(stress_list: Path | None) -> str:
    """Short digest of the text rules, the level stages and the stress list.

    Made from the sources themselves, so that no one has to remember to raise a number.
    """
    digest = hashlib.sha256()
    room = Path(__file__).parent
    for source in sorted(room.rglob("*.py")):
        digest.update(source.relative_to(room).as_posix().encode())
        digest.update(source.read_bytes())
    if stress_list is not None:
        digest.update(stress_list.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library}={_installed(library)}".encode())
    return digest.hexdigest()[:16]


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"
