"""What overload leaves a caller: the keypad, in the words that editors wrote."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from telephony.admission import Mode
from telephony.clock import FastClock
from telephony.recorded import RecordedCaller
from telephony.switchboard import IncomingCall
from telephony.turn import Turn
from voice122.settings import Settings
from voice122.wiring import Rooms

ROOT = Path(__file__).parents[2]
AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
SENTENCE = "Сейчас очень много звонков, поэтому я понимаю только кнопки."
CHANGED = "Линия перегружена, нажимайте клавиши."


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "nlu_data", tmp_path / "nlu_data"))


@pytest.fixture
async def rooms(tmp_path: Path, content: Path) -> AsyncIterator[Rooms]:
    for name in ("models", "nlu", "phrases.txt"):
        (tmp_path / name).symlink_to(ROOT / "var" / name)
    settings = Settings(
        data_dir=tmp_path,
        content_dir=content,
        content_poll_s=0.1,
        asr="whisper-base",
        tts="rhvoice",
    )
    async with Rooms(settings) as rooms:
        yield rooms


async def greeted(rooms: Rooms, call_id: str) -> str:
    """What a caller hears first whom overload leaves the keypad."""
    turns: list[Turn] = []
    call = IncomingCall(call_id, mode=Mode.KEYPAD)
    session = rooms.session(
        RecordedCaller([]), FastClock(), now=lambda: AT, on_turn=turns.append, call=call
    )
    await session.run()
    return turns[0].said


async def test_the_sentence_for_the_keypad_follows_the_content(rooms: Rooms, content: Path) -> None:
    menu = rooms.content.script.menu_text()
    assert (await greeted(rooms, "first")).startswith(f"{SENTENCE} {menu}")
    responses, before = content / "responses" / "service.yml", rooms.content
    responses.write_text(responses.read_text("utf-8").replace(SENTENCE, CHANGED), "utf-8")
    async with asyncio.timeout(60):
        while rooms.content is before:  # noqa: ASYNC110 - nothing tells that it was taken
            await asyncio.sleep(0.1)
    assert (await greeted(rooms, "second")).startswith(f"{CHANGED} {menu}")
