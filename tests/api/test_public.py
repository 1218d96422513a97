"""The HTTP service: what a region publishes for everybody, personal data only with the key."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import httpx
import pytest

from api.app import create_app
from api.shapes.public import Health
from api.sources import Sources
from routing.destinations_file import load_destinations
from routing.hours import OpeningHours, load_hours
from routing.queue.desk import open_desk
from routing.request_records import RequestRecords
from routing.requests import NewRequest, RequestKind, RequestStatus
from routing.schedule import SpecialDay
from routing.store import Store

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
KEY = "a key of the test"
NLU_DATA = Path(__file__).parents[2] / "nlu_data"
HOURS = load_hours(NLU_DATA / "hours.yml")
DESTINATIONS = load_destinations(NLU_DATA / "destinations.yml", HOURS.timezone)
SECRET = "79990000122"
HEALTH = Health(
    status="ok", recognizer="whisper-base", synthesizer="rhvoice", interpreter="embedded"
)


@pytest.fixture
def store(store: Store) -> Store:
    for call_id, queue in (("one", "appointments"), ("two", "complaints")):
        store.begin_call(call_id, AT)
        store.hand_over(call_id, queue, {"topic": "make_appointment"}, AT)
    records = RequestRecords(store)
    for kind in (RequestKind.CALLBACK, RequestKind.COMPLAINT):
        fields = {"topic": "запись"}
        records.keep(NewRequest(f"one:{kind}:1", kind, "one", AT, fields, SECRET), AT)
    records.settle("one:callback:1", RequestStatus.FILED, "48217")
    return store


def client(
    store: Store,
    key: str | None,
    at: datetime = AT,
    hours: OpeningHours = HOURS,
    health: Health = HEALTH,
) -> httpx.AsyncClient:
    async def _health() -> Health:
        return health

    desk = open_desk(store, lambda: at)
    sources = Sources(store, desk, _health, lambda: hours, lambda: DESTINATIONS, lambda: at)
    transport = httpx.ASGITransport(create_app(sources, key))
    return httpx.AsyncClient(transport=transport, base_url="http://service")


async def test_health_is_open(store: Store) -> None:
    async with client(store, None) as http:
        answer = await http.get("/health")
    assert answer.json()["recognizer"] == "whisper-base"


@pytest.mark.parametrize(("status", "code"), [("ok", 200), ("degraded", 200), ("draining", 503)])
async def test_who_balances_load_sees_whether_calls_are_taken(
    store: Store, status: Literal["ok", "degraded", "draining"], code: int
) -> None:
    health = HEALTH.model_copy(update={"status": status, "problems": ["voice is being restarted"]})
    async with client(store, None, health=health) as http:
        answer = await http.get("/health")
    assert answer.status_code == code
    assert answer.json()["problems"] == ["voice is being restarted"]


async def test_hand_overs_are_listed_by_queue(store: Store) -> None:
    async with client(store, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        everything = (await http.get("/v1/handovers")).json()
        complaints = (await http.get("/v1/handovers", params={"queue": "complaints"})).json()
    assert [item["call_id"] for item in everything] == ["one", "two"]
    assert [item["call_id"] for item in complaints] == ["two"]
    assert datetime.fromisoformat(everything[0]["created_at"]) == AT


@pytest.mark.parametrize("path", ["/v1/handovers", "/v1/requests"])
@pytest.mark.parametrize("key", [KEY, None])
@pytest.mark.parametrize(
    "given", [None, "Bearer wrong", "Bearer ключ".encode(), "Basic abc", "Bearer", ""]
)
async def test_without_the_key_nothing_personal_is_told(
    store: Store, path: str, key: str | None, given: str | bytes | None
) -> None:
    async with client(store, key) as http:
        headers = {} if given is None else {"Authorization": given}
        answer = await http.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "appointments" not in answer.text
    assert SECRET not in answer.text


async def test_an_endless_queue_name_is_refused(store: Store) -> None:
    async with client(store, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        answer = await http.get("/v1/handovers", params={"queue": "x" * 1000})
    assert answer.status_code == 422


async def test_requests_are_listed_by_status_and_kind(store: Store) -> None:
    async with client(store, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        everything = (await http.get("/v1/requests")).json()
        pending = (await http.get("/v1/requests", params={"status": "pending"})).json()
        callbacks = (await http.get("/v1/requests", params={"kind": "callback"})).json()
        newest = (await http.get("/v1/requests", params={"limit": 1})).json()
    assert [item["kind"] for item in everything] == ["callback", "complaint"]
    assert [(item["kind"], item["number"]) for item in pending] == [("complaint", None)]
    assert [(item["status"], item["number"]) for item in callbacks] == [("filed", "48217")]
    assert newest == everything[1:]
    assert everything[0]["phone"] == SECRET
    assert everything[0]["fields"] == {"topic": "запись"}
    assert datetime.fromisoformat(everything[0]["created_at"]) == AT


@pytest.mark.parametrize(
    "params", [{"status": "lost"}, {"kind": "x"}, {"limit": 0}, {"limit": 1e9}]
)
async def test_a_wrong_filter_is_refused(store: Store, params: dict[str, str]) -> None:
    async with client(store, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        answer = await http.get("/v1/requests", params=params)
    assert answer.status_code == 422


async def test_a_store_that_fails_is_said_without_personal_data(tmp_path: Path) -> None:
    broken = Store.in_directory(tmp_path)
    with sqlite3.connect(tmp_path / "voice122.sqlite") as database:
        database.execute("DROP TABLE requests")
    async with client(broken, KEY) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        answer = await http.get("/v1/requests")
    assert answer.status_code == 503
    broken.close()


async def test_the_schedule_is_open_for_the_region_s_site(store: Store) -> None:
    async with client(store, None) as http:
        answer = await http.get("/v1/hours")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = answer.json()
    general, crisis = document["queues"]["general"], document["queues"]["crisis"]
    assert document["timezone"] == "Asia/Yekaterinburg"
    assert general["open_now"]
    assert datetime.fromisoformat(general["next_change"]) == AT + timedelta(hours=10)
    assert general["week"]["mon"] == [["08:00", "20:00"]]
    assert [day["date"] for day in general["exceptions"]][:2] == ["2026-12-31", "2027-01-01"]
    assert crisis["always"]
    assert crisis["next_change"] is None


@pytest.mark.parametrize(
    ("at", "open_now", "said"),
    [
        ("2026-11-24T23:59:59+05:00", False, "начнут завтра с восьми часов"),
        ("2026-11-25T00:00:00+05:00", False, "начнут сегодня с восьми часов"),
        ("2026-11-25T02:59:59+00:00", False, "начнут сегодня с восьми часов"),
        ("2026-11-25T03:00:00+00:00", True, "с восьми до двадцати часов"),
    ],
)
async def test_the_schedule_follows_the_region_s_clock(
    store: Store, at: str, open_now: bool, said: str
) -> None:
    async with client(store, None, datetime.fromisoformat(at)) as http:
        general = (await http.get("/v1/hours")).json()["queues"]["general"]
    assert general["open_now"] is open_now
    assert said in general["spoken"]


async def test_a_changed_calendar_is_published_at_once(store: Store) -> None:
    special = {AT.date(): SpecialDay((), "учёба")}
    changed = replace(HOURS, default=replace(HOURS.default, special=special))
    async with client(store, None, AT, changed) as http:
        general = (await http.get("/v1/hours")).json()["queues"]["general"]
    assert not general["open_now"]
    assert general["exceptions"][0]["note"] == "учёба"
    assert general["spoken"].startswith("Сегодня операторы не отвечают")


async def test_destinations_are_open_and_those_out_of_date_are_not_there(store: Store) -> None:
    async with client(store, None) as http:
        found = {item["number"]: item for item in (await http.get("/v1/destinations")).json()}
    assert found["103"]["connect"]
    assert found["103"]["answers_now"]
    assert found["2173370"]["answers_now"] is None
    assert found["2173370"]["hours"] is None
    assert all(item["sources"] for item in found.values())
