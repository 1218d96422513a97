"""Idempotency keys: a repetition is answered as the first one was, and nothing is done twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from routing.access import Role
from tests.api.conftest import Service

NEW = {"name": "АТС", "role": "router"}


async def make(client: httpx.AsyncClient, key: str, body: object = NEW) -> httpx.Response:
    return await client.post("/v1/keys", json=body, headers={"Idempotency-Key": key})


async def test_a_repetition_gets_the_first_answer(service: Service) -> None:
    client = service.admin
    first, second = await make(client, "one"), await make(client, "one")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(service.keys.listing()) == 1
    assert (await make(client, "two")).json()["id"] != first.json()["id"]


async def test_a_refusal_is_repeated_as_a_problem(service: Service) -> None:
    client = service.admin
    for _ in range(2):
        answer = await make(client, "one", {**NEW, "role": "boss"})
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_key_with_other_content_is_refused(service: Service) -> None:
    client = service.admin
    await make(client, "one")
    answer = await make(client, "one", {**NEW, "name": "другая"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:voice122:key-reused")
    assert len(service.keys.listing()) == 1


async def test_each_client_has_idempotency_keys_of_its_own(service: Service) -> None:
    one, other = service.as_role(Role.ADMIN), service.as_role(Role.ADMIN)
    assert (await make(one, "k")).json()["id"] != (await make(other, "k")).json()["id"]


async def test_of_many_at_once_one_is_carried_out(service: Service) -> None:
    client = service.admin
    answers = await asyncio.gather(*(make(client, "one") for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(service.keys.listing()) == 1
    assert (await make(client, "one")).status_code == 201


async def test_after_an_error_of_ours_the_same_key_tries_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service.admin

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("routing.access.ApiKeys.create", broken)
        assert (await make(client, "one")).status_code == 500
    assert (await make(client, "one")).status_code == 201


async def test_a_request_that_died_with_its_process_can_be_sent_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service.admin
    with monkeypatch.context() as patch:  # the process dies before it can write the outcome
        patch.setattr("routing.replays.Replays.finish", lambda *_: None)
        await make(client, "one")
    assert (await make(client, "one")).json()["type"] == "urn:voice122:in-progress"
    service.clock.pass_(timedelta(seconds=61))
    assert (await make(client, "one")).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 129, "ключ".encode(), "a b"])
async def test_a_bad_idempotency_key_is_refused(service: Service, key: str | bytes) -> None:
    answer = await service.admin.post("/v1/keys", json=NEW, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert service.keys.listing() == []


async def test_without_a_key_nothing_is_kept_for_strangers(service: Service) -> None:
    assert (await make(service.client(), "one")).status_code == 401
