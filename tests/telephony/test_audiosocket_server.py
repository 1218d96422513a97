"""The AudioSocket server over real sockets: calls are served, bad peers dropped, nobody notices."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from asr.audio import FRAME_S, FRAME_SAMPLES, Pcm
from telephony.audiosocket_server import AudioSocketServer
from telephony.edge import Edge
from telephony.errors import PeerError, TelephonyError
from telephony.limits import PeerLimits
from tests.telephony.asterisk_peer import Peer, call_id_message, message

CALL = "8f14e45f-ceea-467f-a83c-d1b8f6d9a3a1"
PATIENT = PeerLimits(first_message_s=60, idle_s=60, burst_s=0.5, unread_bytes=20_000)
HASTY = replace(PATIENT, first_message_s=0.3, idle_s=0.5)


@dataclass
class Exchange:
    """Takes every call; the test looks at its edge."""

    edges: dict[str, Edge] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    server: AudioSocketServer = field(init=False)

    async def peer(self, call_id: str | None = None) -> Peer:
        peer = await Peer().connect(self.server.port, call_id)
        self.peers.append(peer)
        return peer

    def serve(self, call_id: str, edge: Edge) -> None:
        if call_id in self.edges:
            raise PeerError("duplicate", "this call is connected already")
        self.edges[call_id] = edge

    async def edge(self, call_id: str = CALL) -> Edge:
        async with asyncio.timeout(5):
            while call_id not in self.edges:  # noqa: ASYNC110 - another process would do the same
                await asyncio.sleep(0.01)
        return self.edges[call_id]

    async def dropped(self) -> str:
        async with asyncio.timeout(10):
            while not self.reasons:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return self.reasons[0]


@asynccontextmanager
async def listening(limits: PeerLimits) -> AsyncIterator[Exchange]:
    exchange = Exchange()
    server = AudioSocketServer(
        "127.0.0.1", 0, exchange.serve, limits, on_dropped=exchange.reasons.append
    )
    async with server:
        exchange.server = server
        yield exchange
        for peer in exchange.peers:
            await peer.hang_up()
        for edge in exchange.edges.values():
            edge.close()
        await asyncio.sleep(0.05)


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with listening(PATIENT) as exchange:
        yield exchange


async def heard(edge: Edge, samples: int) -> Pcm:
    """What the edge gives until there are so many samples."""
    frames: list[Pcm] = []
    async with asyncio.timeout(5):
        while sum(map(len, frames)) < samples:
            frames += edge.read().frames
            await asyncio.sleep(0.01)
    return np.concatenate(frames)


def tone(rate: int, seconds: float) -> Pcm:
    wave = 8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    return wave.astype(np.int16)


async def test_audio_goes_both_ways(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    sent = np.arange(FRAME_SAMPLES).astype(np.int16)
    await peer.send(message(0x10, sent.tobytes()))
    np.testing.assert_array_equal(await heard(edge, FRAME_SAMPLES), sent)
    edge.write(sent)
    edge.close()
    await peer.closed.wait()
    np.testing.assert_array_equal(peer.audio, sent)
    assert peer.received[-1] == (0x00, b"")


@pytest.mark.parametrize(("kind", "rate"), [(0x12, 16_000), (0x15, 44_100), (0x16, 48_000)])
async def test_a_wideband_peer_is_heard_and_answered_at_its_rate(
    exchange: Exchange, kind: int, rate: int
) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    wave = tone(rate, 0.4)
    for at in range(0, len(wave), rate // 50):
        await peer.send(message(kind, wave[at : at + rate // 50].tobytes()))
    got = await heard(edge, 8000 * 3 // 10)
    spectrum = np.abs(np.fft.rfft(got[400:2000]))
    assert spectrum.argmax() == pytest.approx(440 * 1600 / 8000, abs=1)
    for at in range(0, 1600, FRAME_SAMPLES):
        edge.write(tone(8000, 0.2)[at : at + FRAME_SAMPLES])
    edge.close()
    await peer.closed.wait()
    frames = [payload for kind_, payload in peer.received if kind_ == kind]
    assert [len(frame) for frame in frames] == [rate // 50 * 2] * 10


async def test_keys_and_hang_up_arrive(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    await peer.send(message(0x03, b"1") + message(0x03, b"#"))
    await asyncio.sleep(0.1)
    assert edge.read().keys == "1#"
    await peer.hang_up()
    await asyncio.sleep(0.1)
    assert edge.read().hung_up
    edge.write(np.zeros(FRAME_SAMPLES, np.int16))  # nobody hears it, nothing breaks
    edge.close()


async def test_a_stall_of_the_network_is_caught_up_without_loss(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    sent = np.arange(FRAME_SAMPLES * 20).astype(np.int16)
    await peer.send(b"".join(message(0x10, part.tobytes()) for part in np.split(sent, 20)))
    await asyncio.sleep(0.1)
    assert len(edge.read().frames) == 4
    np.testing.assert_array_equal(await heard(edge, FRAME_SAMPLES * 16), sent[FRAME_SAMPLES * 4 :])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "wrong_order"),
        (message(0x10, bytes(320)), "wrong_order"),
        (call_id_message(CALL) + message(0x42), "wrong_type"),
        (call_id_message(CALL) + b"\x10\xff\xff", "oversized"),
        (call_id_message(CALL) + message(0xFF, b"\1"), "peer_error"),
        (call_id_message(CALL) + message(0x10, bytes(320)) * 50, "too_fast"),
        (call_id_message(CALL) + message(0x10) * 600, "too_fast"),
    ],
)
async def test_a_bad_peer_is_dropped_with_a_reason(
    exchange: Exchange, data: bytes, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        peer = await exchange.peer()
        await peer.send(data)
        assert await exchange.dropped() == reason
    await asyncio.wait_for(peer.closed.wait(), 5)
    assert reason in caplog.text
    assert all(edge.read().hung_up for edge in exchange.edges.values())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_call_id"),
        (b"\x01\x00\x10half", "no_call_id"),
        (call_id_message(CALL), "idle"),
    ],
)
async def test_a_peer_that_falls_silent_is_dropped(data: bytes, reason: str) -> None:
    async with listening(HASTY) as exchange:
        peer = await exchange.peer()
        await peer.send(data)
        assert await exchange.dropped() == reason
        await asyncio.wait_for(peer.closed.wait(), 5)


async def test_the_second_connection_of_a_call_is_refused(exchange: Exchange) -> None:
    await exchange.peer(CALL)
    edge = await exchange.edge()
    second = await exchange.peer(CALL)
    await asyncio.wait_for(second.closed.wait(), 5)
    assert exchange.reasons == ["duplicate"]
    assert not edge.read().hung_up


async def test_a_peer_that_never_reads_is_dropped(exchange: Exchange) -> None:
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", exchange.server.port))
        deaf.sendall(call_id_message(CALL))
        edge = await exchange.edge()
        for _ in range(2000):
            edge.write(np.ones(FRAME_SAMPLES, np.int16))
            await asyncio.sleep(0)
        assert exchange.reasons == ["not_reading"]
        assert edge.read().hung_up


async def test_a_peer_that_reads_late_gets_every_frame_in_order() -> None:
    limits = replace(PATIENT, unread_bytes=2_000_000)
    async with listening(limits) as exchange:
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", exchange.server.port))
            slow.sendall(call_id_message(CALL))
            edge = await exchange.edge()
            frames = [np.full(FRAME_SAMPLES, number, np.int16) for number in range(600)]
            for frame in frames[:300]:  # 97 kB: more than the kernel takes
                edge.write(frame)
                await asyncio.sleep(0)
            got = b""
            for frame in frames[300:]:
                edge.write(frame)
                await asyncio.sleep(0)
                got += slow.recv(2000)  # it reads faster than we send now
            edge.close()
            slow.settimeout(5)
            while part := await asyncio.to_thread(slow.recv, 65_536):
                got += part
        sent = b"".join(message(0x10, frame.tobytes()) for frame in frames)
        assert got == sent + message(0x00)
        assert exchange.reasons == []


async def test_a_peer_that_sends_ten_times_too_fast_is_dropped(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    silent = np.zeros(FRAME_SAMPLES, np.int16)
    speaking = asyncio.create_task(peer.speak([silent] * 400, speed=10))
    async with asyncio.timeout(5):
        while not edge.read().hung_up:  # noqa: ASYNC110 - as a session does
            await asyncio.sleep(FRAME_S)
    assert exchange.reasons == ["too_fast"]
    speaking.cancel()


async def test_what_a_peer_still_sends_does_not_spoil_the_goodbye(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    await peer.send(message(0x10, bytes(320)) * 5)
    await asyncio.sleep(0.05)  # nobody has read it
    edge.close()
    await asyncio.wait_for(peer.closed.wait(), 5)
    assert peer.received[-1] == (0x00, b"")
    assert not peer.was_reset


async def test_a_peer_that_does_not_close_is_let_go(exchange: Exchange) -> None:
    with socket.create_connection(("127.0.0.1", exchange.server.port)) as rude:
        rude.sendall(call_id_message(CALL))
        edge = await exchange.edge()
        edge.close()
        await asyncio.sleep(2.3)
        with pytest.raises(ConnectionError):
            for _ in range(3):  # the first one learns of it
                rude.sendall(message(0x10, bytes(320)))
                await asyncio.sleep(0.05)


async def test_a_peer_that_sends_half_as_fast_is_served(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()
    await peer.speak([np.ones(FRAME_SAMPLES, np.int16)] * 20, speed=0.5)
    assert (await heard(edge, FRAME_SAMPLES * 20) == 1).all()
    assert not exchange.reasons


async def test_five_hundred_connections_at_once_leave_a_call_alone(exchange: Exchange) -> None:
    peer = await exchange.peer(CALL)
    edge = await exchange.edge()

    async def rush(number: int) -> None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", exchange.server.port)
            writer.write(call_id_message(str(uuid.UUID(int=number))) if number % 2 else b"\xff")
            await writer.drain()
            writer.transport.abort()

    await asyncio.gather(*(rush(number) for number in range(500)))
    await peer.send(message(0x10, struct.pack("<h", 7) * FRAME_SAMPLES))
    assert (await heard(edge, FRAME_SAMPLES) == 7).all()
    assert not edge.read().hung_up


async def test_a_port_in_use_is_said_with_what_to_do(exchange: Exchange) -> None:
    with pytest.raises(TelephonyError, match="VOICE122_AUDIOSOCKET_PORT"):
        async with AudioSocketServer("127.0.0.1", exchange.server.port, exchange.serve):
            pass
