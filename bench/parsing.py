"""The embedded interpreter in a process that does nothing else, so that its memory is its own.

Alone, or as callers meet it: behind the safety rules.

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
from dialog.nlu.interpreter import Context, Interpreter, Parse
from dialog.nlu.understanding import load_understanding

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


def parse_all(model: Path, phrases: Sequence[Said], rules: Path | None = None) -> Parsed:
    """Parse `phrases` one by one, on one thread.

    Args:
        model: what `voice122 train` wrote.
        phrases: in any number.
        rules: the content folder whose safety rules go first; None for the interpreter alone.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    started = time.monotonic()
    process = context.Process(
        target=_parse_all, args=(theirs, model, list(phrases), rules, started)
    )
    process.start()
    theirs.close()
    parsed = ours.recv()
    process.join()
    assert isinstance(parsed, Parsed)
    return parsed


def _parse_all(
    pipe: Connection, model: Path, phrases: list[Said], rules: Path | None, started: float
) -> None:
    with threadpool_limits(1):
        interpreter: Interpreter = (
            load_interpreter(model) if rules is None else load_understanding(rules, model)
        )
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
