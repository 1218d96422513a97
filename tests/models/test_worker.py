"""A worker keeps its caller alive: engines may fail, die or hang, the next call is served."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from models.worker import STEADY_S, EngineFailed, Worker, WorkerDied, WorkerHung


class Engine:
    def __init__(self, weights: str = "good") -> None:
        if weights == "damaged":
            raise ValueError("weights are damaged")
        if weights == "fatal":
            os._exit(3)

    def double(self, number: int) -> int:
        return 2 * number

    def product_threads(self) -> set[int]:
        np.ones((300, 300)) @ np.ones((300, 300))
        return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}

    def fail(self) -> None:
        raise ValueError("cannot do this")

    def die(self) -> None:
        os._exit(1)

    def hang(self) -> None:
        time.sleep(600)

    def count(self, to: int) -> Iterator[int]:
        yield from range(to)

    def count_slowly(self, path: Path) -> Iterator[int]:
        for number in range(1000):
            path.write_text(str(number))
            yield number
            time.sleep(0.02)


class LoadsUnless(Engine):
    def __init__(self, damaged: Path) -> None:
        super().__init__("damaged" if damaged.exists() else "good")


class SlowToLoadAgain(Engine):
    def __init__(self, loaded: Path) -> None:
        super().__init__()
        if loaded.exists():
            time.sleep(2)
        loaded.touch()


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker("test", Engine)
    yield worker
    await worker.stop()


async def test_result_comes_back(worker: Worker) -> None:
    assert await worker.call("double", 21, timeout_s=30) == 42


async def test_calls_side_by_side_get_their_own_answers(worker: Worker) -> None:
    calls = [worker.call("double", n, timeout_s=30) for n in range(20)]
    assert await asyncio.gather(*calls) == [2 * n for n in range(20)]


async def test_engine_error_is_told_and_the_process_lives_on(worker: Worker) -> None:
    await worker.start()
    pid = worker.pid
    with pytest.raises(EngineFailed, match="cannot do this"):
        await worker.call("fail", timeout_s=30)
    assert await worker.call("double", 1, timeout_s=30) == 2
    assert worker.pid == pid


async def test_after_a_death_the_next_call_is_served(worker: Worker) -> None:
    with pytest.raises(WorkerDied):
        await worker.call("die", timeout_s=30)
    assert await worker.call("double", 2, timeout_s=30) == 4
    assert worker.restarts == 1


async def test_after_a_death_between_calls_it_is_ready_again_before_anybody_asks(
    worker: Worker,
) -> None:
    await worker.start()
    assert worker.ready
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        while worker.restarts == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert not worker.ready
        while not worker.ready:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert worker.pid != pid
    assert await worker.call("double", 4, timeout_s=5) == 8
    assert worker.restarts == 1


async def test_a_hang_ends_at_the_time_out_and_the_next_call_is_served(worker: Worker) -> None:
    await worker.start()
    with pytest.raises(WorkerHung):
        await worker.call("hang", timeout_s=0.3)
    assert await worker.call("double", 3, timeout_s=30) == 6


async def test_loading_after_a_restart_does_not_count_against_the_next_call(
    tmp_path: Path,
) -> None:
    worker = Worker("test", partial(SlowToLoadAgain, tmp_path / "loaded"))
    await worker.start()
    calls = [worker.call("die", timeout_s=30), worker.call("double", 1, timeout_s=30)]
    assert [type(e) for e in await asyncio.gather(*calls, return_exceptions=True)] == [
        WorkerDied,
        WorkerDied,
    ]
    assert await worker.call("double", 2, timeout_s=1) == 4
    assert worker.restarts == 1
    await worker.stop()


class Time:
    """Stands still, and writes down the pauses that are asked for."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses_s: list[float] = []
        self.go_on = asyncio.Event()

    def now(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        await self.go_on.wait()


@pytest.fixture
async def time_of() -> Time:
    return Time()


@pytest.fixture
async def fragile(time_of: Time) -> AsyncIterator[Worker]:
    worker = Worker("test", Engine, now=time_of.now, sleep=time_of.sleep)
    await worker.start()
    yield worker
    await worker.stop()


async def _die(worker: Worker) -> None:
    with pytest.raises(WorkerDied):
        await worker.call("die", timeout_s=30)


async def test_one_that_dies_again_and_again_is_started_after_growing_pauses(
    fragile: Worker, time_of: Time
) -> None:
    time_of.go_on.set()
    for _ in range(9):
        async with asyncio.timeout(60):
            while not fragile.ready:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await _die(fragile)
    await asyncio.sleep(0)
    assert time_of.pauses_s == [1, 2, 4, 8, 16, 32, 60, 60]  # the first time at once


async def test_one_that_has_lived_for_a_minute_starts_again_at_once(
    fragile: Worker, time_of: Time
) -> None:
    await _die(fragile)
    assert await fragile.call("double", 1, timeout_s=30) == 2
    time_of.now_s += STEADY_S
    await _die(fragile)
    assert await fragile.call("double", 2, timeout_s=30) == 4
    assert time_of.pauses_s == []


async def test_during_a_pause_nobody_waits_for_it(fragile: Worker, time_of: Time) -> None:
    await _die(fragile)
    assert await fragile.call("double", 1, timeout_s=30) == 2
    await _die(fragile)
    async with asyncio.timeout(1):
        with pytest.raises(WorkerDied, match="again and again"):
            await fragile.call("double", 2, timeout_s=30)
    assert not fragile.ready
    time_of.go_on.set()
    await asyncio.sleep(0)
    assert await fragile.call("double", 2, timeout_s=30) == 4


async def test_stopped_during_a_pause_it_can_be_started(fragile: Worker) -> None:
    await _die(fragile)
    assert await fragile.call("double", 1, timeout_s=30) == 2
    await _die(fragile)
    await fragile.stop()
    await fragile.start()
    assert await fragile.call("double", 2, timeout_s=30) == 4


async def test_one_that_cannot_load_again_is_tried_until_it_can(
    time_of: Time, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged"
    worker = Worker("test", partial(LoadsUnless, damaged), now=time_of.now, sleep=time_of.sleep)
    await worker.start()
    damaged.touch()
    await _die(worker)
    with pytest.raises(EngineFailed, match="weights are damaged"):
        await worker.call("double", 1, timeout_s=30)
    assert time_of.pauses_s == [1]
    damaged.unlink()
    time_of.go_on.set()
    async with asyncio.timeout(30):
        while not worker.ready:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await worker.call("double", 1, timeout_s=30) == 2
    await worker.stop()


async def test_no_process_to_be_had_is_told_as_a_death(worker: Worker) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(WorkerDied, match="no process can be started"):
            await worker.call("double", 1, timeout_s=30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert await worker.call("double", 1, timeout_s=30) == 2


async def test_items_arrive_in_order(worker: Worker) -> None:
    assert [n async for n in worker.stream("count", 5, timeout_s=30)] == [0, 1, 2, 3, 4]


async def test_leaving_a_stream_stops_the_engine(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "reached"
    stream = worker.stream("count_slowly", path, timeout_s=30)
    async for number in stream:
        if number == 3:
            break
    await stream.aclose()
    assert await worker.call("double", 4, timeout_s=5) == 8
    assert int(path.read_text()) < 100


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [("damaged", EngineFailed, "weights are damaged"), ("fatal", WorkerDied, "while loading")],
)
async def test_engine_that_cannot_load_says_why(
    weights: str, error: type[Exception], message: str
) -> None:
    worker = Worker("test", partial(Engine, weights))
    with pytest.raises(error, match=message):
        await worker.start()
    await worker.stop()


async def test_products_of_an_engine_wait_for_no_other_thread(worker: Worker) -> None:
    assert await worker.call("product_threads", timeout_s=5) == {1}
