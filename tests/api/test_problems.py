"""Whatever is wrong with a request, the answer is problem+json that says what."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import httpx
import pytest

from api.guard import Limits
from api.rate import Rate
from routing.access import Role
from tests.api.conftest import Build, Service

NEW = {"name": "АТС", "role": "router"}


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/", 404, "not-found"),
        ("GET", "/pages/..%2Fapp.py", 404, "not-found"),
        ("DELETE", "/v1/hours", 405, "method-not-allowed"),
        ("GET", "/v1/audit?limit=0", 422, "invalid"),
        ("GET", "/v1/audit?before=99999999999999999999999", 422, "invalid"),
        ("GET", "/v1/audit?key_id=%00", 422, "invalid"),
        ("DELETE", "/v1/keys/%00", 422, "invalid"),
    ],
)
async def test_every_refusal_is_a_problem(
    service: Service, method: str, path: str, status: int, kind: str
) -> None:
    answer = await service.admin.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"urn:voice122:{kind}"
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name":' * 20_000,
        b"9" * 10_000,
        b"null",
        b'{"name": "\\ud800", "role": "router"}',
        b'{"name": NaN, "role": "router"}',
    ],
)
async def test_a_broken_body_is_a_problem(service: Service, body: bytes) -> None:
    answer = await service.admin.post(
        "/v1/keys", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_wrong_value_is_named_but_not_repeated(service: Service) -> None:
    answer = await service.admin.post("/v1/keys", json={**NEW, "role": "Иванов 79990000122"})
    assert answer.json()["errors"][0]["location"] == "body.role"
    assert "79990000122" not in answer.text


async def test_a_body_that_is_too_long_is_refused(build: Build) -> None:
    service = build(Limits(body_bytes=1000))

    async def in_pieces():  # type: ignore[no-untyped-def] # an async generator
        for _ in range(100):
            yield b"x" * 100

    announced = await service.admin.post("/v1/keys", content=b"x" * 1001)
    streamed = await service.admin.post("/v1/keys", content=in_pieces())
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await service.admin.post("/v1/keys", json=NEW)).status_code == 201


async def test_too_many_requests_wait_their_turn(build: Build) -> None:
    service = build(Limits(with_key=Rate(0.01, 3), without_key=Rate(0.01, 2)))
    client = service.as_role(Role.ROUTER)
    assert [(await client.get("/v1/hours")).status_code for _ in range(4)] == [200, 200, 200, 429]
    anyone = service.client()
    answers = [await anyone.get("/v1/hours") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 90 <= int(answers[-1].headers["Retry-After"]) <= 100
    assert answers[-1].json()["type"] == "urn:voice122:too-many"


async def test_programs_on_this_machine_are_not_held_back(build: Build) -> None:
    """The PBX needs no key there, and a burst of calls must not be refused."""
    service = build(Limits(without_key=Rate(0.01, 1)))
    transport = httpx.ASGITransport(service.app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as pbx:
        assert {(await pbx.get("/v1/hours")).status_code for _ in range(5)} == {200}


async def test_guessing_keys_is_slowed_down_and_hurts_nobody_else(build: Build) -> None:
    service = build(Limits(wrong_key=Rate(0.01, 2)))
    guesser = service.client("v122_000000000000_" + "x" * 43)
    assert [(await guesser.get("/v1/hours")).status_code for _ in range(3)] == [401, 401, 429]
    assert (await service.as_role(Role.ROUTER).get("/v1/hours")).status_code == 200
    assert (await service.client().get("/v1/hours")).status_code == 200


async def test_an_error_of_the_service_is_a_problem_without_its_inside(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("routing.access.ApiKeys.listing", broken)
    answer = await service.admin.get("/v1/keys")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "secret inside" not in answer.text


@pytest.mark.parametrize("table", ["api_keys", "replays"])
async def test_a_store_that_fails_is_told_as_such(
    service: Service, tmp_path: Path, table: str
) -> None:
    client = service.as_role(Role.ADMIN)
    with sqlite3.connect(tmp_path / "voice122.sqlite") as database:
        database.execute(f"DROP TABLE {table}")
    answer = await client.post("/v1/keys", json=NEW, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_every_answer_carries_the_security_headers(service: Service) -> None:
    for path in ("/health", "/v1/keys", "/nothing"):
        answer = await service.client().get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (await service.admin.get("/v1/handovers")).headers["Cache-Control"] == "no-store"
