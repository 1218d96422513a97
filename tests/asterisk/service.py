"""The real service in a process of its own, engines scripted: it can be killed and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import select

from routing.store import Store
from routing.tables import CallRow, TurnRow
from tests.asterisk.private_asterisk import ROOT

URL = "http://127.0.0.1:8122"


class Service:
    """Use as an async context manager.

    Args:
        folder: for its store and log.
        hears: the caller's phrases in order, each ``TEXT=INTENT``.
        options: of `tests.telephony.fake_service`.
    """

    def __init__(self, folder: Path, *hears: str, **options: float) -> None:
        self._folder = folder / "service"
        self._folder.mkdir()
        said = [part for phrase in hears for part in ("--hears", phrase)]
        given = [f"--{name.replace('_', '-')}={value:g}" for name, value in options.items()]
        self._command = [sys.executable, "-m", "tests.telephony.fake_service",
                         "--data-dir", str(self._folder), *said, *given]  # fmt: skip

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it (again); returns when it takes calls."""
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                assert self._process.returncode is None, self.log()
                with contextlib.suppress(httpx.TransportError):
                    await client.get(f"{URL}/calls/none/next")
                    return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """`kill -9`."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def stop(self) -> None:
        """As systemd stops it: no new calls, the present ones finish."""
        self._process.send_signal(signal.SIGTERM)

    def freeze(self) -> None:
        """It hangs."""
        os.kill(self._process.pid, signal.SIGSTOP)

    async def stopped(self) -> int:
        """Wait until it has ended; its exit code."""
        return await self._process.wait()

    def log(self) -> str:
        """What it has written to its console."""
        return (self._folder / "log").read_text(errors="replace")

    async def ends_with(self, outcome: str, within_s: float = 5.0) -> None:
        """Wait until the first call has ended, and how.

        Raises:
            TimeoutError: it goes on, or ended otherwise.
        """
        async with asyncio.timeout(within_s):
            while self.outcomes()[:1] != [outcome]:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)

    def call_ids(self) -> list[str]:
        """Id of every call, in order."""
        with self._store() as store, store.transaction() as session:
            rows = session.execute(select(CallRow.id).order_by(CallRow.started_at))
            return [call_id for (call_id,) in rows]

    def outcomes(self) -> list[str | None]:
        """Outcome of every call, in order; None while one goes on."""
        with self._store() as store, store.transaction() as session:
            rows = session.execute(select(CallRow.outcome).order_by(CallRow.started_at))
            return [outcome for (outcome,) in rows]

    def events(self) -> list[dict[str, Any]]:
        """The journal of all calls, in order: what the dialogue was told."""
        with self._store() as store, store.transaction() as session:
            rows = session.execute(select(TurnRow.event).order_by(TurnRow.number))
            return [event for (event,) in rows]

    def queues(self) -> list[str]:
        """Queue of every hand-over, in order."""
        with self._store() as store:
            return [item.queue for item in store.handovers()]

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        store = Store.in_directory(self._folder)
        try:
            yield store
        finally:
            store.close()
