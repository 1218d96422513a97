"""Engines that die or hang in a real call: an apology is heard and the call goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest

from asr.files import read_recording
from routing.queue.desk import open_desk
from telephony.clock import FastClock
from telephony.recorded import RecordedCaller
from telephony.turn import Outcome, Turn
from voice122.health import HealthCheck
from voice122.serving import CallService
from voice122.settings import Settings
from voice122.wiring import Rooms

ROOT = Path(__file__).parents[2]
AUDIO = ROOT / "tests" / "audio"
AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
HOURS = AUDIO / "opening_hours" / "1.flac"
OPERATOR = AUDIO / "operator" / "1.flac"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # A data directory of its own: no prompt is known beforehand, every one needs the synthesizer.
    for name in ("models", "nlu", "phrases.txt"):
        (tmp_path / name).symlink_to(ROOT / "var" / name)
    return Settings(
        data_dir=tmp_path, asr="whisper-base", tts="rhvoice", asr_timeout_s=3, tts_timeout_s=3
    )


@pytest.fixture
async def rooms(settings: Settings) -> AsyncIterator[Rooms]:
    async with Rooms(settings) as rooms:
        yield rooms


async def call(
    rooms: Rooms, after: int, harm: Callable[[], None], *files: Path
) -> tuple[Outcome, list[Turn]]:
    """Lead a call; `harm` strikes when turn number `after` begins to sound."""
    turns: list[Turn] = []

    def note(turn: Turn) -> None:
        turns.append(turn)
        if turn.number == after:
            harm()

    caller = RecordedCaller([read_recording(path) for path in files])
    session = rooms.session(caller, FastClock(), now=lambda: AT, on_turn=note)
    return await session.run(), turns


def strike(pid: int | None, blow: signal.Signals) -> None:
    assert pid is not None
    os.kill(pid, blow)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
async def test_recognizer_dies_or_hangs(rooms: Rooms, blow: signal.Signals) -> None:
    worker = rooms.recognizer.workers[0]
    outcome, turns = await call(rooms, 0, lambda: strike(worker.pid, blow), HOURS, OPERATOR)
    if turns[1].heard is None:  # the utterance was lost, and the caller was told so
        assert rooms.content.script.prompt("utter_apology") in turns[1].said
    assert outcome.kind == "handed_over"
    async with asyncio.timeout(15):  # the other recognizer may have served the call meanwhile
        while worker.restarts == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
async def test_synthesizer_dies_or_hangs(rooms: Rooms, blow: signal.Signals) -> None:
    pid = rooms.voice.speech_pid
    outcome, turns = await call(rooms, 0, lambda: strike(pid, blow), HOURS, OPERATOR)
    assert outcome.kind == "handed_over"
    assert turns[-1].heard is not None
    assert rooms.voice.speech_pid != pid


async def test_interpreter_dies(rooms: Rooms) -> None:
    pid = rooms.understanding.worker.pid
    outcome, _ = await call(rooms, 0, lambda: strike(pid, signal.SIGKILL), HOURS, OPERATOR)
    assert outcome.kind == "handed_over"
    assert rooms.understanding.worker.pid != pid


async def test_health_tells_what_is_wrong_until_it_is_well_again(
    rooms: Rooms, settings: Settings
) -> None:
    delivery = open_desk(rooms.store, lambda: AT).delivery
    calls = CallService(settings, rooms.serve_call, delivery)
    health = HealthCheck(settings, rooms, calls)
    assert (await health()).status == "ok"

    worker = rooms.recognizer.workers[0]
    strike(worker.pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        while worker.ready:  # noqa: ASYNC110 - a process is on its way
            await asyncio.sleep(0.01)
        ill = await health()
        assert ill.status == "degraded"
        assert ill.problems == [f"{worker.name} is being restarted"]
        while (await health()).problems:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    calls.admission.draining = True
    assert (await health()).status == "draining"


async def test_health_does_not_wait_for_a_store_that_hangs(
    rooms: Rooms, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = CallService(settings, rooms.serve_call, open_desk(rooms.store, lambda: AT).delivery)
    awake = threading.Event()
    monkeypatch.setattr(rooms.store, "ping", awake.wait)
    try:
        (problem,) = (await HealthCheck(settings, rooms, calls)()).problems
    finally:
        awake.set()
    assert problem.startswith("the store has not answered")
