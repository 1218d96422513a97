"""Response time in a real call: from the end of the caller's speech to the answer's first sound.

Every call runs in real time through the real engines. The stages follow one another and add up to
the response. Bars: median at most 900 ms, 95th percentile at most 1300 ms with Whisper base on two
cores. Measured in parts where the machine is not ours for long:

    python -m bench response -- --part 1/2 --pool var/bench/response.jsonl
    python -m bench response -- --part 2/2 --pool var/bench/response.jsonl
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from asr.audio import Pcm
from bench.corpus import load_corpus
from telephony.clock import RealClock
from telephony.pacer import Pacer
from telephony.recorded import RecordedCaller
from telephony.turn import StageTimes, Turn
from voice122.settings import Settings
from voice122.wiring import Rooms

STAGES = ("endpoint", "asr", "nlu", "dialog", "tts_first", "response")
AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
"""A Tuesday morning: operators are on duty."""


async def measure(calls: Sequence[Sequence[Pcm]], at_once: int) -> list[StageTimes]:
    """Lead the calls, `at_once` at a time; the times of every turn in which the caller spoke."""
    times: list[StageTimes] = []
    waiting = iter(calls)

    def note(turn: Turn) -> None:
        if turn.times.response is not None:
            times.append(turn.times)

    async with Rooms(Settings()) as rooms:
        pacer = Pacer()

        async def line() -> None:
            for turns in waiting:
                session = rooms.session(
                    RecordedCaller(turns), RealClock(pacer), now=lambda: AT, on_turn=note
                )
                await session.run()

        async with asyncio.TaskGroup() as lines:
            for _ in range(at_once):
                lines.create_task(line())
    return times


def pooled(path: Path, fresh: Sequence[StageTimes]) -> list[StageTimes]:
    """Add `fresh` times to those of earlier parts in `path` (JSON lines); return all of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(vars(times)) + "\n" for times in fresh)
    return [StageTimes(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def part_of(text: str) -> tuple[int, int]:
    """``2/3`` as (2, 3).

    Raises:
        ValueError: it is no part of a whole.
    """
    number, _, count = text.partition("/")
    if not 1 <= int(number) <= int(count):
        raise ValueError(text)
    return int(number), int(count)


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench response", description=__doc__)
    parser.add_argument("--phrases", type=int, default=12, help="clean phrases beside the callers")
    parser.add_argument("--at-once", type=int, default=1, help="calls at the same time")
    parser.add_argument("--part", type=part_of, default=(1, 1), help="lead a share of the calls")
    parser.add_argument("--pool", type=Path, help="add to the times in this file; print all")
    options = parser.parse_args(argv)
    corpus = load_corpus()
    calls = [
        [turn.pcm() for turn in caller.turns]
        for caller in corpus.callers
        if caller.name != "silent"
    ]
    clean = [phrase.pcm() for phrase in corpus.phrases if phrase.noise is None]
    calls += [[phrase] for phrase in clean[: options.phrases]]
    number, count = options.part
    calls = calls[number - 1 :: count]
    times = asyncio.run(measure(calls, options.at_once))
    if options.pool:
        times = pooled(options.pool, times)
    table = Table(
        title=f"Response time in real time, {options.at_once} calls at once, "
        f"{len(times)} turns (ms)"
    )
    for heading in ("stage", "median", "p95", "max"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for stage in STAGES:
        values = [value for each in times if (value := getattr(each, stage)) is not None]
        row = (np.median(values), np.percentile(values, 95), max(values))
        table.add_row(stage, *(f"{value:.0f}" for value in row))
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
