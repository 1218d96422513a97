"""A store that does not answer: nobody waits for it for ever, and what was written is not lost."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from routing.bounded import Bounded
from routing.errors import StoreError
from routing.store import Store
from tests.routing.postgres import Postgres

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


class Slow:
    """A store of which each answer is waited for until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def read(self, value: int) -> int:
        self.go.wait()
        return value

    def fail(self) -> None:
        raise StoreError("the disk is full")


@pytest.fixture
def slow() -> Iterator[Slow]:
    store = Slow()
    yield store
    store.go.set()


async def test_an_answer_in_time_is_given(slow: Slow) -> None:
    slow.go.set()
    assert await Bounded(30).run(slow.read, 5) == 5


async def test_a_failure_is_told_as_it_is(slow: Slow) -> None:
    with pytest.raises(StoreError, match="disk is full"):
        await Bounded(30).run(slow.fail)


async def test_nobody_waits_twice_for_a_store_that_hangs(slow: Slow) -> None:
    bounded = Bounded(0.05)
    with pytest.raises(StoreError, match="has not answered"):
        await bounded.run(slow.read, 1)
    bounded.limit_s = 600  # whoever waited now would wait for ever
    with pytest.raises(StoreError, match="has not answered"):
        await bounded.run(slow.read, 2)


async def test_who_only_reads_asks_no_more_while_an_answer_is_overdue(slow: Slow) -> None:
    bounded = Bounded(0.05, reads=True)
    with pytest.raises(StoreError, match="has not answered"):
        await bounded.run(slow.read, 1)
    asked: list[int] = []
    with pytest.raises(StoreError, match="has not answered"):
        await bounded.run(asked.append, 2)
    slow.go.set()
    async with asyncio.timeout(10):
        while not asked:
            with contextlib.suppress(StoreError):
                await bounded.run(asked.append, 3)
            await asyncio.sleep(0.01)
    assert asked == [3]


async def test_once_it_answers_again_it_is_waited_for(slow: Slow) -> None:
    bounded = Bounded(0.05)
    with pytest.raises(StoreError):
        await bounded.run(slow.read, 1)
    slow.go.set()
    async with asyncio.timeout(10):
        while True:
            try:
                assert await bounded.run(slow.read, 2) == 2
                break
            except StoreError:
                await asyncio.sleep(0.01)


async def test_a_postgresql_that_hangs_gets_what_was_written_when_it_wakes(
    postgres: Postgres,
) -> None:
    store = Store(postgres.new_database())
    store.begin_call("call", AT)
    bounded = Bounded(0.2)
    with postgres.hanging(), pytest.raises(StoreError, match="has not answered"):
        await bounded.run(store.record_turn, "call", 1, {}, "greeted", [])
    async with asyncio.timeout(10):
        while store.last_state("call") != "greeted":  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
    store.close()
