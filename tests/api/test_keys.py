"""API keys: made once, hashed at rest, with roles and organisations, ended at once."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from routing.access import Role
from tests.api.conftest import Service

NEW = {"name": "АТС Мотовилиха", "role": "router", "organisation": "minzdrav"}


async def test_a_new_key_works_and_is_shown_once(service: Service) -> None:
    made = await service.admin.post("/v1/keys", json=NEW)
    assert made.status_code == 201
    key = made.json()["key"]
    assert (await service.client(key).get("/v1/handovers")).status_code == 200
    listed = await service.admin.get("/v1/keys")
    assert [item["name"] for item in listed.json()] == ["АТС Мотовилиха"]
    assert key not in listed.text


async def test_the_store_does_not_hold_the_key(service: Service, tmp_path: Path) -> None:
    key = (await service.admin.post("/v1/keys", json=NEW)).json()["key"]
    with sqlite3.connect(tmp_path / "voice122.sqlite") as database:
        dump = "\n".join(database.iterdump())
    assert key.rsplit("_", 1)[1] not in dump
    assert key.split("_")[1] in dump


async def test_a_revoked_key_is_refused_at_once(service: Service) -> None:
    made = (await service.admin.post("/v1/keys", json=NEW)).json()
    client = service.client(made["key"])
    assert (await client.get("/v1/handovers")).status_code == 200
    for _ in range(2):  # again changes nothing
        assert (await service.admin.delete(f"/v1/keys/{made['id']}")).status_code == 200
    answer = await client.get("/v1/handovers")
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:voice122:unknown-key"


async def test_an_expired_key_is_refused(service: Service) -> None:
    until = service.clock.at + timedelta(days=30)
    _, key = service.keys.create("временный", Role.ROUTER, expires_at=until)
    assert (await service.client(key).get("/v1/handovers")).status_code == 200
    service.clock.pass_(timedelta(days=30))
    assert (await service.client(key).get("/v1/handovers")).status_code == 401


@pytest.mark.parametrize("spoil", [lambda key: key[:-1] + "x", lambda key: key + "x", str.upper])
async def test_a_key_that_is_almost_right_is_refused(service: Service, spoil: object) -> None:
    _, key = service.keys.create("проверка", Role.ROUTER)
    assert callable(spoil)
    wrong = spoil(key[:-1] + "A")
    assert (await service.client(wrong).get("/v1/handovers")).status_code == 401


async def test_unknown_key_id_to_revoke(service: Service) -> None:
    answer = await service.admin.delete("/v1/keys/000000000000")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_admins_make_keys(service: Service, role: Role) -> None:
    answer = await service.as_role(role).post("/v1/keys", json=NEW)
    assert answer.status_code == 403
    assert "needed: admin" in answer.json()["detail"]


@pytest.mark.parametrize("role", [Role.EDGE, Role.OPERATOR, Role.EDITOR])
async def test_roles_without_callers_data_cannot_read_hand_overs(
    service: Service, role: Role
) -> None:
    assert (await service.as_role(role).get("/v1/handovers")).status_code == 403


async def test_an_organisation_s_admin_makes_and_sees_only_its_keys(service: Service) -> None:
    service.keys.create("чужой", Role.ROUTER, organisation="minsoc")
    admin = service.as_role(Role.ADMIN, organisation="minzdrav")
    assert (await admin.post("/v1/keys", json=NEW)).status_code == 201
    other = await admin.post("/v1/keys", json={**NEW, "organisation": "minsoc"})
    everywhere = await admin.post("/v1/keys", json={**NEW, "organisation": None})
    assert (other.status_code, everywhere.status_code) == (403, 403)
    listed = (await admin.get("/v1/keys")).json()
    assert {item["organisation"] for item in listed} == {"minzdrav"}
    foreign = service.keys.listing("minsoc")[0]
    assert (await admin.delete(f"/v1/keys/{foreign.id}")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"role": "operator"},
        {"operator": "anna"},
        {"role": "boss"},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\0b"},
        {"organisation": "мин здрав"},
        {"expires_at": "2027-12-31T23:59:59"},
        {"extra": 1},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, object]
) -> None:
    answer = await service.admin.post("/v1/keys", json={**NEW, **change})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert service.keys.listing() == []


async def test_the_audit_log_tells_who_did_what(service: Service) -> None:
    made = (await service.admin.post("/v1/keys", json=NEW)).json()
    client = service.client(made["key"])
    await client.get("/v1/handovers")
    await client.get("/v1/hours")
    await client.get("/v1/keys")
    entries = (await service.admin.get("/v1/audit")).json()
    assert [(item["name"], item["action"], item["status"]) for item in entries] == [
        ("АТС Мотовилиха", "GET /v1/keys", 403),
        ("АТС Мотовилиха", "GET /v1/handovers", 200),
        ("VOICE122_API_KEY", "POST /v1/keys", 201),
    ]
    older = await service.admin.get("/v1/audit", params={"before": entries[0]["id"], "limit": 1})
    assert [item["action"] for item in older.json()] == ["GET /v1/handovers"]
    by_key = await service.admin.get("/v1/audit", params={"key_id": "bootstrap"})
    assert [item["action"] for item in by_key.json()] == ["POST /v1/keys"]


async def test_a_supervisor_sees_the_audit_of_the_own_organisation(service: Service) -> None:
    await service.as_role(Role.ROUTER, "minzdrav").get("/v1/handovers")
    await service.as_role(Role.ROUTER, "minsoc").get("/v1/handovers")
    entries = await service.as_role(Role.SUPERVISOR, "minzdrav").get("/v1/audit")
    assert {item["organisation"] for item in entries.json()} == {"minzdrav"}
