"""What stands where the service should be when that is not well: for what ours never does."""

from __future__ import annotations

import asyncio
import re
import struct
import uuid
from types import TracebackType
from typing import Self

from asr.audio import FRAME_S, Pcm

HTTP_PORT = 8122
MEDIA_PORT = 8123


class OddService:
    """Plays a sound to whoever calls, keeps what it hears, and answers the dialplan as told.

    Args:
        says: repeated without end, shape (n,), int16; None closes each connection at once.
        announced: answer to the announcement of a call; None: none, and the connection stays open.
        nexts: where the call goes, each time it is asked, the last one for ever.
    """

    def __init__(self, says: Pcm | None, announced: str | None, *nexts: str) -> None:
        self._says = says
        self._announced = announced
        self._nexts = list(nexts)
        self.heard = bytearray()
        self.keys = ""
        self.calls: list[bytes] = []
        self.asked: list[tuple[str, str]] = []
        self._open: set[asyncio.Task[None]] = set()

    @property
    def call_ids(self) -> list[str]:
        """Of every connection."""
        return [str(uuid.UUID(bytes=call)) for call in self.calls]

    async def __aenter__(self) -> Self:
        self._servers = [
            await asyncio.start_server(self._media, "127.0.0.1", MEDIA_PORT),
            await asyncio.start_server(self._http, "127.0.0.1", HTTP_PORT),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        for task in self._open:  # the caller has just hung up, and Asterisk is telling us so
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _opened(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _media(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._opened()
        playing = asyncio.create_task(self._play(writer))
        try:
            while True:
                kind, length = struct.unpack(">BH", await reader.readexactly(3))
                payload = await reader.readexactly(length)
                match kind:
                    case 0x01:
                        self.calls.append(payload)
                        if self._says is None:
                            return
                    case 0x03:
                        self.keys += payload.decode()
                    case 0x10:
                        self.heard += payload
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            playing.cancel()
            writer.close()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        if self._says is None:
            return
        sound = self._says.astype("<i2").tobytes()
        loop = asyncio.get_running_loop()
        began, n = loop.time(), 0
        while True:
            for at in range(0, len(sound) - 319, 320):
                writer.write(struct.pack(">BH", 0x10, 320) + sound[at : at + 320])
                n += 1
                await asyncio.sleep(max(0.0, began + n * FRAME_S - loop.time()))

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._opened()
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = (await reader.readexactly(int(length[1]))).decode() if length else ""
        self.asked.append((head.split("\r\n")[0].removesuffix(" HTTP/1.1"), body))
        answer = self._announced
        if head.startswith("GET"):
            answer = self._nexts.pop(0) if len(self._nexts) > 1 else self._nexts[0]
        if answer is None:
            await reader.read()
        else:
            told = answer.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                         b"Content-Length: %d\r\n\r\n%s" % (len(told), told))  # fmt: skip
