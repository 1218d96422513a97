"""The WebSocket edge over a real server: calls of every dialect, bad peers, who may call."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.media import MediaTokens, media_router
from api.peers import PeerAccess
from asr.audio import FRAME_SAMPLES
from telephony.edge import Edge
from telephony.errors import PeerError
from telephony.events import Listening
from telephony.limits import PeerLimits
from tests.telephony.test_audiosocket_server import heard

PATIENT = PeerLimits(first_message_s=60, idle_s=60, burst_s=0.5)
HASTY = PeerLimits(first_message_s=0.3, idle_s=0.5)


@dataclass
class Exchange:
    port: int
    edges: dict[str, Edge] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)

    def serve(self, call_id: str, edge: Edge) -> None:
        if call_id in self.edges:
            raise PeerError("duplicate", "this call is connected already")
        self.edges[call_id] = edge

    def peer(
        self, dialect: str = "plain", subprotocol: str | None = "voice122.v1", query: str = ""
    ) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/v1/media/{dialect}{query}",
            subprotocols=None if subprotocol is None else [Subprotocol(subprotocol)],
        )

    async def reason(self) -> tuple[str, str]:
        async with asyncio.timeout(10):
            while not self.dropped:  # noqa: ASYNC110 - the server is another task
                await asyncio.sleep(0.01)
        return self.dropped[0]


@asynccontextmanager
async def listening(
    limits: PeerLimits = PATIENT, access: PeerAccess | None = None
) -> AsyncIterator[Exchange]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        exchange = Exchange(sock.getsockname()[1])
        app = FastAPI()
        app.include_router(
            media_router(
                exchange.serve,
                access or PeerAccess(),
                lambda dialect, reason: exchange.dropped.append((dialect, reason)),
                MediaTokens(),
                limits,
            )
        )
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws_max_size=65_536)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([sock]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield exchange
        for edge in exchange.edges.values():
            edge.close()
        server.should_exit = True
        await serving


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with listening() as exchange:
        yield exchange


async def start(peer: ClientConnection, **fields: object) -> dict[str, object]:
    await peer.send(json.dumps({"type": "start", "rate": 8000, **fields}))
    answer: dict[str, object] = json.loads(await peer.recv())
    return answer


async def close_code(peer: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        async with asyncio.timeout(10):
            while True:
                await peer.recv()
    assert peer.close_code is not None
    return peer.close_code


async def test_a_browser_calls_speaks_and_is_answered(exchange: Exchange) -> None:
    async with exchange.peer() as peer:
        told = await start(peer, rate=16000)
        edge = exchange.edges[str(told["call_id"])]
        await peer.send(bytes(640) * 2)
        assert (await heard(edge, FRAME_SAMPLES * 2)).shape == (320,)
        await peer.send(json.dumps({"type": "keys", "keys": "1#"}))
        edge.write(np.full(FRAME_SAMPLES, 1000, np.int16))
        edge.show(Listening(1.0))
        edge.clear()
        answers = [await peer.recv() for _ in range(3)]
        assert len(answers[0]) == 640
        assert [json.loads(each)["type"] for each in answers[1:]] == ["state", "clear"]
        assert edge.read().keys == "1#"
        edge.close()
        assert await close_code(peer) == 1000
        assert edge.read().hung_up


async def test_a_browser_that_leaves_has_hung_up(exchange: Exchange) -> None:
    async with exchange.peer() as peer:
        told = await start(peer, call_id="one")
        assert told == {"type": "started", "call_id": "one", "rate": 8000}
    await asyncio.sleep(0.1)
    assert exchange.edges["one"].read().hung_up
    exchange.edges["one"].write(np.zeros(FRAME_SAMPLES, np.int16))


async def test_asterisk_calls(exchange: Exchange) -> None:
    async with exchange.peer("asterisk", "media", "?call=ABC") as peer:
        await peer.send(json.dumps({"event": "MEDIA_START", "format": "slin"}))
        assert json.loads(await peer.recv()) == {"command": "ANSWER"}
        exchange.edges["abc"].close()
        assert json.loads(await peer.recv()) == {"command": "HANGUP"}
        assert await close_code(peer) == 1000


async def test_jambonz_and_twilio_call(exchange: Exchange) -> None:
    async with exchange.peer("jambonz", "audio.jambonz.org") as peer:
        await peer.send(json.dumps({"callSid": "J1", "sampleRate": 8000}))
        await peer.send(bytes(320))
        await asyncio.sleep(0.1)
        assert len(exchange.edges["j1"].read().frames) == 1
    async with exchange.peer("twilio", None) as peer:
        await peer.send(json.dumps({"event": "start", "start": {"streamSid": "S", "callSid": "T"}}))
        await asyncio.sleep(0.1)
        exchange.edges["t"].write(np.zeros(FRAME_SAMPLES, np.int16))
        assert json.loads(await peer.recv())["event"] == "media"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        (b"\0\0", "wrong_order"),
        (json.dumps({"type": "start", "rate": 44100}), "wrong_rate"),
        (json.dumps({"type": "start", "rate": 8000, "x": "y" * 20_000}), "oversized"),
    ],
)
async def test_a_bad_peer_is_told_why_and_dropped(
    exchange: Exchange, message: str | bytes, reason: str
) -> None:
    async with exchange.peer() as peer:
        await peer.send(message)
        told = json.loads(await peer.recv())
        assert (told["type"], told["reason"]) == ("error", reason)
        assert await close_code(peer) == 1008
    assert exchange.dropped == [("plain", reason)]


async def test_audio_too_fast_and_too_much_is_dropped(exchange: Exchange) -> None:
    async with exchange.peer() as peer:
        await start(peer)
        for _ in range(60):
            await peer.send(bytes(320))
        assert await close_code(peer) == 1008
    async with exchange.peer() as peer:
        await start(peer)
        await peer.send(bytes(60_000))
        assert await close_code(peer) == 1008
    async with exchange.peer() as peer:
        await start(peer)
        await peer.send(bytes(100_000))  # beyond what the server reads at all
        assert await close_code(peer) == 1009
    assert [reason for _, reason in exchange.dropped] == ["too_fast", "oversized"]


async def test_the_same_call_twice_at_once_is_refused(exchange: Exchange) -> None:
    async with exchange.peer() as first, exchange.peer() as second:
        await start(first, call_id="one")
        await start(second, call_id="one")
        assert json.loads(await second.recv())["reason"] == "duplicate"
        assert await close_code(second) == 1008
        assert not exchange.edges["one"].read().hung_up


@pytest.mark.parametrize(
    ("first", "reason"),
    [(None, "no_call_id"), (json.dumps({"type": "start", "rate": 8000}), "idle")],
)
async def test_a_peer_that_sends_nothing_is_dropped(first: str | None, reason: str) -> None:
    async with listening(HASTY) as exchange, exchange.peer() as peer:
        if first is not None:
            await peer.send(first)
        assert await exchange.reason() == ("plain", reason)
        assert await close_code(peer) == 1008


async def test_a_peer_that_never_reads_is_dropped(exchange: Exchange) -> None:
    async with exchange.peer() as peer:
        await start(peer, call_id="deaf")
        edge = exchange.edges["deaf"]
        for _ in range(400):  # faster than anything is sent
            edge.write(np.ones(FRAME_SAMPLES, np.int16))
        assert await exchange.reason() == ("plain", "not_reading")
        assert edge.read().hung_up


@pytest.mark.parametrize(
    ("dialect", "subprotocol", "reason"),
    [
        ("plain", "voice122.v0", "wrong_subprotocol"),
        ("plain", None, "wrong_subprotocol"),
        ("asterisk", "voice122.v1", "wrong_subprotocol"),
        ("morse", "media", "wrong_address"),
    ],
)
async def test_a_wrong_subprotocol_or_dialect_is_refused(
    exchange: Exchange, dialect: str, subprotocol: str | None, reason: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with exchange.peer(dialect, subprotocol):
            pass
    assert refused.value.response.status_code == 403
    assert exchange.dropped == [(dialect if dialect != "morse" else "unknown", reason)]


async def test_from_elsewhere_a_token_opens_one_call() -> None:
    nobody = PeerAccess(trust_loopback=False)
    async with listening(access=nobody) as exchange:
        with pytest.raises(InvalidStatus):
            async with exchange.peer():
                pass
        with pytest.raises(InvalidStatus):
            async with exchange.peer(query="?token=guessed"):
                pass
        assert exchange.dropped == [("plain", "wrong_credentials")] * 2


async def test_tokens_are_for_one_call_and_one_minute() -> None:
    now = 0.0
    tokens = MediaTokens(now=lambda: now)
    first, second = tokens.issue(), tokens.issue()
    assert first.token != second.token
    assert tokens.redeem(first.token)
    assert not tokens.redeem(first.token)
    now = 61.0
    assert not tokens.redeem(second.token)
    assert not tokens.redeem(None)


async def test_a_token_is_given_to_who_may_call_and_works() -> None:
    async with listening() as exchange:
        async with httpx.AsyncClient() as http:
            url = f"http://127.0.0.1:{exchange.port}/v1/media/tokens"
            token = (await http.post(url)).json()["token"]
        elsewhere = {"Origin": "https://elsewhere.example"}
        address = f"ws://127.0.0.1:{exchange.port}/v1/media/plain"
        protocols = [Subprotocol("voice122.v1")]
        with pytest.raises(InvalidStatus):
            async with connect(address, subprotocols=protocols, additional_headers=elsewhere):
                pass
        address += f"?token={token}"
        async with connect(address, subprotocols=protocols, additional_headers=elsewhere) as peer:
            assert (await start(peer))["type"] == "started"
