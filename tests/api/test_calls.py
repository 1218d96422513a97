"""What the dialplan asks over HTTP, and who may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api import problems
from api.calls import calls_router
from api.peers import PeerAccess
from routing.access import Principal, Role
from routing.errors import StoreError
from routing.queue.delivery import Delivery
from routing.queue.invariants import check_store
from routing.queue.states import Ending, TaskState
from telephony.admission import Mode
from telephony.turn import Outcome
from tests.routing.shop import Shop
from tests.telephony.test_switchboard import Exchange

DAY = timedelta(days=1)
ID = "8f14e45f-ceea-467f-a83c-d1b8f6d9a3a1"
CALL = "8F14E45F-CEEA-467F-A83C-D1B8F6D9A3A1"
TRUSTING = PeerAccess()


class Deaf(Delivery):
    """The queue of a service whose store fails."""

    def __init__(self) -> None:
        """Nothing is behind it."""

    def _fail(self, *of_call: str | None) -> bool:
        raise StoreError("the disk is full")

    queued = redirecting = answered = returned = left = _fail  # type: ignore[assignment]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(f"sqlite:///{tmp_path / 'voice122.sqlite'}")
    yield shop
    shop.close()


def client(
    exchange: Exchange,
    delivery: Delivery | None = None,
    address: str = "127.0.0.1",
    access: PeerAccess = TRUSTING,
    role: Role | None = None,
) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(calls_router(exchange.board, delivery or Deaf(), access))
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


async def test_a_call_that_overload_sends_to_the_operators_is_a_task_like_any_other(
    shop: Shop,
) -> None:
    async with client(Exchange(speech=0), shop.desk.delivery) as http:
        for _ in range(2):  # a PBX may announce it again
            await http.post("/calls", data={"id": CALL, "caller": "+79990001122"})
        (task,) = shop.desk.tasks.of_call(ID)
        assert (task.state, task.queue, task.phone) == (
            TaskState.PENDING,
            "general",
            "+79990001122",
        )
        await http.post(f"/calls/{CALL}/answered")
        await http.post(f"/calls/{CALL}/left")
    assert shop.task(task).ending is Ending.ANSWERED
    assert check_store(shop.store, shop.at) == []
    report = shop.desk.statistics.report(shop.at - DAY, shop.at + DAY)
    assert (report.calls, report.handed_over, report.total.answered) == (1, 1, 1)


async def test_a_call_whose_conversation_broke_has_a_place_in_the_queue(shop: Shop) -> None:
    exchange = Exchange()
    shop.store.begin_call(ID, shop.at, caller="+79990001122")
    async with client(exchange, shop.desk.delivery) as http:
        for _ in range(3):
            await exchange.connect(ID)
            exchange.endings[ID].set_exception(RuntimeError("the session broke"))
            step = (await http.get(f"/calls/{CALL}/next")).text
    assert step == "queue,general"
    (task,) = shop.desk.tasks.of_call(ID)
    assert (task.state, task.phone) == (TaskState.PENDING, "+79990001122")


async def test_what_a_caller_says_later_reaches_the_operator_of_an_unheard_call(
    shop: Shop,
) -> None:
    shop.desk.delivery.queued(ID, "general")
    shop.store.hand_over(ID, "appointments", {"topic": "make_appointment"}, shop.at)
    (task,) = shop.desk.tasks.of_call(ID)
    assert task.brief == {"topic": "make_appointment"}


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
    async with client(Exchange(), address=address, access=PeerAccess(trust)) as http:
        answer = await http.get(f"/calls/{CALL}/next", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("role", "status"), [(Role.EDGE, 200), (Role.ADMIN, 200), (Role.OPERATOR, 403)]
)
@pytest.mark.parametrize("address", ["10.0.0.5", "127.0.0.1"])
async def test_with_a_key_its_role_decides(address: str, role: Role, status: int) -> None:
    async with client(Exchange(), address=address, role=role) as http:
        assert (await http.get(f"/calls/{CALL}/next")).status_code == status


async def test_the_pbx_tells_who_took_a_call_and_that_it_is_over(shop: Shop) -> None:
    shop.store.begin_call(ID, shop.at)
    shop.store.hand_over(ID, "general", {}, shop.at)
    async with client(Exchange(), shop.desk.delivery) as http:
        for _ in range(2):
            assert (await http.post(f"/calls/{CALL}/answered")).text == "noted"
        assert shop.desk.tasks.of_call(ID)[0].state is TaskState.ASSIGNED
        for _ in range(2):
            assert (await http.post(f"/calls/{CALL}/left")).text == "noted"
    assert shop.desk.tasks.of_call(ID)[0].ending is Ending.ANSWERED


async def test_who_hangs_up_during_the_transfer_leaves_no_ghost(shop: Shop) -> None:
    """The caller is gone before the session has written the call into the queue."""
    exchange = Exchange()
    async with client(exchange, shop.desk.delivery) as http:
        await exchange.connect(ID)
        shop.store.begin_call(ID, shop.at)
        leaving = asyncio.create_task(http.post(f"/calls/{CALL}/left"))
        await asyncio.sleep(0.05)
        shop.store.hand_over(ID, "general", {}, shop.at)
        exchange.endings[ID].set_result(Outcome("handed_over", "general"))
        assert (await leaving).text == "noted"
    assert shop.desk.tasks.of_call(ID)[0].ending is Ending.HUNG_UP


async def test_a_redirect_holds_the_place_until_it_is_answered_or_the_caller_is_back(
    shop: Shop,
) -> None:
    exchange = Exchange()
    shop.store.begin_call(ID, shop.at)
    shop.store.hand_over(ID, "general", {}, shop.at)
    held = []
    async with client(exchange, shop.desk.delivery) as http:
        for told in ("returned", "answered"):
            await exchange.connect(ID)
            exchange.endings[ID].set_result(Outcome("redirected", "103"))
            assert (await http.get(f"/calls/{CALL}/next")).text == "redirect,103"
            held.append(shop.desk.tasks.of_call(ID)[0].held_to)
            await http.post(f"/calls/{CALL}/{told}")
            held.append(shop.desk.tasks.of_call(ID)[0].held_to)
    assert held == ["103", None, "103", None]
    assert shop.desk.tasks.of_call(ID)[0].ending is Ending.REDIRECTED


@pytest.mark.parametrize("told", ["answered", "left"])
async def test_news_of_an_unknown_call_is_taken_calmly(shop: Shop, told: str) -> None:
    async with client(Exchange(), shop.desk.delivery) as http:
        answer = await http.post(f"/calls/{CALL}/{told}")
        assert (answer.status_code, answer.text) == (200, "unknown")
        assert (await http.post(f"/calls/..%2Fetc/{told}")).status_code in (404, 422)
    assert shop.events() == []


@pytest.mark.parametrize("told", ["answered", "left"])
async def test_only_the_pbx_may_tell(shop: Shop, told: str) -> None:
    async with client(Exchange(), shop.desk.delivery, "10.0.0.5") as http:
        assert (await http.post(f"/calls/{CALL}/{told}")).status_code == 401


async def test_a_store_that_fails_does_not_keep_the_caller_from_going_on() -> None:
    exchange = Exchange()
    async with client(exchange, Deaf()) as http:
        await exchange.connect(ID)
        exchange.endings[ID].set_result(Outcome("redirected", "103"))
        assert (await http.get(f"/calls/{CALL}/next")).text == "redirect,103"
        assert (await http.post(f"/calls/{CALL}/returned")).text == "again"
        assert (await http.post(f"/calls/{CALL}/left")).status_code == 503
