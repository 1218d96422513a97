"""The HTTP service: health for everybody, hand-overs only with the key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from api.app import Health, create_app
from routing.store import Store

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
KEY = "a key of the test"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_directory(tmp_path)
    for call_id, queue in (("one", "appointments"), ("two", "complaints")):
        store.begin_call(call_id, AT)
        store.hand_over(call_id, queue, {"topic": "make_appointment"}, AT)
    yield store
    store.close()


def client(store: Store, key: str | None) -> httpx.AsyncClient:
    health = Health(
        status="ok", recognizer="whisper-base", synthesizer="rhvoice", interpreter="embedded"
    )
    transport = httpx.ASGITransport(create_app(store, lambda: health, key))
    return httpx.AsyncClient(transport=transport, base_url="http://service")


async def test_health_is_open(store: Store) -> None:
    async with client(store, None) as http:
        answer = await http.get("/health")
    assert answer.json()["recognizer"] == "whisper-base"


async def test_hand_overs_are_listed_by_queue(store: Store) -> None:
    async with client(store, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        everything = (await http.get("/v1/handovers")).json()
        complaints = (await http.get("/v1/handovers", params={"queue": "complaints"})).json()
    assert [item["call_id"] for item in everything] == ["one", "two"]
    assert [item["call_id"] for item in complaints] == ["two"]
    assert datetime.fromisoformat(everything[0]["created_at"]) == AT


@pytest.mark.parametrize(
    ("key", "given", "status"),
    [
        (KEY, None, 401),
        (KEY, "Bearer wrong", 401),
        (KEY, "Bearer ключ".encode(), 401),
        (KEY, "Basic abc", 401),
        (None, None, 403),
        (None, f"Bearer {KEY}", 403),
    ],
)
async def test_without_the_key_nothing_personal_is_told(
    store: Store, key: str | None, given: str | bytes | None, status: int
) -> None:
    async with client(store, key) as http:
        headers = {} if given is None else {"Authorization": given}
        answer = await http.get("/v1/handovers", headers=headers)
    assert answer.status_code == status
    assert "appointments" not in answer.text


async def test_an_endless_queue_name_is_refused(store: Store) -> None:
    async with client(store, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        answer = await http.get("/v1/handovers", params={"queue": "x" * 1000})
    assert answer.status_code == 422
