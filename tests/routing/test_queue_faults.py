"""The queue outlives killed processes, a restarted database, a full disk."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from routing.errors import StoreError
from routing.queue.invariants import EventCheck, check_store
from routing.queue.states import TaskState
from tests.routing.postgres import Postgres, find_server
from tests.routing.queue_faults import ROOT, play_and_kill
from tests.routing.shop import Shop


def test_killed_processes_lose_and_double_nothing(store_url: str) -> None:
    found = play_and_kill(store_url, kills=4)
    assert found.taken > 0
    assert (found.kills, found.lost, found.moved, found.violations) == (4, 0, 0, [])


def test_queue_goes_on_where_a_killed_service_left_it(shop: Shop) -> None:
    """Positions, the offer that was out, and the operator's state are as before."""
    shop.operator("anna")
    tasks = [shop.call(f"c{n}") for n in range(3)]
    offer = shop.offer()
    again = Shop(shop.url)  # another process opens the same store
    assert again.offer() == offer
    assert [again.desk.tasks.position(task.id) for task in tasks[1:]] == [1, 2]
    again.accept()
    assert again.task(tasks[0]).state is TaskState.ASSIGNED
    again.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restarted_postgresql_loses_nothing(mode: str) -> None:
    programs = find_server()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: sudo apt-get install -y postgresql")
    server = Postgres(programs, durable=True)
    try:
        shop = Shop(server.new_database())
        shop.operator("anna")
        tasks = [shop.call(f"c{n}") for n in range(5)]
        server.stop(mode)
        with pytest.raises(StoreError):
            shop.call("while-down")
        with pytest.raises(StoreError):
            shop.desk.timekeeper.tick()
        server.start()
        assert shop.offered() == "c0"
        assert [shop.desk.tasks.position(task.id) for task in tasks[1:]] == [1, 2, 3, 4]
        shop.accept()
        shop.call("while-down")
        assert EventCheck().feed(shop.events()).violations == []
        assert check_store(shop.store, shop.at) == []
        shop.close()
    finally:
        server.close()


def test_a_full_disk_refuses_new_calls_and_keeps_those_who_wait(tmp_path: Path) -> None:
    """The process may write files of 2 MB only, as if the disk ended there."""
    code = f"""
        import resource
        from tests.routing.shop import Shop
        shop = Shop("sqlite:///{tmp_path / "voice122.sqlite"}")
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        taken = []
        while True:
            try:
                taken.append(shop.call(f"c{{len(taken)}}", brief={{"words": "а" * 4000}}).id)
            except Exception as error:
                print(type(error).__name__)
                break
        try:
            shop.operator("anna")  # nothing can be written, and nothing breaks
        except Exception as error:
            print(type(error).__name__)
        print(*taken)
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, taken = process.stdout.splitlines()
    assert first == second == "StoreError"
    shop = Shop(f"sqlite:///{tmp_path / 'voice122.sqlite'}")
    listed = [task.id for task in shop.desk.tasks.listing(limit=1000)]
    assert listed == taken.split()
    assert len(listed) > 10
    assert EventCheck().feed(shop.events()).violations == []
    shop.operator("anna")  # there is room again
    assert shop.offered() == "c0"
    shop.close()
