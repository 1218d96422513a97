"""A peer that speaks AudioSocket like Asterisk does, for tests of the real server."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import uuid
from collections.abc import Iterable

import numpy as np

from asr.audio import FRAME_S, Pcm


def message(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


def call_id_message(call_id: str) -> bytes:
    return message(0x01, uuid.UUID(call_id).bytes)


class Peer:
    """One connection; collects what the server sends until it closes."""

    def __init__(self) -> None:
        self.received: list[tuple[int, bytes]] = []
        self.arrived: list[float] = []
        self.closed = asyncio.Event()
        self.was_reset = False
        """Whether the connection ended with a reset, not with a close."""

    async def connect(self, port: int, call_id: str | None = None) -> Peer:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._reading = asyncio.create_task(self._read())
        if call_id is not None:
            await self.send(call_id_message(call_id))
        return self

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def speak(self, frames: Iterable[Pcm], kind: int = 0x10, speed: float = 1.0) -> None:
        """Send frames at the pace of speech."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number, frame in enumerate(frames):
            await asyncio.sleep(max(0.0, start + number * FRAME_S / speed - loop.time()))
            await self.send(message(kind, frame.astype("<i2").tobytes()))

    async def hang_up(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while True:
                kind, length = struct.unpack(">BH", await self._reader.readexactly(3))
                payload = await self._reader.readexactly(length)
                self.arrived.append(asyncio.get_running_loop().time())
                self.received.append((kind, payload))
        except asyncio.IncompleteReadError:
            pass
        except ConnectionError:
            self.was_reset = True
        self.closed.set()

    @property
    def audio(self) -> Pcm:
        """All audio received so far, shape (n,), int16."""
        parts = [payload for kind, payload in self.received if 0x10 <= kind <= 0x18]
        return np.frombuffer(b"".join(parts), "<i2").astype(np.int16)
