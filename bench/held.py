"""Calls held: real calls at once, until the response's 95th percentile passes a bound.

Every call runs in real time through the real engines; callers speak as soon as a prompt ends, so a
call here is busier than a person's. "cores" is what the service and its workers use in all, and
"calls a core" how many calls that makes for each core. What is measured is kept, so that it can be
done in parts on a machine that is not ours for long. Recognizers whose Russian weights are not here
(Vosk, T-one) are left out: those of their tests say nothing about speed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from asr.audio import Pcm
from asr.engine_whisper import WhisperRecognizer, WhisperSettings
from asr.selection import ENGINES
from asr.service import RecognizerService
from bench.callers import cpu_s, family
from bench.corpus import load_corpus
from bench.response import AT
from telephony.clock import RealClock
from telephony.pacer import Pacer
from telephony.recorded import RecordedCaller
from telephony.turn import Turn
from voice122.engines import Engines
from voice122.settings import Settings
from voice122.wiring import Rooms

APART_S: Final = 1.7
"""Between the beginnings of two calls (s)."""


@dataclass(frozen=True)
class Recognizers:
    """So many workers with so many threads each."""

    workers: int
    threads: int

    @classmethod
    def parse(cls, text: str) -> Recognizers:
        """``2x1``: two workers with a thread each.

        Raises:
            ValueError: it is something else.
        """
        workers, _, threads = text.partition("x")
        return cls(int(workers), int(threads))

    def __str__(self) -> str:
        return f"{self.workers}x{self.threads}"


@dataclass(frozen=True)
class Run:
    """What one run measured."""

    engine: str
    recognizers: str
    calls: int
    seconds: float
    cores: float
    """Busy on average."""
    responses_ms: list[float]
    asr_ms: list[float]


def opened(recognizers: Recognizers) -> Rooms:
    """The rooms with these recognizers, not started."""
    settings = Settings(asr_workers=recognizers.workers)
    rooms = Rooms(settings)
    name, directory = Engines(settings).recognizer_model()
    if ENGINES[name] == "whisper":
        load = partial(
            WhisperRecognizer, name, directory, WhisperSettings(threads=recognizers.threads)
        )
        rooms.recognizer = RecognizerService(name, directory, rooms.recognizer.settings, load=load)
    return rooms


async def lead(
    rooms: Rooms,
    recognizers: Recognizers,
    calls: Sequence[Sequence[Pcm]],
    count: int,
    seconds: float,
) -> Run:
    """Hold `count` calls for `seconds`, one after another on each line."""
    pacer = Pacer()
    turns: list[Turn] = []
    waiting = itertools.cycle(calls)

    def note(turn: Turn) -> None:
        if turn.times.response is not None:
            turns.append(turn)

    async def line(number: int) -> None:
        await asyncio.sleep(number * APART_S)
        for said in waiting:
            caller = RecordedCaller(said)
            session = rooms.session(caller, RealClock(pacer), now=lambda: AT, on_turn=note)
            await session.run()

    began, cpu = time.monotonic(), sum(map(cpu_s, family(os.getpid())))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as lines:
            for number in range(count):
                lines.create_task(line(number))
    lasted = time.monotonic() - began
    cores = (sum(map(cpu_s, family(os.getpid()))) - cpu) / lasted
    times = [turn.times for turn in turns]
    return Run(
        rooms.recognizer.name,
        str(recognizers),
        count,
        lasted,
        cores,
        [each.response for each in times if each.response is not None],
        [each.asr for each in times if each.asr is not None],
    )


async def measure(options: argparse.Namespace) -> None:
    """Run what is asked for, and keep each run."""
    calls = [
        [turn.pcm() for turn in caller.turns]
        for caller in load_corpus().callers
        if caller.name != "silent"
    ]
    options.pool.parent.mkdir(parents=True, exist_ok=True)
    for recognizers in options.recognizers:
        async with opened(recognizers) as rooms:
            for count in options.calls:
                run = await lead(rooms, recognizers, calls, count, options.seconds)
                with options.pool.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(run)) + "\n")
                if np.percentile(run.responses_ms or [0], 95) > options.bound:
                    break


def table(runs: Sequence[Run], bound: float) -> Table:
    """All runs, those of the same kind together."""
    shown = Table(title=f"Calls held with a p95 of the response within {bound:g} ms")
    heads = ("engine", "workers x threads", "calls", "turns", "response median", "p95 ms",
             "asr median", "p95 ms", "cores", "calls a core", "")  # fmt: skip
    for head in heads:
        shown.add_column(head, justify="left" if head == "engine" else "right")
    key = ("engine", "recognizers", "calls")
    kinds = sorted({tuple(getattr(run, name) for name in key) for run in runs})
    for kind in kinds:
        mine = [run for run in runs if tuple(getattr(run, name) for name in key) == kind]
        responses = [ms for run in mine for ms in run.responses_ms]
        hearing = [ms for run in mine for ms in run.asr_ms]
        cores = float(np.average([r.cores for r in mine], weights=[r.seconds for r in mine]))
        middle, most = np.percentile(responses, [50, 95])
        engine, recognizers, calls = kind
        row = (engine, recognizers, calls, len(responses), f"{middle:.0f}", f"{most:.0f}",
               f"{np.median(hearing):.0f}", f"{np.percentile(hearing, 95):.0f}", f"{cores:.2f}",
               f"{calls / cores:.1f}", "held" if most <= bound else "too slow")  # fmt: skip
        shown.add_row(*map(str, row))
    return shown


def main(argv: list[str]) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="held", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 2, 3, 4, 6, 8])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each number of calls")
    parser.add_argument("--bound", type=float, default=1300.0, help="of the response's p95 (ms)")
    parser.add_argument(
        "--recognizers",
        type=Recognizers.parse,
        nargs="*",
        default=[Recognizers(1, 2), Recognizers(2, 1)],
        help="workers x threads of Whisper: 1x2 2x1",
    )
    parser.add_argument("--pool", type=Path, default=Path("var/bench/held.jsonl"), help="kept here")
    options = parser.parse_args(argv)
    asyncio.run(measure(options))
    runs = [Run(**json.loads(line)) for line in options.pool.read_text("utf-8").splitlines()]
    Console(width=130).print(table(runs, options.bound))
    return 0
