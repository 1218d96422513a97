"""Keys, audit, first answers and webhooks on both kinds of database, with threads at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from routing.access import ApiKeys, Role
from routing.audit import AuditLog
from routing.errors import AccessError, NotFoundError, RefusedError
from routing.replays import Answer, Fresh, InProgress, Replays, Reused
from routing.sealing import Sealer
from routing.webhooks import MOST, Webhooks
from tests.routing.shop import AT, PHONE, Shop


def test_a_key_from_its_making_to_its_end(shop: Shop) -> None:
    keys = ApiKeys(shop.store, lambda: shop.at)
    key, text = keys.create("АТС", Role.ROUTER, expires_at=AT + timedelta(days=1))
    found = keys.authenticate(text)
    assert found is not None
    assert (found.key_id, found.role) == (key.id, Role.ROUTER)
    assert keys.listing()[0].last_used_at == AT
    shop.pass_by(86_400, tick=False)
    assert keys.authenticate(text) is None
    assert keys.revoke(key.id) is not None
    assert keys.revoke("nothing") is None
    with pytest.raises(AccessError):
        keys.create("АТС", Role.ROUTER, operator="anna")


def test_the_audit_log_is_cut_to_its_columns_and_forgets_in_time(shop: Shop) -> None:
    keys, log = ApiKeys(shop.store, lambda: shop.at), AuditLog(shop.store)
    _, text = keys.create("x" * 100, Role.ADMIN)
    who = keys.authenticate(text)
    assert who is not None
    log.write(AT, who, "GET /" + "x" * 500, "y" * 500, 200, "z" * 100, "r" * 100)
    assert len(log.listing()[0].target) == 200
    log.purge(AT + timedelta(seconds=1))
    assert log.listing() == []


def test_of_many_with_one_idempotency_key_one_is_carried_out(shop: Shop) -> None:
    replays = Replays(shop.store, lambda: shop.at)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: replays.begin("me", "key", "print"), range(16)))
    assert Counter(type(each) for each in found) == {Fresh: 1, InProgress: 15}
    answer = Answer(201, "application/json", '{"phone": "ёж"}'.encode())
    replays.finish("me", "key", answer)
    assert replays.begin("me", "key", "print") == answer
    assert replays.begin("me", "key", "other") == Reused()
    assert replays.begin("you", "key", "other") == Fresh()
    shop.pass_by(25 * 3600, tick=False)
    replays.purge()
    assert replays.begin("me", "key", "print") == Fresh()


def test_a_dead_request_is_taken_over_by_one(shop: Shop) -> None:
    replays = Replays(shop.store, lambda: shop.at)
    replays.begin("me", "key", "print")
    shop.pass_by(61, tick=False)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: replays.begin("me", "key", "print"), range(16)))
    assert Counter(type(each) for each in found) == {Fresh: 1, InProgress: 15}


def test_first_answers_are_sealed_like_what_they_hold(store_url: str) -> None:
    shop = Shop(store_url, sealer=Sealer([b"k" * 32]))
    replays = Replays(shop.store, lambda: shop.at)
    replays.begin("me", "key", "print")
    replays.finish("me", "key", Answer(201, "application/json", PHONE.encode()))
    assert replays.begin("me", "key", "print") == Answer(201, "application/json", PHONE.encode())
    bare = Shop(store_url)
    with bare.store.reading() as session:
        row = session.connection().exec_driver_sql("SELECT body FROM replays").scalar()
    assert PHONE.encode() not in bytes(row or b"")
    bare.close()
    shop.close()


def test_a_webhook_is_claimed_by_one_process_and_moves_only_forward(shop: Shop) -> None:
    webhooks = Webhooks(shop.store, lambda: shop.at)
    made = webhooks.create("https://example.org/", ["task."], None, 0)
    shop.call("one")
    last = shop.desk.events.last()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(webhooks.claim(last)), range(16)))
    assert sum(found) == 1
    webhooks.told(made.id, last)
    webhooks.told(made.id, last - 1)  # by a process that slept through its lease
    assert webhooks.get(made.id).place == last
    assert made.wants("task.created")
    assert not made.wants("operator.changed")
    webhooks.delete(made.id)
    with pytest.raises(NotFoundError):
        webhooks.get(made.id)


def test_webhooks_are_not_endless(shop: Shop) -> None:
    webhooks = Webhooks(shop.store, lambda: shop.at)
    for _ in range(MOST):
        webhooks.create("https://example.org/", [], "minzdrav", 0)
    with pytest.raises(RefusedError, match="delete those"):
        webhooks.create("https://example.org/", [], "minzdrav", 0)
