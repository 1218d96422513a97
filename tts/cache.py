"""Prompts that were spoken before: in memory for an immediate start, on disk across restarts.

Files carry no text, neither in the name (a SHA-256) nor inside; prompts with personal data must not
be stored at all (`tts.voice.Voice.speak(cacheable=False)`).
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np

from tts.synthesizer import Pcm

log = logging.getLogger(__name__)

_MAGIC: Final = b"V122PCM1"
_DIGEST_BYTES: Final = 32
_SUFFIX: Final = ".pcm"
_KEEP_SHARE: Final = 0.9  # evict down to this share of the limit, not file by file at its edge


def prompt_key(text: str, version: str, rate: float) -> str:
    """SHA-256 in hex of all that decides how a prompt sounds.

    Args:
        text: as the caller of the room gave it.
        version: engine, voice and text rules (`tts.voice.Voice.version`).
        rate: speed, two decimals count.
    """
    parts = "\0".join((version, f"{rate:.2f}", text))
    return hashlib.sha256(parts.encode()).hexdigest()


class PromptCache:
    """Audio by `prompt_key`. `recall` is instant; `load` and `store` touch the disk (blocking).

    Args:
        folder: where files live; None keeps prompts in memory only.
        max_disk_bytes: the least recently used files go when the folder grows beyond it.
        max_memory_bytes: likewise for memory.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        max_disk_bytes: int = 500_000_000,
        max_memory_bytes: int = 100_000_000,
    ) -> None:
        self._folder = folder
        self._max_disk_bytes = max_disk_bytes
        self._max_memory_bytes = max_memory_bytes
        self._memory: OrderedDict[str, Pcm] = OrderedDict()
        self._memory_bytes = 0
        self._disk_bytes: int | None = None

    def recall(self, key: str) -> Pcm | None:
        """The prompt if it is in memory. Never touches the disk."""
        pcm = self._memory.get(key)
        if pcm is not None:
            self._memory.move_to_end(key)
        return pcm

    def load(self, key: str) -> Pcm | None:
        """The prompt from memory or disk; a damaged file is deleted and counts as absent."""
        pcm = self.recall(key)
        if pcm is not None or self._folder is None:
            return pcm
        path = self._path(self._folder, key)
        try:
            pcm = _decode(path.read_bytes())
            os.utime(path)  # the file's time is its last use: eviction goes by it
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("prompt file %s is unusable and is made again: %s", path.name, error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        self._remember(key, pcm)
        return pcm

    def store(self, key: str, pcm: Pcm) -> None:
        """Keep a prompt. A full or broken disk is logged; the prompt then lives in memory only."""
        self._remember(key, pcm)
        if self._folder is None:
            return
        try:
            written = _write_atomically(self._path(self._folder, key), _encode(pcm))
            self._make_room(self._folder, written)
        except OSError as error:
            log.warning("prompt cache %s cannot be written: %s", self._folder, error.strerror)

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / f"{key}{_SUFFIX}"

    def _remember(self, key: str, pcm: Pcm) -> None:
        pcm.setflags(write=False)  # one array serves every call
        old = self._memory.pop(key, None)
        self._memory[key] = pcm
        self._memory_bytes += pcm.nbytes - (0 if old is None else old.nbytes)
        while self._memory_bytes > self._max_memory_bytes and self._memory:
            self._memory_bytes -= self._memory.popitem(last=False)[1].nbytes

    def _make_room(self, folder: Path, added: int) -> None:
        if self._disk_bytes is not None:
            self._disk_bytes += added
            if self._disk_bytes <= self._max_disk_bytes:
                return
        files = sorted((stat.st_mtime_ns, stat.st_size, path) for path, stat in _files(folder))
        total = sum(size for _, size, _ in files)
        goal = self._max_disk_bytes * _KEEP_SHARE if total > self._max_disk_bytes else total
        for _, size, path in files:
            if total <= goal:
                break
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            total -= size
        self._disk_bytes = total


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.glob(f"*/*{_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):  # another process may evict at the same time
            found.append((path, path.stat()))
    return found


def _encode(pcm: Pcm) -> bytes:
    samples = pcm.astype("<i2").tobytes()
    return _MAGIC + hashlib.sha256(samples).digest() + samples


def _decode(content: bytes) -> Pcm:
    head = len(_MAGIC) + _DIGEST_BYTES
    digest, samples = content[len(_MAGIC) : head], content[head:]
    if content[: len(_MAGIC)] != _MAGIC or hashlib.sha256(samples).digest() != digest:
        raise ValueError("checksum mismatch")
    return np.frombuffer(samples, dtype="<i2").astype(np.int16)


def _write_atomically(path: Path, content: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return len(content)
