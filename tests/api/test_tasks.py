"""Tasks and reservations over HTTP, from a call's arrival to the operator's finished card."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from routing.access import Role
from tests.api.conftest import Service

NEW = {
    "key": "handover:one",
    "queue": "appointments",
    "call_id": "one",
    "topic": "make_appointment",
    "brief": {"topic": "make_appointment", "slots": {"municipality": "kungur"}},
    "phone": "+79990000122",
}


async def staff(service: Service, operator: str = "anna", **profile: Any) -> httpx.AsyncClient:
    """An operator who is there, and the client at her desk."""
    body = {"name": "Анна Петровна", **profile}
    entered = await service.admin.put(f"/v1/operators/{operator}", json=body)
    assert entered.status_code == 200, entered.text
    desk = service.as_role(Role.OPERATOR, operator=operator)
    answer = await desk.put(f"/v1/operators/{operator}/activity", json={"activity": "available"})
    assert answer.status_code == 200, answer.text
    return desk


async def offered(desk: httpx.AsyncClient, operator: str = "anna") -> dict[str, Any]:
    answer = await desk.get(f"/v1/operators/{operator}/desk")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_call_goes_its_way_from_the_queue_to_a_finished_card(service: Service) -> None:
    router, desk = service.as_role(Role.ROUTER), await staff(service)
    task = (await router.post("/v1/tasks", json=NEW)).json()
    on_desk = await offered(desk)
    assert on_desk["task"]["brief"] == NEW["brief"]
    assert on_desk["task"]["phone"] == NEW["phone"]
    reservation = f"/v1/reservations/{on_desk['reservation']['id']}"
    for action, state in (("accept", "accepted"), ("end-talk", "wrapping")):
        answer = await desk.post(f"{reservation}/{action}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert (await desk.get("/v1/operators/anna")).json()["state"] == "wrap_up"
    assert (await desk.post("/v1/operators/anna/ready")).json()["state"] == "available"
    ended = (await router.get(f"/v1/tasks/{task['id']}")).json()
    assert (ended["state"], ended["ending"]) == ("completed", "answered")
    assert (await offered(desk)) is None
    offers = (await router.get(f"/v1/tasks/{task['id']}/reservations")).json()
    assert [each["state"] for each in offers] == ["completed"]


async def test_a_task_sent_again_is_the_same_task(service: Service) -> None:
    router = service.as_role(Role.ROUTER)
    first = await router.post("/v1/tasks", json=NEW)
    second = await router.post("/v1/tasks", json=NEW)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["Location"] == f"/v1/tasks/{first.json()['id']}"
    other = await router.post("/v1/tasks", json={**NEW, "queue": "complaints"})
    assert (other.status_code, other.json()["type"]) == (422, "urn:voice122:key-reused")


async def test_accepting_what_is_no_longer_pending_is_a_conflict(service: Service) -> None:
    router, desk = service.as_role(Role.ROUTER), await staff(service)
    task = (await router.post("/v1/tasks", json=NEW)).json()
    reservation = f"/v1/reservations/{(await offered(desk))['reservation']['id']}"
    left = await router.post(f"/v1/tasks/{task['id']}/caller-left")
    assert left.json()["ending"] == "hung_up"
    answer = await desk.post(f"{reservation}/accept")
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "canceled" in answer.json()["detail"]


async def test_an_offer_that_timed_out_cannot_be_accepted(service: Service) -> None:
    router, desk = service.as_role(Role.ROUTER), await staff(service)
    await router.post("/v1/tasks", json=NEW)
    reservation = f"/v1/reservations/{(await offered(desk))['reservation']['id']}"
    service.clock.pass_(timedelta(minutes=1))
    service.desk.timekeeper.tick()
    assert (await desk.post(f"{reservation}/accept")).status_code == 409


async def test_a_rejected_call_goes_to_the_next_operator(service: Service) -> None:
    router, anna = service.as_role(Role.ROUTER), await staff(service)
    await router.post("/v1/tasks", json=NEW)
    boris = await staff(service, "boris")
    await anna.post(f"/v1/reservations/{(await offered(anna))['reservation']['id']}/reject")
    assert (await offered(boris, "boris"))["task"]["key"] == NEW["key"]


async def test_a_redirect_without_an_answer_brings_the_caller_back_to_the_place(
    service: Service,
) -> None:
    router = service.as_role(Role.ROUTER)
    first = (await router.post("/v1/tasks", json=NEW)).json()["id"]
    second = (await router.post("/v1/tasks", json={**NEW, "key": "two"})).json()["id"]
    held = await router.post(f"/v1/tasks/{first}/redirect", json={"destination": "103"})
    assert (held.json()["held_for"], held.json()["held_to"]) == ("redirect", "103")
    again = await router.post(f"/v1/tasks/{first}/redirect", json={"destination": "103"})
    assert again.status_code == 409
    await router.post(f"/v1/tasks/{first}/redirect-failed")
    positions = [
        (await router.get(f"/v1/tasks/{each}/position")).json()["position"]
        for each in (first, second)
    ]
    assert positions == [1, 2]
    await router.post(f"/v1/tasks/{first}/redirect", json={"destination": "103"})
    gone = await router.post(f"/v1/tasks/{first}/redirect-answered")
    assert gone.json()["ending"] == "redirected"


async def test_a_promised_call_back_is_followed_to_its_end(service: Service) -> None:
    router, desk = service.as_role(Role.ROUTER), None
    task = (await router.post("/v1/tasks", json=NEW)).json()["id"]
    agreed = await router.post(f"/v1/tasks/{task}/agree-callback", json={})
    assert agreed.json()["callback_agreed"]
    promised = (await router.post(f"/v1/tasks/{task}/callback", json={})).json()
    assert (promised["kind"], promised["continues"]) == ("callback", task)
    assert (await router.get(f"/v1/tasks/{task}")).json()["ending"] == "callback"
    listed = (await router.get("/v1/tasks", params={"kind": "callback"})).json()
    assert [each["id"] for each in listed] == [promised["id"]]
    desk = await staff(service)
    reservation = f"/v1/reservations/{(await offered(desk))['reservation']['id']}"
    await desk.post(f"{reservation}/accept")
    await desk.post(f"{reservation}/complete", json={"reached": False})
    waiting = (await router.get(f"/v1/tasks/{promised['id']}")).json()
    assert (waiting["state"], waiting["attempts"], waiting["held_for"]) == (
        "pending", 1, "callback"
    )  # fmt: skip


async def test_a_call_passed_on_keeps_its_time_of_waiting(service: Service) -> None:
    router = service.as_role(Role.ROUTER)
    first = (await router.post("/v1/tasks", json=NEW)).json()["id"]
    service.clock.pass_(timedelta(seconds=30))
    await router.post("/v1/tasks", json={**NEW, "key": "two", "queue": "social"})
    moved = await router.post(f"/v1/tasks/{first}/move", json={"queue": "social"})
    assert moved.json()["queue"] == "social"
    assert (await router.get(f"/v1/tasks/{first}/position")).json()["position"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"key": ""},
        {"key": "с пробелом"},
        {"queue": None},
        {"brief": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": 1}}}}}}}}}},
        {"brief": {"text": "\0"}},
        {"brief": {str(n): n for n in range(1001)}},
        {"brief": {"n": 1 << 60}},
        {"phone": "112 или 103"},
        {"skills": {"x": 11}},
        {"priority": 11},
        {"deadline": "2026-11-24T10:00:00"},
        {"deadline": "0001-01-01T00:00:00+14:00"},
        {"surprise": 1},
    ],
)
async def test_a_task_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, Any]
) -> None:
    answer = await service.as_role(Role.ROUTER).post("/v1/tasks", json={**NEW, **change})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert service.desk.tasks.listing() == []


async def test_tasks_are_listed_page_by_page(service: Service) -> None:
    router = service.as_role(Role.ROUTER)
    for n in range(5):
        await router.post("/v1/tasks", json={**NEW, "key": str(n)})
    page = (await router.get("/v1/tasks", params={"limit": 3})).json()
    rest = (await router.get("/v1/tasks", params={"limit": 3, "after": page[-1]["id"]})).json()
    assert [each["key"] for each in page + rest] == ["0", "1", "2", "3", "4"]
    assert (await router.get("/v1/tasks", params={"after": "nothing"})).status_code == 404
    assert (await router.get("/v1/tasks", params={"state": "completed"})).json() == []


async def test_what_is_not_there_is_not_found(service: Service) -> None:
    router = service.as_role(Role.ROUTER)
    for method, path in (
        ("GET", "/v1/tasks/nothing"),
        ("POST", "/v1/tasks/nothing/caller-left"),
        ("POST", "/v1/reservations/nothing/accept"),
        ("GET", "/v1/operators/nobody"),
        ("GET", "/v1/queues/nothing"),
    ):
        answer = await router.request(method, path)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Type"] == "application/problem+json"
