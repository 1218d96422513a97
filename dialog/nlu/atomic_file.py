"""Writing a file so that a reader sees the old one or the new one, never half of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt


def write_atomically(path: Path, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
    """Write `arrays` as an npz file.

    Raises:
        OSError: the folder cannot be written.
    """
    with replaced(path) as stream:
        np.savez(stream, allow_pickle=False, **arrays)


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """What is written goes beside `path` first, onto the disk, then in its place; if anything
    fails, nowhere.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
