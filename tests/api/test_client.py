"""The client against the real service: typed answers, refusals, patience, a lasting stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from routing.access import Role
from routing.client import Client
from routing.client_errors import ApiError, Unreachable
from routing.queue.records import NewTask, OperatorProfile, Queue
from routing.queue.rules import QueueRules
from routing.queue.states import Activity, Ending, OperatorState, ReservationState, TaskState
from tests.api.conftest import ADMIN_KEY, Service
from tests.api.live import serving


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Client]:
    async with Client("http://service", ADMIN_KEY, transport=httpx.ASGITransport(service.app)) as c:
        yield c


async def test_a_call_goes_its_way(client: Client) -> None:
    await client.put_queue(Queue("appointments", "Запись", None, QueueRules(wrap_up_s=10)))
    await client.put_operator(OperatorProfile(id="anna", name="Анна", queues=("appointments",)))
    assert (await client.set_activity("anna", Activity.AVAILABLE)).state is OperatorState.AVAILABLE
    task = await client.create_task(
        NewTask(key="one", queue="appointments", brief={"topic": "запись"}, phone="79990000122")
    )
    held = await client.desk("anna")
    assert held is not None
    reservation, on_desk = held
    assert (on_desk.id, on_desk.brief) == (task.id, {"topic": "запись"})
    assert (await client.accept(reservation.id)).state is ReservationState.ACCEPTED
    await client.end_talk(reservation.id)
    await client.ready("anna")
    ended = await client.task(task.id)
    assert (ended.state, ended.ending) == (TaskState.COMPLETED, Ending.ANSWERED)
    assert await client.desk("anna") is None
    assert [each.profile.name for each in await client.operators()] == ["Анна"]
    assert (await client.operator("anna")).handled == 1
    assert [each.rules.wrap_up_s for each in await client.queues()] == [10.0]


async def test_a_caller_s_side(client: Client) -> None:
    first = await client.create_task(NewTask(key="one", queue="general"))
    second = await client.create_task(NewTask(key="two", queue="general"))
    place = await client.place(second.id)
    assert place is not None
    assert (place.position, place.wait) == (2, None)
    await client.redirect(first.id, "103")
    assert (await client.redirect_failed(first.id)).held_for is None
    await client.redirect(first.id, "103")
    assert (await client.redirect_answered(first.id)).ending is Ending.REDIRECTED
    assert (await client.move(second.id, "social")).queue == "social"
    await client.agree_callback(second.id, "79990000122")
    back = await client.promise_callback(second.id)
    assert back.continues == second.id
    assert [each.id for each in await client.tasks(state=TaskState.PENDING)] == [back.id]
    third = await client.create_task(NewTask(key="three", queue="general"))
    assert (await client.caller_left(third.id)).ending is Ending.HUNG_UP


async def test_a_refusal_tells_what_was_wrong(client: Client) -> None:
    with pytest.raises(ApiError) as refused:
        await client.accept("nothing")
    assert (refused.value.status, refused.value.kind) == (404, "not-found")
    assert refused.value.request_id
    with pytest.raises(ApiError, match=r"body\.activity"):
        await client._change("PUT", "/operators/anna/activity", {"activity": "asleep"})


class Flaky(httpx.AsyncBaseTransport):
    """Carries requests out, but loses the first answers."""

    def __init__(self, inner: httpx.AsyncBaseTransport, losses: list[Any]) -> None:
        self.inner, self.losses = inner, losses

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        if not self.losses:
            return answer
        loss = self.losses.pop(0)
        if isinstance(loss, Exception):
            raise loss
        return httpx.Response(loss, headers={"Retry-After": "2"})


def flaky(service: Service, *losses: Any) -> tuple[Client, list[float]]:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    transport = Flaky(httpx.ASGITransport(service.app), list(losses))
    return Client("http://service", ADMIN_KEY, transport=transport, sleep=sleep), pauses


async def test_what_fails_for_now_is_tried_again_and_done_once(service: Service) -> None:
    client, pauses = flaky(service, httpx.ReadError("gone"), 503, 429, httpx.ConnectError("no"))
    async with client:
        await client.put_operator(OperatorProfile(id="anna", name="Анна"))
    changed = [each for each in service.desk.events.after(0) if each.kind == "operator.changed"]
    assert len(changed) == 1
    assert pauses == [0.25, 2.0, 2.0, 2.0]


async def test_patience_has_an_end(service: Service) -> None:
    client, pauses = flaky(service, *[httpx.ConnectError("no")] * 9)
    async with client:
        with pytest.raises(Unreachable, match="tried 5 times"):
            await client.queues()
    assert len(pauses) == 4


async def test_the_stream_survives_a_restart_and_misses_nothing(service: Service) -> None:
    def happen(key: str) -> None:
        service.desk.tasks.create(NewTask(key=key, queue="general"))

    happen("before")
    _, key = service.keys.create("слушатель", Role.ROUTER)
    seen: list[int] = []
    arrived = asyncio.Event()

    async def listen(client: Client) -> None:
        async for event in client.events(after=1):
            seen.append(event.seq)
            arrived.set()

    async with serving(service.app) as port:
        client = Client(f"http://127.0.0.1:{port}", key)
        listening = asyncio.create_task(listen(client))
        await asyncio.to_thread(happen, "first")
        async with asyncio.timeout(60):
            await arrived.wait()
    arrived.clear()
    await asyncio.to_thread(happen, "while it was down")
    async with serving(service.app, fixed_port=port):
        async with asyncio.timeout(60):
            await arrived.wait()
    listening.cancel()
    await client.close()
    assert seen == [2, 3]
