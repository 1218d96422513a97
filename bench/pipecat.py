"""The same calls through ours and through Pipecat, side by side: overhead, response time, gaps.

Both answer the same callers by AudioSocket, each in a process of its own, in turns on the same
machine. The engines are faked alike: a recognizer that takes 100 ms, a synthesizer that streams
3 s of noise at once. Pipecat is installed for it into an environment of its own. Every caller
speaks when it is quiet, and speaks over every second answer. "0.5 s" ends a turn by that silence on
both sides; by default ours waits by what was asked and heard, and Pipecat asks Smart Turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
    command = (str(python), "-m", "bench.pipecat_peer", "--port", str(PORT), *ENGINES, *options)
    with process(PORT, *command) as running:
        yield running


def sides(python: Path) -> dict[str, Callable[[], AbstractContextManager[Service]]]:
    """Who is measured, by the name in the table: alike first, then each as it comes."""
    silero = str(Settings().models_dir / "silero-vad")
    alike = (*OURS, "--silence-ms", "500")
    smart = ("--vad", "silero", "--turn", "default")
    return {
        "ours, webrtcvad, 0.5 s": lambda: service(*alike),
        "Pipecat, webrtcvad, 0.5 s": lambda: pipecat(python, "--vad", "webrtc"),
        "ours, Silero, 0.5 s": lambda: service(*alike, "--vad-model", silero),
        "Pipecat, Silero, 0.5 s": lambda: pipecat(python, "--vad", "silero"),
        "ours, default": lambda: service(*OURS),
        "Pipecat, default": lambda: pipecat(python, *smart),
    }


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="pipecat", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 10, 30])
    parser.add_argument("--seconds", type=float, default=30.0, help="of each line of the table")
    options = parser.parse_args(argv)
    python = environment(Settings().data_dir / "bench" / "pipecat")
    table = Table(title=f"{options.seconds:g} s each; recognition takes 100 ms on both sides")
    for head in (
        "calls", "", "core a call %", "response s", "p95 s", "gap p99 ms", "wait p99 ms",
        "stop s", "MB a call", "turns", "missed",
    ):  # fmt: skip
        table.add_column(head, justify="right" if head else "left", no_wrap=True)
    for count in options.calls:
        for name, start in sides(python).items():
            with start() as running:
                line = asyncio.run(hold(running, count, options.seconds))
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
