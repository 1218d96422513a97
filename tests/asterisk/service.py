"""The real service in a process of its own, engines scripted: it can be killed and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import select

from routing.store import Store
from routing.tables import EventRow, TaskRow
from routing.tables.calls import CallRow, TurnRow
from tests.asterisk.private_asterisk import ROOT

URL = "http://127.0.0.1:8122"


class Service:
    """Use as a context manager. What is asked of a call is asked of the newest one.

    Args:
        folder: for its store and log; made if it is not there.
        hears: a caller's phrases in order, each ``TEXT=INTENT``.
        options: of `tests.telephony.fake_service`.
    """

    def __init__(self, folder: Path, *hears: str, **options: float) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        said = [part for phrase in hears for part in ("--hears", phrase)]
        given = [f"--{name.replace('_', '-')}={value:g}" for name, value in options.items()]
        self._command = [sys.executable, "-m", "tests.telephony.fake_service",
                         "--data-dir", str(folder), *said, *given]  # fmt: skip
        self._environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it (again); returns when it takes calls."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self._environment},
            )  # fmt: skip
        deadline = time.monotonic() + 240  # engines are heavy, and this machine may be busy
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log()
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{URL}/calls/none/next")
                return
            time.sleep(0.05)
        raise RuntimeError(f"the service did not start:\n{self.log()}")

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As systemd stops it: no new calls, the present ones finish."""
        self._process.terminate()

    async def stopped(self) -> int:
        """Wait until it has ended; its exit code."""
        return await asyncio.to_thread(self._process.wait, 60)

    def log(self) -> str:
        """What it has written to its console."""
        return (self._folder / "log").read_text(errors="replace")

    async def ends_with(
        self, outcome: str, besides: Collection[str] = (), within_s: float = 5.0
    ) -> None:
        """Wait until there is one call, besides those that there were before, and it has ended so.

        Raises:
            AssertionError: there is none, it goes on, or it ended otherwise.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while (ended := self._besides(besides)) != [outcome]:
            assert loop.time() < until, f"{ended} instead of {outcome}"
            await asyncio.sleep(0.05)

    def _besides(self, known: Collection[str]) -> list[str | None]:
        return [outcome for call_id, outcome in self.calls().items() if call_id not in known]

    def call_id(self) -> str:
        """Of the newest call."""
        return self._newest().id

    def calls(self) -> dict[str, str | None]:
        """Outcome of every call by its id; None while one goes on."""
        with self._store() as store, store.transaction() as session:
            return {row.id: row.outcome for row in session.scalars(select(CallRow))}

    @staticmethod
    def active() -> int:
        """How many calls the service says that it serves."""
        found = re.search(r"(?m)^voice122_calls_active (\S+)$", httpx.get(f"{URL}/metrics").text)
        assert found is not None
        return int(float(found[1]))

    def events(self) -> list[dict[str, Any]]:
        """The journal of the newest call, in order: what the dialogue was told."""
        query = select(TurnRow.event).where(TurnRow.call_id == self.call_id())
        with self._store() as store, store.transaction() as session:
            return list(session.scalars(query.order_by(TurnRow.number)))

    def queue(self) -> str | None:
        """Queue to which the newest call was handed over."""
        with self._store() as store:
            found = [i.queue for i in store.handovers() if i.call_id == self.call_id()]
        return found[-1] if found else None

    async def task_ends(self, state: str, ending: str | None, within_s: float = 5.0) -> TaskRow:
        """Wait until the task of the newest call has come so far.

        Raises:
            AssertionError: it has not.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        while True:
            tasks = self.tasks()
            if [(task.state, task.ending) for task in tasks] == [(state, ending)]:
                return tasks[0]
            seen = [(task.state, task.ending, task.held_for) for task in tasks]
            assert loop.time() < until, f"{seen} instead of {state}, {ending}"
            await asyncio.sleep(0.05)

    def tasks(self) -> list[TaskRow]:
        """Tasks of the newest call."""
        query = select(TaskRow).where(TaskRow.call_id == self.call_id())
        with self._store() as store, store.transaction() as session:
            rows = list(session.scalars(query.order_by(TaskRow.created_at)))
            session.expunge_all()
            return rows

    def told(self, kind: str) -> int:
        """How often the events of the newest call tell of this."""
        query = select(EventRow.seq).where(
            EventRow.call_id == self.call_id(), EventRow.kind == kind
        )
        with self._store() as store, store.transaction() as session:
            return len(session.scalars(query).all())

    def _newest(self) -> CallRow:
        with self._store() as store, store.transaction() as session:
            row = session.scalars(select(CallRow).order_by(CallRow.started_at.desc())).first()
            assert row is not None, "nobody has called"
            session.expunge(row)
            return row

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        store = Store.in_directory(self._folder)
        try:
            yield store
        finally:
            store.close()


class WholeService(Service):
    """`voice122 serve` with real engines; its operators are always on duty.

    Args:
        folder: for its store, content and log.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "data")
        content = folder / "nlu_data"
        shutil.copytree(ROOT / "nlu_data", content)
        hours = content / "hours.yml"
        hours.write_text(hours.read_text().replace('["08:00", "20:00"]', "always"))
        for name in ("models", "nlu", "phrases.txt", "cache"):
            (folder / "data" / name).symlink_to(ROOT / "var" / name)
        self._command = [str(Path(sys.executable).with_name("voice122")), "serve"]
        self._environment = {
            "VOICE122_DATA_DIR": str(folder / "data"),
            "VOICE122_CONTENT_DIR": str(content),
            "VOICE122_MAX_CALLS": "4",
            "VOICE122_ASR": "whisper-base",
            "VOICE122_ASR_TIMEOUT_S": "60",
            "VOICE122_TTS": "rhvoice",
            "VOICE122_NLU_TIMEOUT_S": "30",
        }
