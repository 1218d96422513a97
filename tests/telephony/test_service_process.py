"""The service as a process: killed in the middle of a call, stopped while calls go on."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from asr.audio import Pcm
from asr.files import read_recording
from asr.transcribe import frames
from telephony.player import SILENCE
from tests.dialog.scripts import real_script
from tests.telephony.asterisk_peer import Peer
from tests.telephony.fake_service import voice_of

ROOT = Path(__file__).parents[2]
CALL = "8f14e45f-ceea-467f-a83c-d1b8f6d9a3a1"
HEARS = ("--hears", "запишите меня к врачу=make_appointment")
PHRASE = list(frames(read_recording(ROOT / "tests/audio/phrases/book_therapist.flac")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    def __init__(self, data_dir: Path) -> None:
        self.http_port, self.audio_port = free_port(), free_port()
        command = [sys.executable, "-m", "tests.telephony.fake_service", *HEARS]
        command += ["--port", str(self.http_port), "--audiosocket-port", str(self.audio_port)]
        command += ["--data-dir", str(data_dir), "--drain-limit-s", "60"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.http_port}", timeout=30)

    def end(self) -> None:
        self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait()


@asynccontextmanager
async def service(data_dir: Path) -> AsyncIterator[Service]:
    running = Service(data_dir)
    try:
        yield running
    finally:
        await running.http.aclose()
        running.end()


@asynccontextmanager
async def calling(running: Service, *parts: list[Pcm]) -> AsyncIterator[Peer]:
    """A call that says `parts` and then stays silent on the line."""
    peer = await Peer().connect(running.audio_port, CALL)
    speech = [frame for part in parts for frame in part] + [SILENCE] * 3000
    speaking = asyncio.create_task(peer.speak(speech))
    try:
        yield peer
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        await peer.hang_up()


async def heard(peer: Peer, text: str) -> None:
    """Wait until the caller has heard `text`, sample by sample."""
    spoken = voice_of(text).tobytes()
    async with asyncio.timeout(60):
        while spoken not in peer.audio.tobytes():  # noqa: ASYNC110 - another process speaks
            await asyncio.sleep(0.1)


def greeting() -> str:
    return real_script().prompt("utter_greeting")


async def test_after_kill_9_the_conversation_goes_on_where_it_was(tmp_path: Path) -> None:
    async with service(tmp_path) as first:
        assert (await first.http.post("/calls", data={"id": CALL})).text == "speech"
        async with calling(first) as peer:
            await heard(peer, greeting())
            before = len(peer.audio)
            first.process.kill()
            await peer.closed.wait()
            assert before
    async with service(tmp_path) as second:
        assert (await second.http.get(f"/calls/{CALL}/next")).text == "again"
        async with calling(second) as peer:
            await heard(peer, real_script().prompt("utter_reconnected"))


async def test_a_stop_waits_for_live_calls_and_takes_no_new_ones(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        async with calling(running) as peer:
            await heard(peer, greeting())
            running.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(1.0)
            other = "00000000-0000-0000-0000-000000000001"
            assert (await running.http.post("/calls", data={"id": other})).text == "queue,general"
            got = len(peer.audio)
            await asyncio.sleep(0.5)
            assert len(peer.audio) > got
            assert not peer.closed.is_set()
        assert (await running.http.get(f"/calls/{CALL}/next")).text == "again"
        await asyncio.to_thread(running.process.wait, 30)
        assert running.process.returncode == 0


async def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as running, calling(running) as peer:
        await heard(peer, greeting())
        running.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(1.0)
        running.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(running.process.wait, 30)


async def test_the_voice_reaches_the_caller_sample_by_sample(tmp_path: Path) -> None:
    async with service(tmp_path) as running, calling(running, [SILENCE] * 50, PHRASE) as peer:
        await asyncio.sleep(4)
        sent, got = voice_of(greeting()), peer.audio
        begin = int(np.flatnonzero(got)[0]) - int(np.flatnonzero(sent)[0])
        early = slice(begin, begin + 4000)
        assert np.corrcoef(got[early], sent[:4000])[0, 1] > 0.99


@pytest.fixture(autouse=True)
def longer(request: pytest.FixtureRequest) -> None:
    request.node.add_marker(pytest.mark.timeout(180))
