"""The embedded interpreter in a process that does nothing else, so that its memory is its own.

Imports little, and the other benches not at all: whatever this module imports, that process holds.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from threadpoolctl import threadpool_limits

from dialog.nlu.embedded import load_interpreter
from dialog.nlu.interpreter import Context, Parse

CLEAN = Context()


@dataclass(frozen=True)
class Said:
    """A phrase, and what the recognizer says about it."""

    text: str
    context: Context = CLEAN


@dataclass(frozen=True)
class Parsed:
    """What the process made of its phrases."""

    name: str
    parses: list[Parse]
    ms: list[float]
    """Time of each parse (ms)."""
    memory_mb: float
    """Resident, after the last parse."""
    start_s: float
    """From the start of the process until the first parse was done (s)."""


def parse_all(model: Path, phrases: Sequence[Said]) -> Parsed:
    """Parse `phrases` one by one, on one thread."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    started = time.monotonic()
    process = context.Process(target=_parse_all, args=(theirs, model, list(phrases), started))
    process.start()
    theirs.close()
    parsed = ours.recv()
    process.join()
    assert isinstance(parsed, Parsed)
    return parsed


def _parse_all(pipe: Connection, model: Path, phrases: list[Said], started: float) -> None:
    with threadpool_limits(1):
        interpreter = load_interpreter(model)
        start_s = time.monotonic() - started
        parses, ms = [], []
        for phrase in phrases:
            before = time.perf_counter()
            parses.append(interpreter.parse(phrase.text, phrase.context))
            ms.append(1000 * (time.perf_counter() - before))
    pipe.send(Parsed(interpreter.name, parses, ms, resident_mb(), start_s))


def resident_mb(pid: int | str = "self") -> float:
    """Resident memory of a process (MB); Linux only."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(f"process {pid} has ended")
