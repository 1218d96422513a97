"""10,000 waiting calls and 1,000 operators: how long an assignment takes, on both databases."""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from routing.queue.desk import Desk, open_desk
from routing.queue.dispatch import Dispatcher
from routing.queue.matching import Lane
from routing.queue.ranking import microseconds
from routing.queue.records import NewTask, Queue
from routing.store import Store
from routing.tables import OperatorQueueRow, OperatorRow, TaskRow
from tests.routing.postgres import Postgres, find_server

QUEUES = ("health", "appointments", "complaints", "services", "support", "mobilization")
TOPICS = tuple(f"topic-{n}" for n in range(20))
AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="queue_load")
    parser.add_argument("--waiting", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--operators", type=int, default=1000)
    parser.add_argument("--times", type=int, default=200, help="assignments that are measured")
    parser.add_argument("--workers", type=int, default=4, help="threads of the throughput part")
    options = parser.parse_args(argv)
    print(
        f"{options.operators} operators, {len(QUEUES)} queues, {len(TOPICS)} topics,"
        f" {options.times} assignments; every change is on disk before it counts"
    )
    print(
        f"{'':14} {'':>8}  {'operator gets free, ms':^23} {'call arrives, ms':^23} {'offers/s':>9}"
    )
    print(f"{'database':14} {'waiting':>8}  {'p50':>11} {'p95':>11} {'p50':>11} {'p95':>11}")
    for waiting in options.waiting:
        for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
            with opened() as url:
                if url is None:
                    print(f"{name:14} not installed")
                    continue
                free, call, rate = _measure(url, waiting, options)
                times = [_quantile(part, share) for part in (free, call) for share in (0.5, 0.95)]
                cells = " ".join(f"{value:11.1f}" for value in times)
                offers = f"{rate:9.0f}" if rate else f"{'-':>9}"  # nobody was left to be offered
                print(f"{name:14} {waiting:8}  {cells} {offers}", flush=True)
    return 0


def _measure(
    url: str, waiting: int, options: argparse.Namespace
) -> tuple[list[float], list[float], float]:
    rng = random.Random(122)
    ticks = iter(range(10**9))
    lock = threading.Lock()

    def now() -> datetime:
        with lock:
            return AT + timedelta(milliseconds=next(ticks))

    store = Store(url)
    desk = open_desk(store, now)
    dispatcher = Dispatcher(store, now)
    for queue in QUEUES:
        desk.directory.put_queue(Queue(queue, queue))
    _fill(store, waiting, options.operators, rng)
    dispatcher.serve_operator("o0000")  # the first one warms up
    free = [_timed(dispatcher.serve_operator, f"o{n:04}") for n in range(1, options.times + 1)]
    # The other direction: everybody is free, and calls that nobody else waits ahead of come in.
    rest = range(options.times + 1, options.operators)
    began = time.perf_counter()
    with ThreadPoolExecutor(options.workers) as pool:
        made = sum(
            offer is not None
            for offer in pool.map(dispatcher.serve_operator, (f"o{n:04}" for n in rest))
        )
    rate = made / (time.perf_counter() - began)
    store.close()
    return free, _arrivals(url, desk, options), rate


def _arrivals(url: str, before: Desk, options: argparse.Namespace) -> list[float]:
    """Calls that come in while all the other operators are free, in a queue of their own."""
    store = Store(url)
    now = [AT + timedelta(hours=1)]
    desk = open_desk(store, lambda: now[0])
    _operators(store, options.operators, "p", ("arrivals",))
    desk.directory.put_queue(Queue("arrivals", "arrivals"))
    found = []
    for n in range(options.times):
        now[0] += timedelta(milliseconds=100)
        found.append(_timed(desk.tasks.create, NewTask(f"arrival-{n}", "arrivals")))
    store.close()
    return found


def _fill(store: Store, waiting: int, operators: int, rng: random.Random) -> None:
    _operators(store, operators, "o", QUEUES)
    rows = []
    for n in range(waiting):
        queue, topic = rng.choice(QUEUES), rng.choice(TOPICS)
        entered = microseconds(AT) - 600_000_000 + n
        rows.append(
            TaskRow(
                id=str(uuid.uuid4()), key=f"t{n}", digest="", kind="call", queue=queue,
                first_queue=queue, topic=topic, skills={}, lane=Lane(queue, topic).key,
                step=0, priority=0, brief={"topic": topic}, callback_agreed=False,
                state="pending", redirects=0, entered_us=entered, rank=entered, declined={},
                created_at=AT - timedelta(minutes=10), offers=0, attempts=0,
            )
        )  # fmt: skip
    with store.transaction() as session:
        session.add_all(rows)
    with store.transaction() as session:
        session.execute(text("ANALYZE"))  # as autovacuum does within a minute


def _operators(store: Store, count: int, prefix: str, queues: tuple[str, ...]) -> None:
    rng = random.Random(1)
    with store.transaction() as session:
        for n in range(count):
            name = f"{prefix}{n:04}"
            session.add(
                OperatorRow(
                    id=name, name=name, kind="civil", skills={}, topics=None, disabled=False,
                    activity="available", state="available", since=AT, idle_since=AT,
                    last_offer_us=0, handled=0, worked_s=rng.uniform(0, 3600),
                    talked_s=0.0, staffed_s=3600.0,
                )
            )  # fmt: skip
        session.flush()
        for n in range(count):
            mine = rng.sample(queues, min(3, len(queues)))
            session.add_all(
                OperatorQueueRow(queue=queue, operator_id=f"{prefix}{n:04}") for queue in mine
            )


def _timed(action: Callable[..., object], argument: object) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    action(argument)
    return (time.perf_counter() - began) * 1000


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@contextmanager
def _sqlite() -> Iterator[str | None]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'voice122.sqlite'}"


@contextmanager
def _postgresql() -> Iterator[str | None]:
    programs = find_server()
    if programs is None:
        yield None
        return
    server = Postgres(programs, durable=True)
    try:
        yield server.new_database()
    finally:
        server.close()
