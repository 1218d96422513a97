"""Peers gone mad: valid messages, mutated ones and noise, cut anywhere, against the real edges.

A call may be dropped for it; nothing else may happen: no exception, no frame that is none, nothing
sent that the peer does not know, no other call that notices.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from asr.audio import check_frame
from telephony.audiosocket_server import AudioSocketConnection
from telephony.dialects.asterisk import AsteriskWebSocket
from telephony.dialects.dialect import Dialect, Sent
from telephony.dialects.jambonz import Jambonz
from telephony.dialects.plain import Plain
from telephony.dialects.twilio import Twilio
from telephony.edge import Edge
from telephony.events import Listening
from telephony.limits import PeerLimits
from telephony.websocket_edge import WebSocketConnection
from tests.telephony.asterisk_peer import call_id_message, message

CALL = "8f14e45f-ceea-467f-a83c-d1b8f6d9a3a1"
GENEROUS = PeerLimits(burst_s=1e9, messages_a_second=1e9)
"""So that content is tried, not speed."""
FRAME = np.full(160, 1000, np.int16)
DIALECTS: dict[str, Callable[[], Dialect]] = {
    "plain": Plain,
    "asterisk": lambda: AsteriskWebSocket("one"),
    "jambonz": Jambonz,
    "twilio": Twilio,
}

# AudioSocket

_valid = st.one_of(
    st.binary(max_size=320).map(lambda data: message(0x10, data[: len(data) // 2 * 2])),
    st.sampled_from(list("0123456789*#ABCD")).map(lambda key: message(0x03, key.encode())),
    st.sampled_from([message(kind, bytes(320)) for kind in range(0x10, 0x19)]),
)
_wrong = st.one_of(
    st.tuples(st.integers(0, 255), st.binary(max_size=64)).map(lambda m: message(*m)),
    st.tuples(st.integers(0, 255), st.integers(0, 65_535), st.binary(max_size=64)).map(
        lambda m: struct.pack(">BH", m[0], m[1]) + m[2]
    ),
    st.binary(max_size=64),
    st.just(call_id_message(CALL)),
    st.just(b"\0\0\0"),
)
audiosocket_messages = st.lists(
    st.one_of(_valid, _valid, _valid, _valid, _valid, _valid, _valid, _wrong), max_size=40
)
cuts = st.lists(st.integers(1, 700), max_size=20)

# WebSocket

_words = st.sampled_from(
    ["type", "event", "start", "keys", "rate", "call_id", "media", "dtmf", "digit", "payload",
     "MEDIA_START", "DTMF_END", "MEDIA_XOFF", "format", "slin", "streamSid", "sampleRate", "stop",
     "hangup", "callSid", "mixType", "mono", "connected"]
)  # fmt: skip
_leaf = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.sampled_from([8000, 16000]),
    st.floats(), st.text(max_size=20), _words, st.just("AAAA"),
)  # fmt: skip
_json = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(_words, st.text(max_size=8)), inner, max_size=5),
    ),
    max_leaves=12,
)
STARTS = [
    json.dumps(start)
    for start in (
        {"type": "start", "rate": 8000},
        {"event": "MEDIA_START", "format": "slin"},
        {"callSid": "one", "sampleRate": 8000},
        {"event": "start", "start": {"streamSid": "S", "callSid": "one"}},
    )
]
_known = st.sampled_from(
    [
        json.dumps(known)
        for known in (
            {"type": "keys", "keys": "1#"},
            {"event": "DTMF_END", "digit": "1"},
            {"event": "dtmf", "dtmf": "1"},
            {"event": "dtmf", "dtmf": {"digit": "1"}},
            {"event": "media", "media": {"payload": "AAAA"}},
            {"event": "MEDIA_XOFF"},
        )
    ]
)
_audio = st.binary(max_size=320).map(lambda data: data[: len(data) // 2 * 2])
websocket_messages = st.lists(
    st.one_of(
        _audio, _audio, _audio, _known, _known, _known,
        _json.map(json.dumps), st.text(max_size=40), st.binary(max_size=64),
        st.sampled_from(STARTS),
    ),
    max_size=40,
)  # fmt: skip


@dataclass
class FakeTransport(asyncio.Transport):
    """Takes what is written; remembers whether it was closed."""

    ours: socket.socket
    """What the connection reads when it is told to pause."""
    written: list[bytes] = field(default_factory=list)
    paused: bool = False
    closed: bool = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.ours

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def write_eof(self) -> None:
        pass

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close


def try_audiosocket(messages: list[bytes], cut: list[int]) -> None:
    """Feed a connection; raises what should not happen. Runs inside an event loop."""
    edges: list[Edge] = []
    connection = AudioSocketConnection(
        lambda call_id, edge: edges.append(edge), GENEROUS, lambda reason: None
    )
    ours, peer = socket.socketpair()
    with ours, peer:
        ours.setblocking(False)
        transport = FakeTransport(ours)
        connection.connection_made(transport)
        stream = call_id_message(CALL) + b"".join(messages)
        at = 0
        for size in [*cut, len(stream)]:
            piece = stream[at : at + size]
            if transport.paused:
                peer.send(piece)
            elif not transport.closed:
                connection.data_received(piece)
            at += size
            tick(connection)
        connection.connection_lost(None)
        tick(connection)
        connection.close()
    for sent in transport.written:
        kind, length = struct.unpack(">BH", sent[:3])
        assert len(sent) == 3 + length
        assert kind == 0 or 0x10 <= kind <= 0x18
    assert edges in ([], [connection])


@dataclass
class FakeSocket:
    """Gives what the peer sends, then leaves."""

    incoming: list[str | bytes]
    sent: list[Sent] = field(default_factory=list)

    async def receive(self) -> str | bytes | None:
        await asyncio.sleep(0)
        return self.incoming.pop(0) if self.incoming else None

    async def send(self, message: Sent) -> None:
        self.sent.append(message)

    async def close(self, code: int) -> None:
        assert code in (1000, 1008)


async def try_websocket(name: str, messages: list[str | bytes], begin: bool) -> None:
    """The same for a dialect; `begin` lets it begin as it should."""
    start = STARTS[list(DIALECTS).index(name)]
    peer = FakeSocket([start, *messages] if begin else list(messages))
    edges: list[Edge] = []
    connection = WebSocketConnection(
        peer, DIALECTS[name](), lambda call_id, edge: edges.append(edge), GENEROUS
    )
    running = asyncio.create_task(connection.run())
    while not running.done():
        tick(connection)
        await asyncio.sleep(0)
    await running
    tick(connection)
    connection.close()
    for sent in peer.sent:
        assert isinstance(sent, bytes) or isinstance(json.loads(sent), dict)


def tick(edge: Edge) -> None:
    """What a session does in 20 ms."""
    inbound = edge.read()
    for frame in inbound.frames:
        check_frame(frame)
    assert set(inbound.keys) <= set("0123456789*#ABCD")
    edge.write(FRAME)
    edge.show(Listening(0.0))
