"""Our engines and our dialogue for another framework, over a Unix socket.

    python -m bench.engine_server --socket PATH

Every request has a connection of its own: a line of JSON, then what it announces; the answer ends
with the connection. ``{"do": "hear", "bytes": n}`` and n bytes of 16-bit 8 kHz PCM: the words;
``{"do": "answer", "call": id, "heard": words}``: what the assistant says, for null its greeting;
``{"do": "speak", "text": …}``: PCM in chunks as they come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import datetime
from pathlib import Path

import numpy as np

from dialog.acts import Ask, Say
from telephony.conversation import Conversation
from telephony.switchboard import IncomingCall
from voice122.settings import Settings
from voice122.wiring import Rooms, new_conversation


class EngineServer:
    """Serves started rooms."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._calls: dict[str, Conversation] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        try:
            asked = json.loads(await reader.readline())
            match asked["do"]:
                case "hear":
                    pcm = await reader.readexactly(asked["bytes"])
                    writer.write((await self._hear(pcm)).encode())
                case "answer":
                    writer.write((await self._answer(asked["call"], asked["heard"])).encode())
                case "speak":
                    async for chunk in self._rooms.voice.speak(asked["text"]):
                        writer.write(chunk.tobytes())
                        await writer.drain()
        except ConnectionError:
            pass  # it was interrupted
        finally:
            writer.close()

    async def _hear(self, pcm: bytes) -> str:
        transcription = self._rooms.recognizer.open()
        await transcription.feed(np.frombuffer(pcm, dtype="<i2"))
        return (await transcription.finish()).text

    async def _answer(self, call_id: str, heard: str | None) -> str:
        if heard is None:
            call = IncomingCall(call_id)
            rooms = self._rooms
            self._calls[call_id] = new_conversation(
                rooms.content,
                rooms.store,
                rooms.understanding,
                lambda: datetime.now().astimezone(),
                call,
            )
            step = await self._calls[call_id].start()
        else:
            step = await self._calls[call_id].heard(heard)
        return " ".join(act.text for act in step.acts if isinstance(act, Say | Ask))


async def serve(path: Path) -> None:
    """Until the process is ended."""
    async with Rooms(Settings()) as rooms:
        server = await asyncio.start_unix_server(EngineServer(rooms).serve, path)
        print("ready", flush=True)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    asyncio.run(serve(parser.parse_args().socket))
