"""The WebSocket edge: one connection, whatever its dialect.

Reading and writing are two tasks: a peer that does not read holds up the writer only, and is
dropped when too much waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from asr.audio import FRAME_S, Pcm
from telephony.dialects.dialect import (
    Congested,
    Dialect,
    KeysPressed,
    Left,
    Received,
    Sent,
    Sound,
    Started,
)
from telephony.edge import Edge, Inbound
from telephony.errors import PeerError
from telephony.events import CallEvent
from telephony.inbox import Inbox
from telephony.limits import USUAL_LIMITS, Allowance, PeerLimits
from telephony.line_rate import FromPeer, ToPeer

log = logging.getLogger(__name__)

NORMAL: Final = 1000
REFUSED: Final = 1008
_MOST_WAITING: Final = int(4.0 / FRAME_S)
"""Messages that wait for a peer which does not read: four seconds."""
_CLOSE_S: Final = 2.0

Serve = Callable[[str, Edge], None]
"""Takes a call by its id. Raises `PeerError` where it cannot be served."""


class Socket(Protocol):
    """An accepted WebSocket."""

    async def receive(self) -> str | bytes | None:
        """The next message; None when the peer has left."""
        ...

    async def send(self, message: Sent) -> None:
        """Send a message; waits while the peer's buffers are full."""
        ...

    async def close(self, code: int) -> None:
        """Close the connection; no matter if it is closed already."""
        ...


class WebSocketConnection:
    """The edge of one call.

    Args:
        socket: of the peer, accepted.
        dialect: what it speaks; of this connection.
        serve: takes the call.
        limits: of the connection.
        on_dropped: told the reason if the peer is dropped.
    """

    def __init__(
        self,
        socket: Socket,
        dialect: Dialect,
        serve: Serve,
        limits: PeerLimits = USUAL_LIMITS,
        on_dropped: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self._socket = socket
        self._dialect = dialect
        self._serve = serve
        self._limits = limits
        self._on_dropped = on_dropped
        self._inbox = Inbox()
        self._from_peer: FromPeer | None = None
        self._to_peer: ToPeer | None = None
        self._rate = 0
        self._call_id: str | None = None
        self._waiting: deque[Sent] = deque()
        self._stirred = asyncio.Event()
        self._closing: int | None = None
        self._error: PeerError | None = None

    async def run(self) -> None:
        """Carry the call until one of both sides leaves."""
        tasks = {asyncio.create_task(self._read()), asyncio.create_task(self._write())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._inbox.hang_up()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CLOSE_S):
                    await self._leave()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        allowance = Allowance(self._limits, loop.time())
        try:
            while True:
                try:
                    async with asyncio.timeout(self._patience_s):
                        message = await self._socket.receive()
                except TimeoutError:
                    raise PeerError(
                        "no_call_id" if self._call_id is None else "idle",
                        f"nothing came for {self._patience_s:g} s",
                    ) from None
                if message is None:
                    return
                received = self._understood(message)
                audio_s = sum(len(r.samples) for r in received if isinstance(r, Sound))
                allowance.take(loop.time(), 1, audio_s / (self._rate or 8000))
                for each in received:
                    self._take(each)
        except PeerError as error:
            self._drop(error)

    @property
    def _patience_s(self) -> float:
        started = self._call_id is not None
        return self._limits.idle_s if started else self._limits.first_message_s

    def _understood(self, message: str | bytes) -> list[Received]:
        if isinstance(message, str):
            return self._dialect.text(message)
        return self._dialect.binary(message)

    def _take(self, received: Received) -> None:
        match received:
            case Sound(samples=samples):
                assert self._from_peer is not None
                self._inbox.put_frames(self._from_peer.frames(samples))
            case KeysPressed(keys=keys):
                for key in keys:
                    self._inbox.put_key(key)
            case Started(rate=rate, call_id=call_id):
                self._call_id = call_id or str(uuid.uuid4())
                self._rate, self._from_peer, self._to_peer = rate, FromPeer(rate), ToPeer(rate)
                self._put(self._dialect.started(self._call_id, rate))
                self._serve(self._call_id, self)
            case Left():
                self._inbox.hang_up()
            case Congested():
                self.clear()

    def _drop(self, error: PeerError) -> None:
        log.warning("call %s: WebSocket peer dropped: %s", self._call_id or "(unnamed)", error)
        self._on_dropped(error.reason)
        self._error = error
        self._inbox.hang_up()

    async def _write(self) -> None:
        while self._closing is None or self._waiting:
            while self._waiting:
                await self._socket.send(self._waiting.popleft())
            if self._closing is None:
                self._stirred.clear()
                await self._stirred.wait()

    async def _leave(self) -> None:
        if self._error is not None:
            for message in self._dialect.refused(self._error):
                await self._socket.send(message)
        await self._socket.close(NORMAL if self._error is None else REFUSED)

    def _put(self, messages: list[Sent]) -> None:
        if self._closing is None and self._error is None:
            self._waiting.extend(messages)
            self._stirred.set()

    # What the session calls

    def read(self, ticks: int = 1) -> Inbound:
        """See `Edge`."""
        return self._inbox.take(ticks)

    def write(self, frame: Pcm) -> None:
        """See `Edge`."""
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.clear()
            self._drop(PeerError("not_reading", f"{_MOST_WAITING} messages wait for it"))
            self._closing = REFUSED
            self._stirred.set()
        elif self._to_peer is not None and not self._inbox.hung_up:
            self._put(self._dialect.sound(self._to_peer.frame(frame)))

    def give_floor(self) -> None:
        """Told as an event."""

    def clear(self) -> None:
        """See `Edge`."""
        self._put(self._dialect.clear())

    def show(self, event: CallEvent) -> None:
        """See `Edge`."""
        self._put(self._dialect.event(event))

    def close(self) -> None:
        """See `Edge`."""
        if self._closing is None:
            self._put(self._dialect.hang_up())
            self._closing = NORMAL
            self._stirred.set()
