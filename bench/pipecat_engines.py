"""Engines for `bench.pipecat_peer`: faked, or ours over a Unix socket (`bench.engine_server`).

Runs in Pipecat's environment: nothing of the project is imported.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from functools import cache
from typing import Final

import numpy as np

RATE: Final = 8000
_CHUNK: Final = RATE // 5
"""Bytes of 100 ms."""


@cache
def voice(seconds: float) -> bytes:
    """What a caller hears: noise at the level of speech, 16-bit, 8 kHz."""
    noise = np.random.default_rng(1).normal(size=round(seconds * RATE))
    return bytes((noise / np.abs(noise).max() * 12_000).astype("<i2").tobytes())


class Engines:
    """Faked: whatever is said, the same words after `asr_s`, the same answer of `prompt_s`."""

    def __init__(self, asr_s: float, prompt_s: float) -> None:
        self._asr_s = asr_s
        self._prompt_s = prompt_s

    async def hear(self, pcm: bytes) -> str:
        """The words in `pcm`."""
        await asyncio.sleep(self._asr_s)
        return "во сколько вы работаете"

    async def answer(self, call: str, heard: str | None) -> str:
        """What the assistant says; nothing heard: its greeting."""
        return "ответ"

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """`text` in chunks of 100 ms."""
        samples = voice(self._prompt_s)
        for start in range(0, len(samples), _CHUNK):
            await asyncio.sleep(0)
            yield samples[start : start + _CHUNK]


class ServedEngines(Engines):
    """Those of `bench.engine_server`."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def hear(self, pcm: bytes) -> str:
        return await self._told({"do": "hear", "bytes": len(pcm)}, pcm)

    async def answer(self, call: str, heard: str | None) -> str:
        return await self._told({"do": "answer", "call": call, "heard": heard})

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        reader, writer = await self._ask({"do": "speak", "text": text})
        try:
            odd = b""
            while chunk := await reader.read(_CHUNK):
                chunk = odd + chunk
                even = len(chunk) & ~1
                odd = chunk[even:]
                yield chunk[:even]
        finally:
            writer.close()

    async def _told(self, request: dict[str, object], payload: bytes = b"") -> str:
        reader, writer = await self._ask(request, payload)
        try:
            return (await reader.read()).decode()
        finally:
            writer.close()

    async def _ask(
        self, request: dict[str, object], payload: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        writer.write(json.dumps(request).encode() + b"\n" + payload)
        return reader, writer
