"""What the dialplan asks over HTTP, and who may ask."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api import problems
from api.calls import calls_router
from api.peers import PeerAccess
from routing.access import Principal, Role
from telephony.admission import Mode
from telephony.turn import Outcome
from tests.telephony.test_switchboard import Exchange

CALL = "8F14E45F-CEEA-467F-A83C-D1B8F6D9A3A1"
TRUSTING = PeerAccess()


def client(
    exchange: Exchange,
    address: str = "127.0.0.1",
    access: PeerAccess = TRUSTING,
    role: Role | None = None,
) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(calls_router(exchange.board, access))
    problems.install(app)
    principal = None if role is None else Principal("1", "pbx", role)

    async def behind_the_guard(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"principal": principal, "request_id": "1"}
        await app(scope, receive, send)

    transport = httpx.ASGITransport(behind_the_guard, client=(address, 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8122")


@pytest.mark.parametrize(
    "how",
    [
        {"data": {"id": CALL, "caller": "+79990001122", "dialled": "122"}},
        {"json": {"id": CALL, "caller": "+79990001122", "dialled": 122}},
    ],
)
async def test_a_call_is_announced_connected_and_sent_on(how: dict[str, object]) -> None:
    exchange = Exchange()
    async with client(exchange) as http:
        assert (await http.post("/calls", **how)).text == "speech"  # type: ignore[arg-type]
        await exchange.connect(CALL.lower())  # as AudioSocket tells it
        assert exchange.calls[0].caller == "+79990001122"
        assert exchange.calls[0].dialled == "122"
        exchange.endings[CALL.lower()].set_result(Outcome("redirected", "103"))
        assert (await http.get(f"/calls/{CALL}/next")).text == "redirect,103"
        assert (await http.post(f"/calls/{CALL}/returned")).text == "again"
        assert (await http.get(f"/calls/{CALL}/next")).text == "again"


async def test_what_a_pbx_writes_where_there_is_no_number_is_no_number() -> None:
    exchange = Exchange()
    async with client(exchange) as http:
        await http.post("/calls", data={"id": CALL, "caller": "anonymous", "dialled": ""})
    await exchange.connect(CALL.lower())
    assert (exchange.calls[0].caller, exchange.calls[0].dialled) == (None, None)


async def test_an_overloaded_service_says_where_the_caller_goes() -> None:
    exchange = Exchange(speech=0)
    async with client(exchange) as http:
        assert (await http.post("/calls", data={"id": CALL})).text == "queue,general"


async def test_only_the_keypad_may_be_left() -> None:
    async with client(Exchange(speech=0, keypad=1)) as http:
        assert (await http.post("/calls", data={"id": CALL})).text == Mode.KEYPAD


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 422),
        (b"id=../etc", "application/x-www-form-urlencoded", 422),
        (b"id=" + b"a" * 65, "application/x-www-form-urlencoded", 422),
        (b"id=" + b"a" * 5000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=1" for _ in range(100)), "application/x-www-form-urlencoded", 422),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 422),
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"[" * 2000, "application/json", 422),
    ],
)
async def test_what_is_no_announcement_is_refused(body: bytes, kind: str, status: int) -> None:
    async with client(Exchange()) as http:
        answer = await http.post("/calls", content=body, headers={"content-type": kind})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("address", "headers", "trust", "status"),
    [
        ("127.0.0.1", {}, True, 200),
        ("::1", {}, True, 200),
        ("127.0.0.1", {}, False, 401),
        ("10.0.0.5", {}, True, 401),
        ("127.0.0.1", {"origin": "http://127.0.0.1:8122"}, True, 200),
        ("127.0.0.1", {"origin": "https://elsewhere.example"}, True, 401),
        ("127.0.0.1", {"host": "rebound.example"}, True, 401),
        ("not an address", {}, True, 401),
    ],
)
async def test_without_a_key_only_this_machine_may_ask(
    address: str, headers: dict[str, str], trust: bool, status: int
) -> None:
    async with client(Exchange(), address, PeerAccess(trust)) as http:
        answer = await http.get(f"/calls/{CALL}/next", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("role", "status"), [(Role.EDGE, 200), (Role.ADMIN, 200), (Role.OPERATOR, 403)]
)
@pytest.mark.parametrize("address", ["10.0.0.5", "127.0.0.1"])
async def test_with_a_key_its_role_decides(address: str, role: Role, status: int) -> None:
    async with client(Exchange(), address, role=role) as http:
        assert (await http.get(f"/calls/{CALL}/next")).status_code == status
