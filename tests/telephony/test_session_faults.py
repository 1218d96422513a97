"""A call session that loses engines, callers or its process: nobody is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dialog.acts import Say
from routing.bounded import Bounded
from routing.requests import Filed, NewRequest
from telephony.edge import Inbound
from telephony.turn import Outcome
from tests.telephony.fakes import (
    silence,
    speech,
)
from tests.telephony.table import GREETING_S, PHRASES, SETTINGS, Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table.in_directory(tmp_path)


async def test_caller_who_hangs_up_during_a_prompt_ends_the_call(table: Table) -> None:
    outcome = await table.call(silence(0.5))
    assert outcome == Outcome("caller_hung_up")


async def test_failed_recognition_brings_an_apology_and_the_call_goes_on(table: Table) -> None:
    table.recognizer.fails_on = {1}
    await table.call(
        silence(GREETING_S), speech(1, 1.0), silence(3.0), speech(2, 1.0), silence(10.0)
    )
    assert table.turns[1].said
    assert table.heard[2] == PHRASES[2]


async def test_failed_synthesis_brings_the_prepared_apology_and_then_the_prompt(
    table: Table,
) -> None:
    table.voice.failures = 1
    await table.call(silence(8.0))
    assert table.voice.said[0] == SETTINGS.apology
    assert table.voice.said[1] == table.turns[0].said


async def test_lost_prompt_does_not_lose_the_caller(table: Table) -> None:
    table.voice.failures = 2
    outcome = await table.call(silence(1.0), speech(4, 1.0), silence(10.0))
    assert outcome.kind == "handed_over"


async def test_failed_understanding_brings_an_apology(table: Table) -> None:
    table.understanding.lost = 1
    await table.call(
        silence(GREETING_S), speech(2, 1.0), silence(3.0), speech(2, 1.0), silence(10.0)
    )
    assert table.turns[1].said
    assert isinstance(table.turns[2].acts[0], Say)


async def test_after_a_crash_the_call_goes_on_where_it_was(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(1, 1.0), silence(5.0), call_id="same")
    asked = table.turns[1].said
    table.turns.clear()
    await table.call(silence(10.0), call_id="same")
    assert asked in table.turns[0].said
    assert table.turns[0].said != asked


async def test_a_store_that_does_not_answer_leaves_nobody_in_silence(
    table: Table, tmp_path: Path
) -> None:
    """SQLite itself would wait 5 s for whoever holds the file, at each turn."""
    with closing(sqlite3.connect(tmp_path / "voice122.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcome = await table.call(
            silence(GREETING_S),
            speech(2, 1.0),
            silence(8.0),
            speech(4, 1.0),
            silence(10.0),
            bounded=Bounded(0.05),
        )
        assert outcome.kind == "handed_over"
        assert [words for words in table.heard if words] == [PHRASES[2], PHRASES[4]]
        waits_ms = [turn.times.dialog for turn in table.turns if turn.times.dialog is not None]
        assert max(waits_ms) < 2500
        assert not table.store.handovers()  # what is told to the PBX does not wait for it
        other.execute("ROLLBACK")


async def test_a_system_of_record_that_never_answers_is_told_as_pending(table: Table) -> None:
    class Desk:
        async def file(self, request: NewRequest, timeout_s: float) -> Filed:
            await asyncio.Event().wait()
            raise AssertionError

    table.files = True
    await table.call(silence(6.0), connector=Desk(), bounded=Bounded(0.05), filing_timeout_s=0.05)
    assert table.statuses == ["pending"]


async def test_every_opened_recognition_is_closed(table: Table) -> None:
    await table.call(silence(0.5), speech(9, 0.2), silence(4.0), speech(2, 1.0), silence(8.0))
    assert table.recognizer.closed == len(table.recognizer.opened)


async def test_under_overload_the_keypad_is_served_without_listening(table: Table) -> None:
    outcome = await table.call(
        silence(0.3), speech(4, 1.0), silence(4.0), Inbound(keys="0"), silence(10), deaf=True
    )
    assert table.voice.said[0] == SETTINGS.keypad_menu
    assert outcome.kind == "handed_over"
    assert not table.recognizer.opened
