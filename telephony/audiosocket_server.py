"""The AudioSocket edge: a TCP server to which Asterisk connects once for each call.

Whoever connects names a call within some seconds, sends audio at the pace of speech and reads
what it is sent. A peer that does otherwise is dropped with a reason in the log; the other calls do
not notice.

Processor time goes where processes wake each other, so nobody is woken needlessly: from the moment
when the call is named, its socket is read when the call ticks, not when bytes come; and what the
calls of one beat say leaves together (`Outbox`), past asyncio unless the peer is slow to read.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import Final, cast

from asr.audio import FRAME_S, SAMPLE_RATE, Pcm
from telephony.audiosocket import (
    Audio,
    CallId,
    Decoder,
    HungUp,
    Key,
    Message,
    encode_audio,
    encode_frame,
    encode_hangup,
)
from telephony.edge import Edge, Inbound
from telephony.errors import PeerError, TelephonyError
from telephony.events import CallEvent
from telephony.inbox import Inbox
from telephony.limits import USUAL_LIMITS, Allowance, PeerLimits
from telephony.line_rate import FromPeer, ToPeer
from telephony.player import SILENCE

log = logging.getLogger(__name__)

_SEND_BUFFER: Final = 16_384
"""Of the kernel (bytes): a peer that does not read is noticed after seconds, not minutes."""
_BACKLOG: Final = 1024
_CLOSE_S: Final = 2.0
"""For the peer to read our goodbye and close, too (s)."""
_MOST_READ: Final = 65_536
"""Bytes a tick; more wait in the kernel for the next one."""
_SILENT_MESSAGE: Final = encode_frame(SILENCE)

Serve = Callable[[str, Edge], None]
"""Takes a call by its id. Raises `PeerError` where it cannot be served."""
OnDropped = Callable[[str], None]
"""Told the reason why a peer was dropped."""


class AudioSocketServer:
    """Listens for Asterisk. Use as an async context manager.

    Args:
        host, port: where; port 0 takes a free one.
        serve: takes each call.
        limits: of each connection.
        on_dropped: told of every peer that was dropped.
    """

    def __init__(
        self,
        host: str,
        port: int,
        serve: Serve,
        limits: PeerLimits = USUAL_LIMITS,
        on_dropped: OnDropped = lambda reason: None,
    ) -> None:
        self._host = host
        self._port = port
        self._serve = serve
        self._limits = limits
        self._on_dropped = on_dropped
        self._outbox = Outbox()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> AudioSocketServer:
        """Begin to listen.

        Raises:
            TelephonyError: the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: AudioSocketConnection(
                    self._serve, self._limits, self._on_dropped, self._outbox
                ),
                self._host,
                self._port,
                backlog=_BACKLOG,
            )
        except OSError as error:
            raise TelephonyError(
                f"cannot listen for Asterisk on {self._host}:{self._port}: {error.strerror}; "
                "set VOICE122_AUDIOSOCKET_HOST and VOICE122_AUDIOSOCKET_PORT"
            ) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """Take no more connections. Calls that go on are not touched."""
        assert self._server is not None
        self._server.close()


class Outbox:
    """What calls send in one turn of the event loop, kept until its end and then sent in a row.

    The first message wakes the peer's process, which costs as much as ten messages; while it is
    awake, the others cost nothing beyond themselves.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[bytes], None], bytes]] = []

    def put(self, send: Callable[[bytes], None], message: bytes) -> None:
        """Have `message` sent when the loop is done with what it does now."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.empty)
        self._waiting.append((send, message))

    def empty(self) -> None:
        """Send it now."""
        waiting, self._waiting = self._waiting, []
        for send, message in waiting:
            send(message)


class AudioSocketConnection(asyncio.Protocol):
    """One connection: a protocol for asyncio, and the edge of its call."""

    def __init__(
        self, serve: Serve, limits: PeerLimits, on_dropped: OnDropped, outbox: Outbox | None = None
    ) -> None:
        self._serve = serve
        self._limits = limits
        self._on_dropped = on_dropped
        self._outbox = outbox or Outbox()
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder()
        self._inbox = Inbox()
        self._allowance = Allowance(limits, self._loop.time())
        self._call_id: str | None = None
        self._rate = SAMPLE_RATE
        self._from_peer: FromPeer | None = None
        self._to_peer = ToPeer(SAMPLE_RATE)
        self._transport: asyncio.Transport | None = None
        self._socket = -1
        """Descriptor that `read` reads and `_send` writes; -1 while asyncio does."""
        self._backlog = False
        """Whether something waits in asyncio for the peer to read."""
        self._heard_at = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        """By when the peer has to have closed, too; None before our goodbye."""

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._watch = self._loop.call_later(self._limits.first_message_s, self._check_alive)

    def data_received(self, data: bytes) -> None:
        if self._inbox.hung_up:
            return
        now = self._heard_at = self._loop.time()
        try:
            if self._from_peer is not None and self._from_peer.passes_frames:
                frames = self._decoder.usual_frames(data)
                if frames is not None:
                    self._allowance.take(now, len(frames), len(frames) * FRAME_S)
                    self._inbox.put_frames(frames)
                    return
            messages = self._decoder.feed(data)
            audio_s = 0.0
            for message in messages:
                if isinstance(message, Audio):
                    audio_s += message.seconds
                    self._hear(message)
                else:
                    self._receive(message)
            self._allowance.take(now, len(messages), audio_s)
        except PeerError as error:
            self._drop(error)

    def eof_received(self) -> bool:
        self._inbox.hang_up()
        return False  # close our side, too

    def connection_lost(self, error: Exception | None) -> None:
        self._inbox.hang_up()
        self._transport, self._socket = None, -1
        for timer in (self._watch, self._deadline):
            if timer is not None:
                timer.cancel()

    def _hear(self, audio: Audio) -> None:
        samples, rate = audio
        if self._from_peer is None or rate != self._rate:
            self._rate, self._from_peer = rate, FromPeer(rate)
            self._to_peer = ToPeer(rate)
        self._inbox.put_frames(self._from_peer.frames(samples))

    def _receive(self, message: Message) -> None:
        match message:
            case Key(key=key):
                self._inbox.put_key(key)
            case CallId(value=call_id):
                self._call_id = call_id
                self._serve(call_id, self)
                self._read_in_ticks()
            case HungUp():
                self._inbox.hang_up()
                self.close()

    def _read_in_ticks(self) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.pause_reading()
            self._socket = transport.get_extra_info("socket").fileno()

    def _check_alive(self) -> None:
        silent_s = self._loop.time() - self._heard_at
        if self._call_id is None:
            self._drop(PeerError("no_call_id", f"none in {self._limits.first_message_s:g} s"))
        elif silent_s >= self._limits.idle_s:
            self._drop(PeerError("idle", f"nothing came for {silent_s:.0f} s"))
        else:
            wait_s = self._limits.idle_s - silent_s
            self._watch = self._loop.call_later(wait_s, self._check_alive)

    def _drop(self, error: PeerError) -> None:
        log.warning("call %s: AudioSocket peer dropped: %s", self._call_id or "(unnamed)", error)
        self._on_dropped(error.reason)
        self._inbox.hang_up()
        if self._transport is not None:
            self._transport.abort()

    # What the session calls

    def read(self, ticks: int = 1) -> Inbound:
        """See `Edge`."""
        if self._socket >= 0:
            self._receive_waiting()
        return self._inbox.take(ticks)

    def _receive_waiting(self) -> None:
        try:
            data = os.read(self._socket, _MOST_READ)
        except BlockingIOError:  # nothing came
            return
        except OSError:  # the connection is broken
            data = b""
        if data:
            self.data_received(data)
        else:
            self._inbox.hang_up()

    def write(self, frame: Pcm) -> None:
        """See `Edge`. The answer has the rate at which the peer sends."""
        if self._rate != SAMPLE_RATE:
            message = encode_audio(self._to_peer.frame(frame), self._rate)
        else:
            message = _SILENT_MESSAGE if frame is SILENCE else encode_frame(frame)
        self._outbox.put(self._send, message)

    def _send(self, message: bytes) -> None:
        if self._socket >= 0 and not self._backlog:
            message = self._write_at_once(message)
        transport = self._transport
        if not message or transport is None or transport.is_closing():
            return
        waiting = transport.get_write_buffer_size()
        if waiting > self._limits.unread_bytes:
            self._drop(PeerError("not_reading", f"{waiting} bytes wait for it"))
        else:
            transport.write(message)
            self._backlog = transport.get_write_buffer_size() > 0

    def _write_at_once(self, message: bytes) -> bytes:
        """What the kernel does not take yet of `message`; mostly nothing."""
        try:
            return message[os.write(self._socket, message) :]
        except BlockingIOError:
            return message
        except OSError:  # the connection is broken
            self._inbox.hang_up()
            return b""

    def give_floor(self) -> None:
        """AudioSocket has no message for it."""

    def clear(self) -> None:
        """Nothing is ever sent ahead, and Asterisk cannot take back what it has."""

    def show(self, event: CallEvent) -> None:
        """There is no screen."""

    def close(self) -> None:
        """End the connection; the dialplan goes on with its next step."""
        self._outbox.empty()
        transport = self._transport
        if transport is None or transport.is_closing() or self._deadline is not None:
            return
        self._socket = -1
        self._inbox.hang_up()
        transport.write(encode_hangup())
        try:
            transport.write_eof()
        except OSError:  # the peer has gone before us
            transport.abort()
            return
        # What the peer still sends is read to its end: else the kernel would answer it with a
        # reset, which may overtake the goodbye. A peer that never closes must not hold it.
        transport.resume_reading()
        self._deadline = self._loop.call_later(_CLOSE_S, transport.abort)
