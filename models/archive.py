"""Unpacking archives that come from outside, without letting them write where they like."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from models.errors import SourceFailed

_CHUNK: Final = 1 << 20
_MOST_FILES: Final = 5_000
_BROKEN: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # zipfile: encrypted, or compressed in an unknown way
    UnicodeError,
)


@dataclass(frozen=True)
class _Member:
    path: PurePosixPath
    open: Callable[[], IO[bytes]]


def unpack(
    archive: Path,
    target: Path,
    root: str,
    *,
    most_bytes: int,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Unpack what lies under `root` in a .zip, .whl or .tar.* into the directory `target`.

    Only plain files and folders are accepted: one link, device or path that leads outside refuses
    the whole archive. Sizes are counted as they are written, not as the archive claims them.

    Args:
        archive: the file; its format is recognized by content.
        target: exists and is empty.
        root: folder in the archive, without a slash at the end.
        most_bytes: refuse to write more than this (bytes).
        advance: told how many bytes were written since the last time.

    Raises:
        SourceFailed: the archive is broken, harmful, or has nothing under `root`.
        OSError: the disk failed.
    """
    base = PurePosixPath(root)
    written: set[PurePosixPath] = set()
    left = most_bytes
    try:
        for member in _members(archive):
            if not member.path.is_relative_to(base) or member.path == base:
                continue
            path = member.path.relative_to(base)
            if path in written:
                raise SourceFailed(f"the archive holds {member.path} twice")
            written.add(path)
            if len(written) > _MOST_FILES:
                raise SourceFailed(f"the archive holds more than {_MOST_FILES} files")
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            with member.open() as source, (target / path).open("xb") as sink:
                while chunk := source.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise SourceFailed(f"the archive unpacks to more than {most_bytes} bytes")
                    sink.write(chunk)
                    advance(len(chunk))
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise SourceFailed("the archive holds a file and a folder of the same name") from None
    except (*_BROKEN, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk; gzip and bz2 report broken data as an OSError without a number
        reason = str(error) or type(error).__name__
        raise SourceFailed(f"the archive is broken: {reason}") from None
    if not written:
        raise SourceFailed(f"the archive has nothing under {root}/")


def _members(archive: Path) -> Iterator[_Member]:
    """The plain files of an archive; raises SourceFailed at the first that is not acceptable."""
    with archive.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    if is_zip:
        with zipfile.ZipFile(archive) as bundle:
            for info in bundle.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16)
                if info.is_dir():
                    _safe(info.filename)
                    continue
                if kind not in (0, stat.S_IFREG):
                    raise SourceFailed(f"the archive holds a link or device: {info.filename!r}")
                yield _Member(_safe(info.filename), lambda info=info: bundle.open(info))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        return
    with tarfile.open(archive) as tar:
        for item in tar:
            if item.isdir():
                _safe(item.name)
                continue
            if not item.isreg() or item.issparse():
                raise SourceFailed(f"the archive holds a link or device: {item.name!r}")
            yield _Member(_safe(item.name), lambda item=item: _content(tar, item))  # type: ignore[misc]  # as above


def _content(tar: tarfile.TarFile, item: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(item)
    assert stream is not None  # a regular file has content
    return stream


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise SourceFailed(f"the archive has a path that leads outside: {name!r}")
    return path
