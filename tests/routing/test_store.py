"""The store keeps calls, turns and hand-overs through crashes and repetitions."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from routing.errors import StoreError
from routing.queue.desk import open_desk
from routing.store import Store

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
BRIEF = {"topic": "make_appointment", "slots": {"specialty": "ent"}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_directory(tmp_path)
    store.begin_call("one", AT)
    yield store
    store.close()


def test_hand_over_is_listed_with_its_brief_and_time(store: Store) -> None:
    store.hand_over("one", "appointments", BRIEF, AT)
    (item,) = store.handovers()
    assert (item.call_id, item.queue, item.brief) == ("one", "appointments", BRIEF)
    assert item.created_at == AT


def test_hand_overs_come_in_order_and_by_queue(store: Store) -> None:
    store.begin_call("two", AT)
    store.hand_over("one", "complaints", {}, AT + timedelta(minutes=1))
    store.hand_over("two", "appointments", {}, AT)
    assert [item.call_id for item in store.handovers()] == ["two", "one"]
    assert [item.call_id for item in store.handovers("complaints")] == ["one"]


def test_a_repeated_hand_over_stays_one(store: Store) -> None:
    store.hand_over("one", "appointments", BRIEF, AT)
    again = store.hand_over("one", "complaints", {}, AT + timedelta(minutes=1))
    assert again.queue == "appointments"
    assert len(store.handovers()) == 1


def test_last_state_survives_the_process(tmp_path: Path) -> None:
    code = f"""
        import os
        from datetime import datetime
        from pathlib import Path
        from routing.store import Store
        store = Store.in_directory(Path({str(tmp_path)!r}))
        store.begin_call("one", datetime.fromisoformat("{AT.isoformat()}"))
        store.record_turn("one", 1, {{}}, "first", [])
        store.record_turn("one", 2, {{}}, "second", [])
        os._exit(9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    store = Store.in_directory(tmp_path)
    assert store.last_state("one") == "second"
    assert store.last_state("unknown") is None
    store.close()


def test_a_turn_written_twice_is_one(store: Store) -> None:
    store.record_turn("one", 1, {}, "first", [])
    store.record_turn("one", 1, {}, "again", [])
    assert store.last_state("one") == "again"


def test_a_store_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StoreError, match="VOICE122_DATA_DIR"):
        Store.in_directory(tmp_path / "file")


def test_a_damaged_database_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "voice122.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="VOICE122_DATA_DIR"):
        Store.in_directory(tmp_path)


def test_a_turn_of_an_unknown_call_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        store.record_turn("unknown", 1, {}, "state", [])


def test_a_call_that_comes_back_from_a_redirect_has_the_outcome_of_its_end(store: Store) -> None:
    store.end_call("one", "redirected", AT)
    store.begin_call("one", AT + timedelta(minutes=1))
    store.end_call("one", "resolved", AT + timedelta(minutes=2))
    store.end_call("one", "caller_hung_up", AT + timedelta(minutes=3))  # too late: it has ended
    report = open_desk(store, lambda: AT).statistics.report(AT, AT + timedelta(hours=1))
    assert (report.calls, report.contained) == (1, 1)
