"""Keeps the content fresh while the service runs: a new version is checked whole, or left alone.

A call in progress holds the version that it began with; only calls that begin later get the new
one. What does not load is said in the log, and the last good version stays.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, TypeVar

from dialog.errors import DialogError
from routing.errors import RoutingError

log = logging.getLogger(__name__)

Version = TypeVar("Version")
Fingerprint = tuple[tuple[str, int, int], ...]
"""Name, time of the last change (ns) and size of every file, in order."""

_SWITCH_S: Final = 0.001
"""While content is loaded the media loop gets the interpreter back after so long (s)."""


def fingerprint(*places: Path) -> Fingerprint:
    """Files at `places` (YAML files below folders, and files as they are), as they are now."""
    found: list[tuple[str, int, int]] = []
    for place in places:
        paths = sorted(place.rglob("*.y*ml")) if place.is_dir() else [place]
        for path in paths:
            try:
                status = path.stat()
            except OSError:  # gone between the listing and now, or never there
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


class ContentKeeper(Generic[Version]):
    """Holds the current version of the content, and looks for newer ones.

    Args:
        load: reads and checks a whole version; raises `DialogError` or `RoutingError` where it is
            broken. Runs in a thread.
        look: fingerprint of what `load` reads.
        renewed: told of every new version; for what has to be started anew beside it.

    Raises:
        whatever `load` raises: the service does not start without content.
    """

    def __init__(
        self,
        load: Callable[[], Version],
        look: Callable[[], Fingerprint],
        renewed: Callable[[Version], Awaitable[None]] | None = None,
    ) -> None:
        self._load = load
        self._look = look
        self._renewed = renewed
        self._tried = self._seen = look()
        self.current = load()
        """The last good version."""

    async def check(self) -> bool:
        """Look once; whether a new version was taken.

        A file that an editor is still writing looks different each time: only what was the same
        twice is loaded.
        """
        now = await asyncio.to_thread(self._look)
        settled, self._seen = now == self._seen, now
        if now == self._tried or not settled:
            return False
        self._tried = now
        try:
            version = await asyncio.to_thread(self._loaded)
        except (DialogError, RoutingError) as error:
            log.error("content is not taken, the last good version stays: %s", error)
            return False
        except Exception:
            log.exception("content is not taken, the last good version stays")
            return False
        if await asyncio.to_thread(self._look) != now:  # changed while it was read
            self._tried = ()
            return False
        self.current = version
        log.info("content is taken: calls that begin from now on are led by it")
        if self._renewed is not None:
            await self._renewed(version)
        return True

    async def watch(
        self, every_s: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Look again and again until cancelled.

        Args:
            every_s: time between two looks (s).
            sleep: waits; another one in tests.
        """
        while True:
            await sleep(every_s)
            try:
                await self.check()
            except Exception:
                log.exception("looking for new content failed; it is tried again")

    def _loaded(self) -> Version:
        with _giving_way():
            return self._load()


@contextmanager
def _giving_way() -> Iterator[None]:
    """Reading content is a second of pure Python: audio of calls must not wait for it."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
