"""The directory where weights lie: one folder a model, and beside it a lock file with digests.

DIR/t-one/model.onnx ...       the model, as its engine loads it
DIR/t-one.lock.json            what was installed: source, size and SHA-256 of every file
DIR/.downloads/t-one/          downloads under way; a later fetch continues them
DIR/.staging/t-one/            unpacked and not yet checked; never survives a fetch
DIR/.locks/t-one               held while somebody fetches the model
"""

from __future__ import annotations

import contextlib
import ctypes.util
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from models.catalogue import SystemPackage, Weights
from models.errors import DiskFull, ModelDamaged, ModelMissing, StoreError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class State(StrEnum):
    """Whether a model can be loaded."""

    PRESENT = "present"
    ABSENT = "absent"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Status:
    """The state of one model here."""

    state: State
    why: str = ""
    """One line; empty where there is nothing to add."""

    @property
    def present(self) -> bool:
        return self.state is State.PRESENT


@dataclass(frozen=True)
class FileRecord:
    """Size (bytes) and SHA-256 of an installed file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """What the lock file says about an installed model."""

    source: str
    """Where it came from."""
    vouched: bool
    """Whether everything was checked against the catalogue; else it was trusted on first use."""
    files: dict[str, FileRecord]
    """By path in the model's directory."""


class ModelStore:
    """Weights on disk. Costs nothing to make; touches the disk only when asked.

    Args:
        models_dir: where the models lie; need not exist yet.
        system_root: where the operating system's files are; another one only in tests.
    """

    def __init__(self, models_dir: Path, *, system_root: Path = Path("/")) -> None:
        self.models_dir = models_dir
        self._system_root = system_root

    def directory(self, entry: Weights) -> Path:
        """Where the model's files lie or would lie."""
        return self.models_dir / entry.name

    def lock_file(self, entry: Weights) -> Path:
        """Where the digests of the installed files are remembered."""
        return self.models_dir / f"{entry.name}.lock.json"

    def downloads(self, entry: Weights) -> Path:
        """Where unfinished downloads of the model lie."""
        return self.models_dir / ".downloads" / entry.name

    def status(self, entry: Weights | SystemPackage) -> Status:
        """The quick check that a start of the service makes: are the files there, in their size?"""
        if isinstance(entry, SystemPackage):
            return self._system_status(entry)
        return self._check(entry, hashes=False)

    def verify(self, entry: Weights | SystemPackage) -> Status:
        """The thorough check: reads every file and compares its SHA-256."""
        if isinstance(entry, SystemPackage):
            return self._system_status(entry)
        return self._check(entry, hashes=True)

    def path(self, entry: Weights | SystemPackage) -> Path:
        """The directory to load the model from (for a system package: that of its voices).

        Raises:
            ModelMissing, ModelDamaged: it cannot be loaded; the message says what to run.
        """
        status = self.status(entry)
        if status.state is State.ABSENT:
            raise ModelMissing(f"{entry.name} is not here; run: {entry.mend}")
        if status.state is State.DAMAGED:
            raise ModelDamaged(f"{entry.name} is damaged ({status.why}); run: {entry.mend}")
        if isinstance(entry, SystemPackage):
            found = self._voices_dir(entry)
            assert found is not None  # status has seen it
            return found
        return self.directory(entry)

    def voices(self, entry: SystemPackage) -> tuple[str, ...]:
        """The voices of the catalogue that are installed, best first."""
        directory = self._voices_dir(entry)
        if directory is None:
            return ()
        return tuple(name for name in entry.voices if (directory / name).is_dir())

    def record(self, entry: Weights) -> Record | None:
        """What the lock file says, or None if there is none (or none that can be read)."""
        try:
            data = json.loads(self.lock_file(entry).read_text("utf-8"))
            files = {path: FileRecord(**file) for path, file in data["files"].items()}
            return Record(str(data["source"]), bool(data["vouched"]), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def install(self, entry: Weights, staged: Path, record: Record) -> None:
        """Put the checked directory `staged` (on the same file system) in place, all or nothing."""
        target = self.directory(entry)
        aside = staged.with_name(f"{staged.name}.old")
        with writing(self.models_dir):
            _sync_tree(staged)
            remove(aside)
            if target.exists() or target.is_symlink():
                target.rename(aside)
            staged.rename(target)
            # The lock comes last: without it the catalogue's digests still hold.
            document = {
                "source": record.source,
                "vouched": record.vouched,
                "files": {path: vars(file) for path, file in sorted(record.files.items())},
            }
            new = staged.with_name(f"{entry.name}.lock.json")
            new.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
            _sync(new)
            new.rename(self.lock_file(entry))
            _sync(self.models_dir)
        remove(aside)

    @contextlib.contextmanager
    def exclusively(self, entry: Weights, busy: Callable[[], None]) -> Iterator[None]:
        """Hold the model's lock; `busy` is called once if another process has it, then we wait."""
        with writing(self.models_dir):
            folder = self.models_dir / ".locks"
            folder.mkdir(parents=True, exist_ok=True)
            handle = (folder / entry.name).open("w")
        with handle:  # the kernel lets go when the process ends, however it ends
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                busy()
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _check(self, entry: Weights, *, hashes: bool) -> Status:
        folder = self.directory(entry)
        if not folder.is_dir():
            return Status(State.ABSENT)
        record = self.record(entry)
        recorded = record.files if record is not None else {}
        expected: dict[str, tuple[int | None, str | None]] = {
            path: (file.size, file.sha256) for path, file in recorded.items()
        }
        unknown = 0
        for file in entry.files:
            old = recorded.get(file.path)
            if old and file.sha256 and old.sha256 != file.sha256:
                return Status(State.DAMAGED, f"{file.path} is not the catalogue's version")
            size = file.size if file.size is not None else (old.size if old else None)
            sha256 = file.sha256 or (old.sha256 if old else None)
            expected[file.path] = (size, sha256)
        for path, (size, sha256) in expected.items():
            try:
                real = (folder / path).stat().st_size
                if size is not None and real != size:
                    return Status(State.DAMAGED, f"{path} has {real} bytes instead of {size}")
                if hashes and sha256 is not None and file_sha256(folder / path) != sha256:
                    return Status(State.DAMAGED, f"{path} has another SHA-256 than it should")
            except FileNotFoundError:
                return Status(State.DAMAGED, f"{path} is missing")
            except OSError as error:
                return Status(State.DAMAGED, f"{path} cannot be read: {error.strerror}")
            unknown += sha256 is None
        return Status(State.PRESENT, f"no digest for {unknown} of its files" if unknown else "")

    def _system_status(self, entry: SystemPackage) -> Status:
        if not self._has_library(entry.library):
            return Status(State.ABSENT, f"lib{entry.library}.so is not installed")
        voices = self.voices(entry)
        if not voices:
            return Status(State.ABSENT, f"no voice of it in /usr/{entry.data}")
        return Status(State.PRESENT, f"voices: {', '.join(voices)}")

    def _has_library(self, name: str) -> bool:
        for folder in ("usr/lib", "usr/local/lib", "lib"):
            for pattern in (f"lib{name}.so.*", f"*/lib{name}.so.*"):
                if any((self._system_root / folder).glob(pattern)):
                    return True
        real = self._system_root == Path("/")
        return real and ctypes.util.find_library(name) is not None

    def _voices_dir(self, entry: SystemPackage) -> Path | None:
        for prefix in ("usr", "usr/local"):
            directory = self._system_root / prefix / entry.data
            if directory.is_dir():
                return directory
        return None


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def writing(models_dir: Path) -> Iterator[None]:
    """Turn an operating system's error while writing into one line that helps.

    Raises:
        DiskFull: no space, quota or file size limit left.
        StoreError: any other reason, such as missing rights.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"the disk is full ({error.strerror}); make room in {models_dir} and fetch again"
            ) from None
        where = error.filename or models_dir
        raise StoreError(f"cannot write {where}: {error.strerror or error}") from None


def free_bytes(directory: Path) -> int:
    """Free disk space (bytes) where `directory` is, or would be created."""
    while not directory.exists():
        directory = directory.parent
    return shutil.disk_usage(directory).free


def remove(path: Path) -> None:
    """Delete a file or a tree, if it is there; never follows links."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_tree(root: Path) -> None:
    """Bring a whole tree to the disk, so that a rename cannot outrun its content."""
    for path in sorted(root.rglob("*"), reverse=True):
        _sync(path)
    _sync(root)
