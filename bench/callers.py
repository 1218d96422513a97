"""Callers for measurements: they speak AudioSocket like Asterisk and time what they are sent."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import FRAME_S, FRAME_SAMPLES, Pcm
from asr.level import level_dbfs

ROOT: Final = Path(__file__).parent.parent
AUDIO_HEADER: Final = struct.pack(">BH", 0x10, FRAME_SAMPLES * 2)
SILENT: Final = AUDIO_HEADER + bytes(FRAME_SAMPLES * 2)


def packed(samples: Pcm) -> list[bytes]:
    """Messages of 20 ms, from the first sound of `samples` on."""
    frames = [samples[at : at + FRAME_SAMPLES] for at in range(0, len(samples), FRAME_SAMPLES)]
    while frames and level_dbfs(frames[0]) < -42:
        frames.pop(0)
    return [AUDIO_HEADER + f.tobytes() for f in frames if len(f) == FRAME_SAMPLES]


class Caller(asyncio.Protocol):
    """One call."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.silent_since: float | None = None
        """When the first wholly silent frame after sound came."""
        self.sounding = 0
        """Frames with sound in a row."""
        self.lost = False
        self.transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(struct.pack(">BH", 1, 16) + uuid.uuid4().bytes)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._rest + data
        size = len(SILENT)
        whole = len(data) - len(data) % size
        for at in range(0, whole, size):
            self.arrivals.append(now)
            if data[at + 3 : at + size].strip(b"\0"):
                self.sounding += 1
                self.silent_since = None
            else:
                self.sounding = 0
                if self.silent_since is None:
                    self.silent_since = now
        self._rest = data[whole:]

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True

    def send(self, message: bytes) -> None:
        if self.transport is not None and not self.lost:
            self.transport.write(message)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()


@dataclass
class Crowd:
    """Callers on one timer each 20 ms, spread over the frame."""

    port: int
    callers: list[Caller] = field(default_factory=list)

    async def connect(self, count: int) -> None:
        loop = asyncio.get_running_loop()
        for number in range(count):
            await loop.create_connection(self._new, "127.0.0.1", self.port)
            if number % 10 == 9:
                await asyncio.sleep(0.02)

    def _new(self) -> Caller:
        self.callers.append(Caller())
        return self.callers[-1]

    async def talk(self, seconds: float, says: Callable[[int, int], bytes]) -> None:
        """Send `says(caller, frame)` for every caller, every 20 ms."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for frame in range(int(seconds / FRAME_S)):
            await asyncio.sleep(max(0.0, start + frame * FRAME_S - loop.time()))
            for number, caller in enumerate(self.callers):
                caller.send(says(number, frame))

    def gaps_ms(self, since: float) -> NDArray[np.float64]:
        """Between the frames that arrived after `since`, of all callers."""
        gaps = [np.diff([at for at in c.arrivals if at >= since]) for c in self.callers]
        return np.concatenate(gaps) * 1000

    async def hang_up(self) -> None:
        for caller in self.callers:
            caller.hang_up()
        self.callers.clear()
        await asyncio.sleep(0.5)


def cpu_s(pid: int) -> float:
    """Processor time that a process has used so far (s)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and those that it started."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def memory_mb(pid: int) -> float:
    """Memory of a process that is its own (MB)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("RssAnon is missing")


@dataclass
class Service:
    """What answers calls, in processes of its own."""

    pid: int
    port: int
    also: tuple[int, ...] = ()
    """Other processes that work for it, besides those that it started."""
    beats: NDArray[np.float64] | None = None
    """Of its pacer, when it has ended: time, lateness (s), skipped frames; shape (n, 3)."""

    def cpu_s(self) -> float:
        """Processor time so far (s)."""
        return sum(cpu_s(pid) for pid in self._pids())

    def memory_mb(self) -> float:
        """Memory that is its own (MB)."""
        return sum(memory_mb(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        return [pid for first in (self.pid, *self.also) for pid in family(first)]


@contextmanager
def process(port: int, *command: str) -> Iterator[Service]:
    """Run what answers calls by AudioSocket on `port`, and says "ready" when it does.

    Raises:
        RuntimeError: it did not start.
    """
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        if running.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{command[2]} did not start; is port {port} in use?")
        yield Service(running.pid, port)
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=20)
    finally:
        running.kill()
        running.stdout.close()
        running.wait()


@contextmanager
def service(*options: str) -> Iterator[Service]:
    """Run `tests.telephony.fake_service`; afterwards the beats of its pacer are known."""
    with tempfile.TemporaryDirectory() as directory:
        beats = Path(directory) / "beats.npy"
        command = [sys.executable, "-m", "tests.telephony.fake_service", "--data-dir", directory]
        command += ["--port", "18722", "--audiosocket-port", "18723", "--beats", str(beats)]
        command += ["--max-calls", "1000", "--drain-limit-s", "1", *options]
        with process(18723, *command) as running:
            yield running
        running.beats = np.load(beats)
