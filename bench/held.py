"""Calls held: real calls at once, until the response's 95th percentile passes a bound.

Every call runs in real time through the real engines; callers speak as soon as a prompt ends, so a
call here is busier than a person's. "cores" is what the service and its workers use in all, and
"calls a core" how many calls that makes for each core; "rtf" is the recognizer's time for a second
of audio while nothing else happens. What is measured is kept, so that it can be done in parts on a
machine that is not ours for long. Recognizers whose Russian weights are not here (Vosk, T-one) are
left out: those of their tests say nothing about speed.
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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from asr.audio import SAMPLE_RATE, Pcm
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
    rtf: float
    """Real-time factor of one recognizer alone: its time for a second of audio (s)."""
    responses_ms: list[float]
    asr_ms: list[float]


def opened(recognizers: Recognizers) -> Rooms:
    """The rooms with these recognizers, not started."""
    rooms = Rooms(Settings(asr_workers=recognizers.workers))
    name, directory = Engines(Settings()).recognizer_model()
    settings = replace(rooms.recognizer.settings, threads=recognizers.threads)
    rooms.recognizer = RecognizerService(name, directory, settings, phrases=Settings().phrases)
    return rooms


async def lead(
    rooms: Rooms,
    recognizers: Recognizers,
    calls: Sequence[Sequence[Pcm]],
    count: int,
    seconds: float,
    rtf: float,
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
        rtf,
        [each.response for each in times if each.response is not None],
        [each.asr for each in times if each.asr is not None],
    )


async def real_time_factor(recognizer: RecognizerService, turns: Sequence[Pcm]) -> float:
    """How long it takes for a second of audio, one turn after another (s)."""
    began = time.perf_counter()
    for turn in turns:
        transcription = recognizer.open()
        await transcription.feed(turn)
        await transcription.finish()
    return (time.perf_counter() - began) / (sum(map(len, turns)) / SAMPLE_RATE)


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
            rtf = await real_time_factor(
                rooms.recognizer, [turn for said in calls for turn in said]
            )
            for count in options.calls:
                run = await lead(rooms, recognizers, calls, count, options.seconds, rtf)
                with options.pool.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(run)) + "\n")
                slow = np.percentile(run.responses_ms or [0], 95) > options.bound
                if slow and not options.all:
                    break


def table(runs: Sequence[Run], bound: float) -> Table:
    """All runs, those of the same kind together."""
    shown = Table(title=f"Calls held with a p95 of the response within {bound:g} ms")
    heads = ("engine", "recognizers", "rtf", "calls", "turns", "response ms", "p95", "asr ms",
             "p95", "cores", "calls a core", "")  # fmt: skip
    for head in heads:
        shown.add_column(head, justify="left" if head == "engine" else "right")

    def kind(run: Run) -> tuple[str, str, int]:
        return run.engine, run.recognizers, run.calls

    for _, same in itertools.groupby(sorted(runs, key=kind), key=kind):
        shown.add_row(*_cells(list(same), bound))
    return shown


def _cells(runs: list[Run], bound: float) -> list[str]:
    first = runs[0]
    response, slow = np.percentile([ms for run in runs for ms in run.responses_ms], [50, 95])
    hearing, late = np.percentile([ms for run in runs for ms in run.asr_ms], [50, 95])
    cores = np.average([run.cores for run in runs], weights=[run.seconds for run in runs])
    return [
        first.engine,
        first.recognizers,
        f"{np.median([run.rtf for run in runs]):.2f}",
        str(first.calls),
        str(sum(len(run.responses_ms) for run in runs)),
        f"{response:.0f}",
        f"{slow:.0f}",
        f"{hearing:.0f}",
        f"{late:.0f}",
        f"{cores:.2f}",
        f"{first.calls / cores:.1f}",
        "held" if slow <= bound else "too slow",
    ]


def main(argv: list[str]) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="held", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 2, 3, 4, 6, 8])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each number of calls")
    parser.add_argument("--bound", type=float, default=1300.0, help="of the response's p95 (ms)")
    parser.add_argument("--all", action="store_true", help="go on beyond the bound")
    parser.add_argument(
        "--recognizers",
        type=Recognizers.parse,
        nargs="*",
        default=[Recognizers(1, 2), Recognizers(2, 2)],
        help="workers x threads of Whisper: 1x2 2x2",
    )
    parser.add_argument("--pool", type=Path, default=Path("var/bench/held.jsonl"), help="kept here")
    options = parser.parse_args(argv)
    asyncio.run(measure(options))
    runs = [Run(**json.loads(line)) for line in options.pool.read_text("utf-8").splitlines()]
    Console(width=130).print(table(runs, options.bound))
    return 0
