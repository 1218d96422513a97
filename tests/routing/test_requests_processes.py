"""Requests through real processes: two at once, one that is killed, disks that are full."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import textwrap
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.errors import FilingError, StoreError
from routing.outbox import Outbox
from routing.register import Register
from routing.requests import Filed, RequestStatus
from routing.store import Store
from tests.routing.test_outbox import AT, Clock, request

ROOT = Path(__file__).parents[2]
HEAD = """
    import asyncio, os, signal, sys
    from datetime import datetime
    from pathlib import Path
    from routing.outbox import Outbox
    from routing.register import Register
    from routing.store import Store
    from tests.routing.test_outbox import AT, request
    store = Store.in_directory(Path(sys.argv[1]))
    register = Register(store, lambda: AT)
    outbox = Outbox(store, register, lambda: AT)
"""


def start(code: str, directory: Path) -> subprocess.Popen[str]:
    program = textwrap.dedent(HEAD) + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(directory)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


def rows(directory: Path, table: str) -> list[tuple[str, str]]:
    database = sqlite3.connect(directory / "voice122.sqlite")
    found = database.execute(f"SELECT key, number FROM {table} ORDER BY key").fetchall()
    database.close()
    return found


def test_processes_that_file_the_same_keys_agree(tmp_path: Path) -> None:
    code = """
        print("ready", flush=True)
        sys.stdin.readline()
        async def run():
            for n in range(40):
                print((await outbox.file(request(n), 20)).number, flush=True)
        asyncio.run(run())
    """
    processes = [start(code, tmp_path) for _ in range(3)]  # they make the tables together, too
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = [process.communicate("go\n", timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert told[0] == told[1] == told[2]
    assert len(set(told[0])) == 40
    assert sorted(number for _, number in rows(tmp_path, "requests")) == sorted(told[0])
    assert rows(tmp_path, "register") == rows(tmp_path, "requests")


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("before", id="kept, and not filed"),
        pytest.param("after", id="filed, and not answered"),
    ],
)
async def test_a_process_killed_while_filing_loses_and_doubles_nothing(
    tmp_path: Path, moment: str
) -> None:
    code = f"""
        class Killed:
            async def file(self, request, timeout_s):
                if {moment == "after"}:
                    await register.file(request, timeout_s)
                os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(Outbox(store, Killed(), lambda: AT).file(request(), 5))
    """
    process = start(code, tmp_path)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    registered = rows(tmp_path, "register")
    assert len(registered) == (moment == "after")

    store, clock = Store.in_directory(tmp_path), Clock()
    outbox = Outbox(store, Register(store, clock), clock)
    assert outbox.records.listing()[0].status is RequestStatus.PENDING
    clock.pass_by(minutes=1)
    assert await outbox.deliver_due() == 1
    (record,) = outbox.records.listing()
    assert record.status is RequestStatus.FILED
    assert registered in ([], [(record.key, record.number)])
    # The conversation, resumed by another process, files with the same key and hears the number.
    assert await outbox.file(request(), 5) == Filed("filed", record.number)
    assert len(rows(tmp_path, "register")) == 1
    store.close()


async def test_two_processes_do_not_deliver_the_same_request(tmp_path: Path) -> None:
    store, clock = Store.in_directory(tmp_path), Clock()
    outbox = Outbox(store, Register(store, clock), clock)
    for n in range(10):
        outbox.records.keep(request(n), AT)
    due = await asyncio.gather(
        *(
            asyncio.to_thread(outbox.records.claim_due, AT, timedelta(seconds=15), 10)
            for _ in range(4)
        )
    )
    keys = [found.key for batch in due for found in batch]
    assert len(keys) == len(set(keys)) == 10
    store.close()


async def test_a_full_disk_is_told_before_the_caller_is_promised_anything(tmp_path: Path) -> None:
    """The process may write files of 800 kB only, as if the disk ended there."""
    code = """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
        async def run():
            filed = []
            while True:
                try:
                    answer = await outbox.file(request(len(filed), text="а" * 2000), 5)
                    filed.append(answer.number)
                except Exception as error:
                    print(*filed)
                    print(type(error).__name__, error)
                    return
        asyncio.run(run())
        print("the call goes on")
    """
    process = start(code, tmp_path)
    out, _ = process.communicate(timeout=120)
    numbers, error, after = out.splitlines()
    assert error.startswith("FilingError the request cannot be kept; give the call to a person")
    assert after == "the call goes on"
    store, clock = Store.in_directory(tmp_path), Clock()
    outbox = Outbox(store, Register(store, clock), clock)
    promised = [number for number in numbers.split() if number != "None"]
    assert promised
    clock.pass_by(minutes=1)
    while await outbox.deliver_due():
        pass
    kept = outbox.records.listing()
    assert len(kept) == len(numbers.split())
    assert {record.status for record in kept} == {RequestStatus.FILED}
    assert set(promised) <= {record.number for record in kept}
    store.close()


async def test_a_read_only_store_is_told(tmp_path: Path) -> None:
    Store.in_directory(tmp_path).close()
    url = f"sqlite:///file:{tmp_path / 'voice122.sqlite'}?mode=ro&uri=true"
    store = Store(url)
    outbox = Outbox(store, Register(store, Clock()), Clock())
    with pytest.raises(FilingError, match="give the call to a person"):
        await outbox.file(request(), 1)
    assert outbox.records.listing() == []
    store.close()


async def test_a_locked_store_is_waited_for(tmp_path: Path) -> None:
    store, clock = Store.in_directory(tmp_path), Clock()
    outbox = Outbox(store, Register(store, clock), clock, store_s=30)
    other = sqlite3.connect(tmp_path / "voice122.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    filing = asyncio.create_task(outbox.file(request(), 5))
    await asyncio.sleep(0.5)
    assert not filing.done()
    other.execute("ROLLBACK")
    other.close()
    assert (await filing).status == "filed"
    store.close()


async def test_a_store_that_fails_after_filing_does_not_take_back_the_number(
    tmp_path: Path,
) -> None:
    store, clock = Store.in_directory(tmp_path), Clock()
    other = sqlite3.connect(tmp_path / "voice122.sqlite", isolation_level=None)

    class ThenLocked:
        async def file(self, filed: object, timeout_s: float) -> Filed:
            other.execute("BEGIN IMMEDIATE")
            return Filed("filed", "R-1")

    outbox = Outbox(store, ThenLocked(), clock)
    assert await outbox.file(request(), 1) == Filed("filed", "R-1")
    other.execute("ROLLBACK")
    other.close()
    assert outbox.records.listing()[0].status is RequestStatus.PENDING  # and asked for again
    store.close()


def test_a_closed_number_rests_before_it_is_given_again(tmp_path: Path) -> None:
    store, clock = Store.in_directory(tmp_path), Clock()

    class OneNumber:
        """Draws the same number three times, then new ones."""

        drawn, following = 0, 4321

        def randrange(self, start: int, stop: int) -> int:
            self.drawn += 1
            self.following += self.drawn > 3
            return 1234 if self.drawn <= 3 else self.following

    source = OneNumber()
    register = Register(store, clock, source)  # type: ignore[arg-type]
    first = register.enter(request(1)).number
    assert first is not None
    source.drawn = 0
    assert register.enter(request(2)).number != first  # it is open
    assert register.close(first, clock.at)
    assert not register.close(first, clock.at)
    source.drawn = 0
    assert register.enter(request(3)).number != first  # it rests
    clock.pass_by(days=91)
    source.drawn = 0
    assert register.enter(request(4)).number == first
    store.close()


def test_crowded_numbers_grow_by_a_digit(tmp_path: Path) -> None:
    store, clock = Store.in_directory(tmp_path), Clock()

    class Crowded:
        def randrange(self, start: int, stop: int) -> int:
            return 1234 if stop == 10_000 else 43_211

    register = Register(store, clock, Crowded())  # type: ignore[arg-type]
    assert len(register.enter(request(1)).number or "") == 5
    assert len(register.enter(request(2)).number or "") == 6
    store.close()


def test_errors_of_the_database_hold_no_personal_data(tmp_path: Path) -> None:
    store, clock = Store.in_directory(tmp_path), Clock()
    outbox = Outbox(store, Register(store, clock), clock)
    with sqlite3.connect(tmp_path / "voice122.sqlite") as database:
        database.execute("DROP TABLE requests")
    with pytest.raises(StoreError) as caught:
        outbox.records.keep(request(), datetime.now().astimezone())
    chain, error = "", caught.value
    while error is not None:
        chain, error = chain + str(error), error.__cause__  # type: ignore[assignment]
    assert "requests" in chain
    assert "79990000122" not in chain
    assert "Выдумкина" not in chain
    store.close()
