"""Rasa's server for a bench or a test: started on a free port of loopback, ended in any case."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.parsing import resident_mb

ROOT: Final = Path(__file__).parent.parent
SERVE: Final = ROOT / "deploy" / "rasa" / "serve"
START_S: Final = 300.0
"""How long loading may take on a busy machine; 20 to 40 s on an idle one."""


class RasaNotServedError(Exception):
    """It could not be started; the message says what to do."""


@dataclass(frozen=True)
class ServedRasa:
    """A server that answers."""

    url: str
    pid: int
    start_s: float
    """From the start of the process until a model was loaded (s)."""
    log: Path
    """What it printed."""

    def memory_mb(self) -> float:
        """Resident memory now (MB)."""
        return resident_mb(self.pid)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


@contextmanager
def served_rasa(log: Path) -> Iterator[ServedRasa]:
    """Serve the model that was trained last, while the context lasts.

    Raises:
        RasaNotServedError: Rasa is not set up, not trained, or did not start.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    with log.open("wb") as output:
        # A group of its own: whatever it starts ends with it.
        process = subprocess.Popen(
            [SERVE, str(port)], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait(process, url, log)
        yield ServedRasa(url, process.pid, time.perf_counter() - started, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            lines = log.read_text("utf-8", errors="replace").strip().splitlines()
            raise RasaNotServedError(lines[-1] if lines else "Rasa ended without a word")
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/status", trust_env=False, timeout=2).is_success:
                return
        time.sleep(0.1)
    raise RasaNotServedError(f"Rasa did not load its model in {START_S:.0f} s; see {log}")
