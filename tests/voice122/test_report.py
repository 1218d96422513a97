"""`voice122 report`: what an administrator reads of a day of calls."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routing.queue.desk import open_desk
from routing.queue.records import NewTask, OperatorProfile
from routing.queue.states import Activity
from routing.store import Store
from voice122.cli.report import report

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data directory after a day with five calls: three solved, one answered, one not heard."""
    store = Store.in_directory(tmp_path)
    at = [AT]
    desk = open_desk(store, lambda: at[0])
    for n in range(5):
        store.begin_call(f"call-{n}", AT)
        heard = {"text": "" if n == 4 else "запишите к врачу", "intent": "make_appointment"}
        if n == 4:
            heard["intent"] = ""
        event = {"event": "Heard", "parse": {**heard, "intent": heard["intent"] or None}}
        store.record_turn(f"call-{n}", 1, event, "{}", [])
        if n < 3:
            store.end_call(f"call-{n}", "resolved", AT + timedelta(minutes=2))
    desk.operators.put(OperatorProfile("anna", "Анна"))
    desk.operators.set_activity("anna", Activity.AVAILABLE)
    desk.tasks.create(NewTask("t", "health", call_id="call-3"))
    offer = desk.reservations.open_of("anna")
    assert offer is not None
    at[0] += timedelta(seconds=7)
    desk.reservations.accept(offer.id)
    at[0] += timedelta(seconds=100)
    desk.reservations.complete(offer.id)
    store.close()
    yield tmp_path


def run(folder: Path, *arguments: str) -> Result:
    os.environ["VOICE122_DATA_DIR"] = str(folder)
    try:
        return CliRunner().invoke(report, arguments, catch_exceptions=False)
    finally:
        del os.environ["VOICE122_DATA_DIR"]


def test_a_day_is_told_in_words(folder: Path) -> None:
    out = run(folder, "--day", "2026-11-24").output
    assert "решено без оператора     3 (60.0 %)" in out
    assert "не расслышано речи       20.0 %" in out
    assert "ждали ответа в среднем   7 с" in out
    assert "тема make_appointment" in out


def test_a_month_comes_as_json(folder: Path) -> None:
    found = json.loads(run(folder, "--month", "2026-11", "--by", "queue", "--json").output)
    assert found["containment"] == 0.6
    assert found["groups"]["health"]["service_level"] == 1.0
    assert found["assistant"]["not_heard"] == 1
    assert found["since"] == "2026-11-01T00:00:00+05:00"
    assert found["until"] == "2026-12-01T00:00:00+05:00"


def test_a_table_comes_as_csv(folder: Path) -> None:
    lines = run(folder, "--day", "2026-11-24", "--by", "queue", "--csv").output.splitlines()
    assert [line.split(",")[0] for line in lines] == ["queue", "health", "total"]


def test_staffing_names_the_operators_that_each_half_hour_needs(folder: Path) -> None:
    (need,) = json.loads(run(folder, "--day", "2026-11-24", "--staffing", "--json").output)
    assert (need["begins"], need["calls"], need["operators"]) == ("10:00", 1.0, 1)


def test_a_check_says_whether_a_call_is_lost(folder: Path) -> None:
    done = run(folder, "--check")
    assert done.exit_code == 0 or "a call ends" in done.output  # call-4 goes on, and gets old
    store = Store.in_directory(folder)
    store.begin_call("forgotten", AT)
    store.end_call("forgotten", "handed_over", AT)
    store.close()
    done = run(folder, "--check")
    assert done.exit_code == 1
    assert "a call that is handed over is in the queue: forgotten" in done.output


def test_a_day_and_a_month_at_once_are_refused(folder: Path) -> None:
    done = run(folder, "--day", "2026-11-24", "--month", "2026-11")
    assert done.exit_code == 2
    assert "not both" in done.output
