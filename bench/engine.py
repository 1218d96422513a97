"""The dialogue engine: steps a second, size of the state, and random calls without a dead end.

Steps are measured without understanding, on one core, over calls that a caller leads to their end.
Bars: at least 5,000 steps a second; a state of at most 4 KB after 20 turns; in 100,000 random
sequences of events no exception, no dead end, and none but the allowed endings.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.random_caller import AT, RandomCaller
from dialog.acts import Ask, File, Hangup, Redirect, Transfer
from dialog.engine import Engine
from dialog.events import Event, Filed, Keys
from dialog.load import load_script
from dialog.state import State

ENDINGS: Final = {"resolved", "handed_over", "redirected", "callback", "caller_hung_up"}
STATE_BYTES: Final = 4096
TURNS: Final = 20
MOST_SILENT: Final = 12
"""Silences after which a call has ended, wherever it was."""
STEPS_A_SECOND: Final = 5000
_CONTENT: Final = Path(__file__).parents[1] / "nlu_data"


@dataclass
class Found:
    """What random calls have shown."""

    calls: int = 0
    steps: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    flows: Counter[str] = field(default_factory=Counter)
    largest: int = 0
    """Largest state document (bytes)."""
    after_20: list[int] = field(default_factory=list)
    """State documents after 20 turns (bytes)."""
    events: list[tuple[State, Event]] = field(default_factory=list)
    """Steps to be timed."""


def play(engine: Engine, calls: int, seed: int, keep: int) -> Found:
    """Lead `calls` random calls of up to 40 events; every state is looked at.

    Args:
        keep: how many steps to keep for timing.
    """
    found = Found()
    for number in range(calls):
        caller = RandomCaller(engine, random.Random(seed * 1_000_003 + number))
        try:
            caller.starts()
            for _ in range(caller.rng.randint(1, 40)):
                before = caller.state
                event, acts = caller.goes_on()
                found.steps += 1
                if len(found.events) < keep:
                    found.events.append((before, event))
                _look(engine, caller, event, acts, found)
                if caller.state.ended not in (None, "redirected"):
                    break
            for _ in range(MOST_SILENT):  # who falls silent is not kept for ever
                if caller.state.ended is None:
                    caller.falls_silent()
            if caller.state.ended is None:
                found.problems["no end"] += 1
        except Exception as error:
            found.problems[f"{type(error).__name__}: {error}"[:80]] += 1
        found.calls += 1
        found.endings[caller.state.ended or "goes on"] += 1
    return found


def _look(
    engine: Engine, caller: RandomCaller, event: Event, acts: Sequence[object], found: Found
) -> None:
    """Note what must not be."""
    state = caller.state
    found.flows[state.flow or "top"] += 1
    if not acts and not isinstance(event, Filed):
        found.problems["no acts"] += 1
    if acts and state.ended is None and not isinstance(acts[-1], Ask | File):
        found.problems["no question at the end of a step"] += 1
    ends = not acts or isinstance(acts[-1], Transfer | Redirect | Hangup)
    if state.ended is not None and (state.ended not in ENDINGS or not ends):
        found.problems[f"ending {state.ended}"] += 1
    if state.ended is None:
        pressed = Keys(AT, caller.on_duty, "0", queues={"crisis": True}, opens="завтра")
        last = engine.step(state, pressed)[1][-1]
        wanted = Transfer if caller.on_duty else Transfer | Ask | File
        if not isinstance(last, wanted):
            found.problems["no operator by one key"] += 1
    size = len(state.to_json().encode())
    found.largest = max(found.largest, size)
    if state.turn == TURNS:
        found.after_20.append(size)


def steps_a_second(engine: Engine, events: Sequence[tuple[State, Event]], seconds: float) -> float:
    """How fast the engine takes these steps, in the time of one core."""
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        for state, event in events:
            engine.step(state, event)
        done += len(events)
    return done / spent


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench engine", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, help="random calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0, help="of timing")
    options = parser.parse_args(argv)
    engine = Engine(load_script(_CONTENT))
    found = play(engine, options.calls, options.seed, keep=5000)
    speed = steps_a_second(engine, found.events, options.seconds)
    table = Table(title=f"Dialogue engine, {found.calls} random calls, {found.steps} steps")
    for heading in ("measured", "value", "bar"):
        table.add_column(heading, justify="left" if heading == "measured" else "right")
    table.add_row("steps a second, one core, without NLU", f"{speed:.0f}", f">= {STEPS_A_SECOND}")
    largest_20 = max(found.after_20, default=0)
    table.add_row(f"state after {TURNS} turns, largest (bytes)", f"{largest_20}",
                  f"<= {STATE_BYTES}")  # fmt: skip
    table.add_row("state at any time, largest (bytes)", f"{found.largest}", "")
    table.add_row("calls with an exception or a dead end", f"{sum(found.problems.values())}", "0")
    for name, count in found.endings.most_common():
        allowed = "" if name in ENDINGS or name == "goes on" else "never"
        table.add_row(f"ended: {name}", f"{count}", allowed)
    for name, count in found.flows.most_common():
        table.add_row(f"steps in {name}", f"{count}", "")
    for name, count in found.problems.most_common(10):
        table.add_row(f"problem: {name}", f"{count}", "0")
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
