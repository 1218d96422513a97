"""Carrying calls without engines: lateness, gaps, processor and memory a call, barge-in.

The service runs with scripted engines in a process of its own, with real edges, voice detection,
echo control and dialogue; callers speak AudioSocket from this one. "late" is how late the pacer's
beats are, "gap" is between two frames at the caller. With --load, so many processes work beside
them at the niceness of engine workers.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import time
from contextlib import ExitStack

import numpy as np
from rich.console import Console
from rich.table import Table

from asr.files import read_recording
from bench.callers import ROOT, SILENT, Crowd, Service, packed, service
from models.worker_process import NICENESS

FOREVER = ("--forever", "--hears", "во сколько вы работаете=working_hours")
WARM_UP = 500
QUIET_S = 2.0
"""After the last call its memory is given back."""
SPOKEN = ROOT / "tests" / "audio" / "phrases"
PHRASES = ("opening_hours", "book_therapist", "doctor_home", "passport", "summons", "cancel")


def work_beside() -> None:
    """An engine at work."""
    os.nice(NICENESS)
    while True:
        np.fft.rfft(np.random.default_rng(1).normal(size=4096))


async def steady(running: Service, count: int, seconds: float) -> tuple[float, ...]:
    """Hold calls whose callers speak now and then. Returns what a line of the table needs."""
    phrase = packed(read_recording(SPOKEN / "opening_hours.flac"))
    crowd = Crowd(running.port)

    def says(number: int, frame: int) -> bytes:
        at = (frame + 37 * number) % 600  # a phrase every 12 s
        return phrase[at] if at < len(phrase) else SILENT

    await crowd.connect(count)  # once, for what every first call loads and keeps
    await crowd.talk(3.0, says)
    await crowd.hang_up()
    await asyncio.sleep(QUIET_S)
    idle_mb = running.memory_mb()
    await crowd.connect(count)
    await crowd.talk(3.0, says)
    began, cpu = time.monotonic(), running.cpu_s()
    await crowd.talk(seconds, says)
    ended = time.monotonic()
    share = (running.cpu_s() - cpu) / (ended - began) / count
    held_mb = (running.memory_mb() - idle_mb) / count
    lost = sum(caller.lost for caller in crowd.callers)
    gaps = crowd.gaps_ms(began)
    await crowd.hang_up()
    await asyncio.sleep(QUIET_S)
    left_mb = running.memory_mb() - idle_mb
    quantiles = np.percentile(gaps, [50, 99, 100])
    return began, ended, share * 100, held_mb, left_mb, lost, *quantiles


async def barge_in(running: Service, count: int, rounds: int) -> list[float]:
    """Speak over prompts; from the first sound of the caller to silence at the caller (ms)."""
    phrases = [packed(read_recording(SPOKEN / f"{name}.flac")) for name in PHRASES]
    random = np.random.default_rng(1)
    crowd = Crowd(running.port)
    await crowd.connect(count)
    reactions: list[float] = []
    state = [{"wait": 0, "said": [], "at": 0, "since": None} for _ in range(count)]

    def says(number: int, frame: int) -> bytes:
        caller, me = crowd.callers[number], state[number]
        if me["since"] is not None and caller.silent_since is not None:
            reactions.append((caller.silent_since - me["since"] + 0.02) * 1000)  # a frame to fill
            me["since"] = None
        if me["said"]:
            message = me["said"][me["at"]]
            me["at"] += 1
            if me["at"] == len(me["said"]):
                me["said"], me["wait"] = [], int(random.integers(100, 200))
            return bytes(message)
        me["wait"] -= 1
        if me["wait"] <= 0 and caller.sounding > 25 and me["since"] is None:
            me["said"], me["at"] = phrases[random.integers(len(phrases))], 0
            me["since"] = time.monotonic()
        return SILENT

    await crowd.talk(rounds * 9.0, says)
    await crowd.hang_up()
    return reactions


async def many(running: Service, total: int) -> tuple[float, float]:
    """Many short calls. Returns MB before and the slope (KB a call).

    The calls of `WARM_UP` come first and do not count: until then the allocator still grows to
    what fifty calls at once, in all their stages, need at the most.
    """
    crowd = Crowd(running.port)
    sizes: list[float] = []
    for _ in range((WARM_UP + total) // 50):
        await crowd.connect(50)
        await crowd.talk(1.0, lambda number, frame: SILENT)
        await crowd.hang_up()
        await asyncio.sleep(2.0)  # fifty ends of calls are written, each with its own commit
        sizes.append(running.memory_mb())
    late = np.array(sizes[WARM_UP // 50 :])
    slope = np.polyfit(np.arange(len(late)) * 50, late, 1)[0] * 1024 if len(late) > 2 else np.nan
    return sizes[WARM_UP // 50 - 1], float(slope)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="telephony", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="*", default=[1, 10, 30, 200])
    parser.add_argument("--seconds", type=float, default=15.0, help="of each line of the table")
    parser.add_argument("--load", type=int, default=0, help="processes that work beside")
    parser.add_argument("--barge-in", type=int, default=3, help="rounds; 0: leave it out")
    parser.add_argument("--short-calls", type=int, default=1000, help="0: leave them out")
    options = parser.parse_args(argv)
    console = Console(width=120)
    with ExitStack() as stack:
        for _ in range(options.load):
            process = multiprocessing.get_context("spawn").Process(target=work_beside, daemon=True)
            process.start()
            stack.callback(process.kill)
        if options.calls:
            console.print(_steady_table(options.calls, options.seconds, options.load))
        if options.barge_in:
            with service(*FOREVER) as running:
                found = asyncio.run(barge_in(running, 10, options.barge_in))
            middle, most = np.percentile(found, [50, 95])
            console.print(
                f"barge-in, {len(found)} times at 10 calls: median {middle:.0f} ms (bar 180), "
                f"p95 {most:.0f} ms (bar 250)"
            )
        if options.short_calls:
            with service() as running:
                first, slope = asyncio.run(many(running, options.short_calls))
            console.print(
                f"memory over {options.short_calls} calls after the first {WARM_UP}: "
                f"{first:.0f} MB, slope {slope:.1f} KB a call (bar 5)"
            )
    return 0


def _steady_table(counts: list[int], seconds: float, load: int) -> Table:
    table = Table(title=f"{seconds:g} s each, {load} processes at work beside")
    heads = ("calls", "late p50 ms", "late p99 ms (bar 5)", "skipped", "gap p50 ms",
             "gap p99 ms (bar 40)", "gap max ms", "core a call % (bar 0.4)",
             "MB a call (bar 0.3)", "MB left after", "lost")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="right")
    lines = []
    with service(*FOREVER) as running:
        asyncio.run(steady(running, 5, 5.0))  # what the first calls load, stays
        for count in counts:
            lines.append((count, asyncio.run(steady(running, count, seconds))))
    beats = running.beats
    assert beats is not None
    for count, (began, ended, share, held_mb, left_mb, lost, gap, gap99, longest) in lines:
        these = beats[(beats[:, 0] >= began) & (beats[:, 0] <= ended)]
        late, late99 = np.percentile(these[:, 1] * 1000, [50, 99])
        cells = (
            count,
            f"{late:.2f}",
            f"{late99:.2f}",
            int(these[:, 2].sum()),
            f"{gap:.1f}",
            f"{gap99:.1f}",
            f"{longest:.0f}",
            f"{share:.2f}",
            f"{held_mb:.2f}",
            f"{left_mb:.1f}",
            int(lost),
        )
        table.add_row(*map(str, cells))  # fmt: skip
    return table
