"""Some hours of calls through the real store, on a clock that flies: figures and invariants."""

from __future__ import annotations

import argparse
import heapq
import itertools
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from bench.queue_people import OPEN_S, Call, month_of_calls
from routing.errors import StateConflictError
from routing.queue.figures import Norms
from routing.queue.invariants import EventCheck, check_store
from routing.queue.states import ReservationState, TaskState
from tests.routing.postgres import Postgres, find_server
from tests.routing.shop import Shop

_ANSWER_S = 3.0


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="queue_day")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--a-day", type=float, default=2500)
    parser.add_argument("--operators", type=int, default=9)
    options = parser.parse_args(argv)
    calls = month_of_calls(1, options.a_day, 180, 122, bursty=False)[: options.calls]
    print(
        f"{'database':12} {'calls':>6} {'SL, %':>6} {'ASA, s':>7} {'gave up':>8} {'occupancy':>10}"
        f" {'Jain':>6} {'events':>7} {'recount':>8} {'violations':>11} {'calls/s':>8}"
    )
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'voice122.sqlite'}"
        _row("SQLite", url, calls, options.operators)
    programs = find_server()
    if programs is not None:
        server = Postgres(programs)
        try:
            _row("PostgreSQL", server.new_database(), calls, options.operators)
        finally:
            server.close()
    return 0


def _row(name: str, url: str, calls: list[Call], operators: int) -> None:
    began = time.perf_counter()
    shop = Shop(url)
    start = shop.at
    Day(shop, calls, operators).run()
    seconds = time.perf_counter() - began
    report = shop.desk.statistics.report(start, shop.at + timedelta(seconds=1), norms=Norms())
    replay = shop.desk.statistics.recount()
    told = replay.facts(shop.at)
    live = shop.desk.statistics.facts(start, shop.at + timedelta(seconds=1))
    same = set(told.calls) == set(live.calls) and set(told.handled) == set(live.handled)
    check, seq = EventCheck(), 0
    while events := shop.desk.events.after(seq):
        check.feed(events)
        seq = events[-1].seq
    wrong = len(check.violations) + len(check_store(shop.store, shop.at))
    total = report.total
    print(
        f"{name:12} {total.offered:6} {100 * (total.service_level or 0):6.1f}"
        f" {total.asa_s or 0:7.1f} {total.abandoned + total.short:8}"
        f" {report.occupancy or 0:10.3f} {report.evenness or 0:6.3f} {seq:7}"
        f" {'equal' if same else 'DIFFERS':>8} {wrong:11} {len(calls) / seconds:8.1f}",
        flush=True,
    )
    shop.close()


class Day:
    """Plays callers and operators on the services."""

    def __init__(self, shop: Shop, calls: list[Call], operators: int) -> None:
        self._shop = shop
        self._calls = calls
        self._began = shop.at
        self._count = itertools.count()
        self._heap: list[tuple[float, int, str, str]] = []
        self._seen = 0
        """Number of the last event that was looked at."""
        self._call_of: dict[str, Call] = {}
        self._names = [f"o{n:02}" for n in range(operators)]
        shop.queue(wrap_up_s=600, max_occupancy=1.0)

    def run(self) -> None:
        """Play all calls to their end."""
        for name in self._names:
            self._shop.operator(name)
        for number, call in enumerate(self._calls):
            self._push(call.at - OPEN_S, "arrive", str(number))
        while self._heap:
            at, _, kind, id_ = heapq.heappop(self._heap)
            self._shop.at = self._began + timedelta(seconds=at)
            with suppress(StateConflictError):  # the other side was faster
                getattr(self, f"_{kind}")(at, id_)
            self._ring(at)

    def _push(self, at: float, kind: str, id_: str) -> None:
        heapq.heappush(self._heap, (at, next(self._count), kind, id_))

    def _ring(self, at: float) -> None:
        for event in self._shop.desk.events.after(self._seen):
            self._seen = event.seq
            if event.kind == "reservation.created":
                self._push(at + _ANSWER_S, "accept", event.data["reservation_id"])

    def _arrive(self, at: float, number: str) -> None:
        call = self._calls[int(number)]
        task = self._shop.call(f"call-{number}")
        self._call_of[task.id] = call
        self._push(at + call.patience_s, "give_up", task.id)

    def _give_up(self, at: float, task_id: str) -> None:
        if self._shop.desk.tasks.get(task_id).state in (TaskState.PENDING, TaskState.RESERVED):
            self._shop.desk.tasks.caller_left(task_id)

    def _accept(self, at: float, reservation_id: str) -> None:
        reservations = self._shop.desk.reservations
        taken = reservations.accept(reservation_id)
        self._push(at + self._call_of[taken.task_id].talk_s, "hang_up", reservation_id)

    def _hang_up(self, at: float, reservation_id: str) -> None:
        ended = self._shop.desk.reservations.end_talk(reservation_id)
        self._push(at + self._call_of[ended.task_id].wrap_s, "done", reservation_id)

    def _done(self, at: float, reservation_id: str) -> None:
        held = self._shop.desk.reservations.get(reservation_id)
        if held.state is ReservationState.WRAPPING:
            self._shop.desk.reservations.complete(reservation_id)
