"""The stream of events, over a real connection: live, resumable, private, with a heartbeat."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from routing.access import Role
from routing.events import Event
from routing.queue.records import NewTask, Organisation, Queue
from tests.api.conftest import AT, Service
from tests.api.live import serving


class Stream:
    """A client's end of a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def block(self) -> dict[str, str]:
        """The next block: its fields; a comment is under ``""``."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(60):
            async for line in self._lines:
                if not line:
                    return fields
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        raise EOFError

    async def event(self) -> dict[str, Any]:
        """The next event, with its fields checked against its data."""
        while True:
            block = await self.block()
            if "data" in block:
                data: dict[str, Any] = json.loads(block["data"])
                assert block["id"] == str(data["seq"])
                assert block["event"] == data["kind"]
                return data


@contextlib.asynccontextmanager
async def listening(
    service: Service, organisation: str | None = None, **headers: str
) -> AsyncIterator[Stream]:
    _, key = service.keys.create("слушатель", Role.ROUTER, organisation=organisation)
    async with (
        serving(service.app) as port,
        httpx.AsyncClient(timeout=30, trust_env=False) as http,
        http.stream(
            "GET",
            f"http://127.0.0.1:{port}/v1/events/stream",
            headers={"Authorization": f"Bearer {key}", **headers},
        ) as answer,
    ):
        yield Stream(answer)


def happen(service: Service, *keys: str, queue: str = "general") -> None:
    for key in keys:
        service.desk.tasks.create(NewTask(key=key, queue=queue))


async def test_events_come_as_they_happen(service: Service) -> None:
    happen(service, "before")
    async with listening(service) as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert (await stream.block())["retry"]
        await asyncio.to_thread(happen, service, "one", "two")
        first, second = await stream.event(), await stream.event()
    assert (first["kind"], second["seq"] - first["seq"]) == ("task.created", 1)
    assert first["seq"] > 1  # what happened before is history


async def test_a_stream_goes_on_where_it_broke_off(service: Service) -> None:
    happen(service, "one", "two", "three")
    async with listening(service, **{"Last-Event-ID": "1"}) as stream:
        assert [(await stream.event())["seq"] for _ in range(2)] == [2, 3]
        await asyncio.to_thread(happen, service, "four")
        assert (await stream.event())["seq"] == 4


async def test_more_than_a_page_is_sent_whole(service: Service) -> None:
    keys = [str(n) for n in range(230)]
    await asyncio.to_thread(happen, service, *keys)
    async with listening(service, **{"Last-Event-ID": "0"}) as stream:
        assert [(await stream.event())["seq"] for _ in keys] == list(range(1, 231))


async def test_an_organisation_hears_of_its_own_only(service: Service) -> None:
    service.desk.directory.put_organisation(Organisation("minzdrav", "Минздрав"))
    service.desk.directory.put_queue(Queue("health", "Запись", "minzdrav"))
    happen(service, "foreign")
    happen(service, "own", queue="health")
    async with listening(service, "minzdrav", **{"Last-Event-ID": "0"}) as stream:
        seen = [await stream.event() for _ in range(2)]
    assert [each["kind"] for each in seen] == ["queue.changed", "task.created"]
    assert {each["organisation"] for each in seen} == {"minzdrav"}


async def test_silence_is_filled_with_a_heartbeat(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.05)
    async with listening(service) as stream:
        await stream.block()
        assert (await stream.block())[""] == "ping"


async def test_a_client_that_leaves_leaves_nothing_behind(service: Service) -> None:
    before = len(asyncio.all_tasks())
    async with listening(service) as stream:
        await stream.block()
    await asyncio.sleep(0.3)
    assert len(asyncio.all_tasks()) <= before


@pytest.mark.parametrize("value", ["-1", "x", "1" * 19, "1.5"])
async def test_a_resume_that_makes_no_sense_is_refused(service: Service, value: str) -> None:
    async with listening(service, **{"Last-Event-ID": value}) as stream:
        assert stream.answer.status_code == 422
        assert stream.answer.headers["Content-Type"] == "application/problem+json"


async def test_without_a_key_there_is_no_stream(service: Service) -> None:
    answer = await service.client().get("/v1/events/stream")
    assert answer.status_code == 401
    assert (await service.as_role(Role.EDITOR).get("/v1/events/stream")).status_code == 403


async def test_events_can_be_read_page_by_page(service: Service) -> None:
    happen(service, "one", "two", "three")
    router = service.as_role(Role.ROUTER)
    page = (await router.get("/v1/events", params={"after": 1, "limit": 1})).json()
    assert [each["seq"] for each in page] == [2]
    of_task = await router.get("/v1/events", params={"task_id": page[0]["task_id"]})
    assert [each["seq"] for each in of_task.json()] == [2]


async def test_a_client_that_does_not_read_costs_no_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are read when they can be sent: what such a client misses waits in the store."""
    pages = 0

    def endless(place: int, **_: Any) -> list[Event]:
        nonlocal pages
        pages += 1
        large = {"text": "x" * 10_000}
        return [Event(place + n + 1, AT, "task.created", data=large) for n in range(100)]

    monkeypatch.setattr(service.desk.events, "after", endless)
    _, key = service.keys.create("слушатель", Role.ROUTER)
    async with serving(service.app) as port:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        request = (
            "GET /v1/events/stream HTTP/1.1\r\nHost: service\r\nLast-Event-ID: 0\r\n"
            f"Authorization: Bearer {key}\r\n\r\n"
        )
        writer.write(request.encode())
        await asyncio.sleep(2)
        filled = pages  # a page is a megabyte: some are in the kernel's buffers
        await asyncio.sleep(2)
        assert 1 <= filled <= 20
        assert pages - filled <= 1
        writer.close()
