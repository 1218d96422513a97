"""Other parties with a SIP stack of their own (sipp), for what no decent telephone does."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.asterisk.private_asterisk import ASTERISK, CARRIER

SCENARIOS = Path(__file__).parent / "scenarios"


class Sipp:
    """One scenario, played for as long as the context lasts, or to its end with `finished`.

    Args:
        folder: for its files.
        scenario: name of a file in `scenarios`.
        options: further ones of sipp.
    """

    def __init__(
        self, folder: Path, scenario: str, *options: str, address: str = CARRIER, port: int = 5060
    ) -> None:
        self._folder = folder / f"sipp-{scenario}"
        self._folder.mkdir()
        binary = shutil.which("sipp")
        assert binary is not None, "sipp is missing: run make test-asterisk"
        self._command = [
            binary, f"{ASTERISK}:5060", "-sf", str(SCENARIOS / f"{scenario}.xml"),
            "-i", address, "-p", str(port), "-mi", address, "-nostdin", "-timeout_error",
            "-trace_err", "-error_file", str(self._folder / "errors"), *options,
        ]  # fmt: skip

    async def __aenter__(self) -> Self:
        with (self._folder / "console").open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._folder, stdin=asyncio.subprocess.DEVNULL,
                stdout=console, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        await asyncio.sleep(0.1)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def finished(self, within_s: float) -> int:
        """Wait for its end; 0 when every call went as the scenario says."""
        async with asyncio.timeout(within_s):
            return await self._process.wait()

    def errors(self) -> str:
        """What went otherwise than the scenario says."""
        path = self._folder / "errors"
        return path.read_text(errors="replace") if path.exists() else ""
