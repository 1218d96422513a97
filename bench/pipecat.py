"""The same calls through ours and through Pipecat, side by side: overhead, response time, gaps.

Both answer the same callers by AudioSocket, each in a process of its own, in turns on the same
machine. The engines are faked alike: a recognizer that takes 100 ms, a synthesizer that streams
3 s of noise at once; with --real both use ours in the same worker processes. Pipecat is installed
for it into an environment of its own. Every caller speaks when it is quiet, and speaks over every
second answer. "0.5 s" ends a turn by that silence on both sides; by default ours waits by what was
asked and heard, and Pipecat asks Smart Turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from asr.audio import FRAME_SAMPLES, Pcm
from asr.files import read_recording
from asr.level import level_dbfs
from bench.callers import ROOT, Service, packed, process, service
from bench.talkers import TalkingCrowd
from voice122.settings import Settings

REQUIRED: Final = ("pipecat-ai==1.14.0", "webrtcvad-wheels==2.0.14.post1")
PORT: Final = 18724
PHRASE: Final = ROOT / "tests" / "audio" / "phrases" / "opening_hours.flac"
ENGINES: Final = ("--asr-s", "0.1", "--longest-s", "3")
DEFAULT: Final = ("--vad", "silero", "--turn", "default")
"""Pipecat as it comes."""
OURS: Final = (*ENGINES, "--forever", "--hears", "во сколько вы работаете=working_hours")
QUIET_DBFS: Final = -42
"""Less is no speech, as in `packed`."""
WARM_UP_S: Final = 9.0
"""Of a few calls, before memory is looked at (s)."""
SETTLE_S: Final = 3.0
"""From the first call to the measurement (s)."""


def environment(folder: Path) -> Path:
    """Pipecat's Python; it is made where it is missing or holds something else.

    Raises:
        subprocess.CalledProcessError: it could not be installed; pip has said why.
    """
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = "\n".join(REQUIRED)
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"Installing {', '.join(REQUIRED)} into {folder} (a minute)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIRED], check=True)
        stamp.write_text(wanted)
    return python


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    cpu: float
    """Share of a core for each call."""
    response_s: tuple[float, float]
    """Median and 95th percentile (s)."""
    gap_ms: float
    """99th percentile between two arrivals of sound within a prompt (ms)."""
    wait_ms: float
    """99th percentile of how long a telephone had nothing to play within a prompt (ms)."""
    stop_s: float
    """Median from the first sound of one who interrupts to silence (s)."""
    memory_mb: float
    """For each call (MB)."""
    missed: int
    """Turns without an answer, interruptions that stopped nothing, calls that ended."""
    turns: int


async def hold(running: Service, count: int, seconds: float) -> Line:
    """Hold `count` calls for `seconds` and measure."""
    phrase = packed(_spoken(read_recording(PHRASE)))
    warm = TalkingCrowd(running.port, phrase=phrase)
    await warm.connect(4)
    await warm.talk(WARM_UP_S, warm.says)
    await warm.hang_up()
    idle_mb = running.memory_mb()
    crowd = TalkingCrowd(running.port, phrase=phrase)
    await crowd.connect(count)
    await crowd.talk(SETTLE_S, crowd.says)
    crowd.forget()
    began, cpu = time.monotonic(), running.cpu_s()
    await crowd.talk(seconds, crowd.says)
    share = (running.cpu_s() - cpu) / (time.monotonic() - began) / count
    memory_mb = (running.memory_mb() - idle_mb) / count
    line = _line(crowd, share, memory_mb)
    await crowd.hang_up()
    return line


def _spoken(samples: Pcm) -> Pcm:
    """Without the silence at the end: the response is measured from the last sound."""
    while level_dbfs(samples[-FRAME_SAMPLES:]) < QUIET_DBFS:
        samples = samples[:-FRAME_SAMPLES]
    return samples[: len(samples) - len(samples) % FRAME_SAMPLES]


def _line(crowd: TalkingCrowd, share: float, memory_mb: float) -> Line:
    heard = crowd.heard
    gaps = [gap for ear in crowd.ears for gap in ear.gaps_s]
    waits = [wait for ear in crowd.ears for wait in ear.waits_s]
    middle, most = _quantiles(heard.responses_s, 50, 95)
    return Line(
        cpu=share,
        response_s=(middle, most),
        gap_ms=_quantiles(gaps, 99)[0] * 1000,
        wait_ms=_quantiles(waits, 99)[0] * 1000,
        stop_s=_quantiles(heard.stops_s, 50)[0],
        memory_mb=memory_mb,
        missed=heard.missed + sum(ear.lost for ear in crowd.ears),
        turns=len(heard.responses_s),
    )


def _quantiles(values: list[float], *percent: float) -> list[float]:
    return list(np.percentile(values, percent)) if values else [np.nan] * len(percent)


@contextmanager
def pipecat(python: Path, *options: str) -> Iterator[Service]:
    """Run `bench.pipecat_peer`."""
    os.environ.setdefault("LOGURU_LEVEL", "ERROR")  # it greets in its log
    command = (str(python), "-m", "bench.pipecat_peer", "--port", str(PORT), *options)
    with process(PORT, *command) as running:
        yield running


@contextmanager
def pipecat_with_ours(python: Path, *options: str) -> Iterator[Service]:
    """The same, with our real engines in a process beside it."""
    with tempfile.TemporaryDirectory() as directory:
        path = str(Path(directory) / "engines")
        engines = (sys.executable, "-m", "bench.engine_server", "--socket", path)
        with (
            process(0, *engines) as beside,
            pipecat(python, *options, "--engines", path) as running,
        ):
            running.also = (beside.pid,)
            yield running


@contextmanager
def ours_for_real() -> Iterator[Service]:
    """Our service as it is delivered, with its real engines and a store of its own."""
    with tempfile.TemporaryDirectory() as directory:
        data = Settings().data_dir
        for name in ("models", "nlu", "phrases.txt", "cache"):
            (Path(directory) / name).symlink_to(data / name)
        own = {
            "DATA_DIR": directory,
            "PORT": "18722",
            "AUDIOSOCKET_PORT": "18723",
            "MAX_CALLS": "100",
            "DRAIN_LIMIT_S": "1",
        }
        environment = os.environ | {f"VOICE122_{name}": value for name, value in own.items()}
        command = [Path(sys.executable).with_name("voice122"), "serve"]
        running = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            _await_port(18723, running)
            yield Service(running.pid, 18723)
        finally:
            running.terminate()
            running.wait(timeout=30)


def _await_port(port: int, running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the service did not start; is port {port} in use?")


Sides = dict[str, Callable[[], AbstractContextManager[Service]]]
"""Who is measured, by the name in the table."""


def faked(python: Path) -> Sides:
    """Scripted engines: alike first, then each as it comes."""
    silero = str(Settings().models_dir / "silero-vad")
    alike = (*OURS, "--silence-ms", "500")
    return {
        "ours, webrtcvad, 0.5 s": lambda: service(*alike),
        "Pipecat, webrtcvad, 0.5 s": lambda: pipecat(python, *ENGINES, "--vad", "webrtc"),
        "ours, Silero, 0.5 s": lambda: service(*alike, "--vad-model", silero),
        "Pipecat, Silero, 0.5 s": lambda: pipecat(python, *ENGINES, "--vad", "silero"),
        "ours, default": lambda: service(*OURS),
        "Pipecat, default": lambda: pipecat(python, *ENGINES, *DEFAULT),
    }


def real(python: Path) -> Sides:
    """Our recognizer, interpreter, dialogue and synthesizer on both sides."""
    return {
        "ours, default": ours_for_real,
        "Pipecat, webrtcvad, 0.5 s": lambda: pipecat_with_ours(python, "--vad", "webrtc"),
        "Pipecat, default": lambda: pipecat_with_ours(python, *DEFAULT),
    }


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="pipecat", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="*", help="1 10 30; with --real 1 2 4")
    parser.add_argument("--seconds", type=float, help="of each line: 30; with --real 90")
    parser.add_argument("--real", action="store_true", help="our real engines on both sides")
    options = parser.parse_args(argv)
    python = environment(Settings().data_dir / "bench" / "pipecat")
    engines = "our real engines" if options.real else "engines faked, recognition takes 100 ms"
    seconds = options.seconds or (90.0 if options.real else 30.0)
    table = Table(title=f"{seconds:g} s each; {engines} on both sides")
    for head in (
        "calls", "", "core a call %", "response s", "p95 s", "gap p99 ms", "wait p99 ms",
        "stop s", "MB a call", "turns", "missed",
    ):  # fmt: skip
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    for count in options.calls or ([1, 2, 4] if options.real else [1, 10, 30]):
        for name, start in (real if options.real else faked)(python).items():
            with start() as running:
                line = asyncio.run(hold(running, count, seconds))
            table.add_row(*_cells(count, name, line))
        table.add_section()
    Console(width=140).print(table)
    return 0


def _cells(count: int, name: str, line: Line) -> list[str]:
    middle, most = line.response_s
    return [
        str(count), name, f"{line.cpu * 100:.2f}", f"{middle:.3f}", f"{most:.3f}",
        f"{line.gap_ms:.1f}", f"{line.wait_ms:.1f}", f"{line.stop_s:.3f}",
        f"{line.memory_mb:.2f}", str(line.turns), str(line.missed),
    ]  # fmt: skip
