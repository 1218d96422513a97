"""Webhooks, sent to a real receiver: signed, in order, again until taken, and never elsewhere."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from routing.access import Role
from routing.errors import SignatureError
from routing.queue.records import NewTask, Organisation, Queue
from routing.webhook_delivery import WebhookDelivery
from routing.webhook_signature import verify
from routing.webhook_target import TargetPolicy
from routing.webhooks import Webhook, Webhooks
from tests.api.conftest import Build, Service
from tests.api.live import Receiver, certificate, serving, trusting

LOOPBACK = TargetPolicy([ipaddress.ip_network("127.0.0.0/8")])


def hooks(service: Service) -> Webhooks:
    return Webhooks(service.store, service.clock)


def delivery(service: Service, policy: TargetPolicy = LOOPBACK) -> WebhookDelivery:
    return WebhookDelivery(
        hooks(service), service.desk.events, policy, service.clock, jitter=lambda: 0.5
    )


def register(service: Service, port: int, *kinds: str, organisation: str | None = None) -> Webhook:
    place = service.desk.events.last()
    return hooks(service).create(f"http://127.0.0.1:{port}/hook", kinds, organisation, place)


def happen(service: Service, *keys: str, queue: str = "general") -> None:
    for key in keys:
        service.desk.tasks.create(NewTask(key=key, queue=queue))


def kinds(receiver: Receiver) -> list[str]:
    return [json.loads(body)["kind"] for _, body in receiver.requests]


async def test_events_arrive_signed_and_in_order(service: Service) -> None:
    receiver = Receiver()
    async with serving(receiver) as port:
        webhook = register(service, port)
        happen(service, "one", "two")
        assert await delivery(service).deliver_due() == 2
    assert kinds(receiver) == ["task.created", "task.created"]
    headers, body = receiver.requests[0]
    verify(webhook.secret, headers, body, service.clock.at)
    assert headers["host"] == f"127.0.0.1:{port}"
    with pytest.raises(SignatureError, match="wrong"):
        verify(webhook.secret, headers, body + b" ", service.clock.at)
    with pytest.raises(SignatureError, match="too old"):
        verify(webhook.secret, headers, body, service.clock.at + timedelta(minutes=6))
    with pytest.raises(SignatureError, match="missing"):
        verify(webhook.secret, {}, body, service.clock.at)


async def test_only_the_kinds_and_the_organisation_that_were_asked_for(service: Service) -> None:
    service.desk.directory.put_organisation(Organisation("minzdrav", "Минздрав"))
    service.desk.directory.put_queue(Queue("health", "Запись", "minzdrav"))
    everything, tasks, mine, none = Receiver(), Receiver(), Receiver(), Receiver()
    async with (
        serving(everything) as a,
        serving(tasks) as b,
        serving(mine) as c,
        serving(none) as d,
    ):
        register(service, a)
        register(service, b, "task.")
        register(service, c, organisation="minzdrav")
        register(service, d, "task.create")
        happen(service, "other")
        happen(service, "own", queue="health")
        service.desk.directory.put_queue(Queue("new", "Новая"))
        await delivery(service).deliver_due()
    assert kinds(everything) == ["task.created", "task.created", "queue.changed"]
    assert kinds(tasks) == ["task.created", "task.created"]
    assert [json.loads(body)["organisation"] for _, body in mine.requests] == ["minzdrav"]
    assert none.requests == []
    assert {each.place for each in hooks(service).listing()} == {service.desk.events.last()}


async def test_what_was_not_taken_is_sent_again_later_and_later(service: Service) -> None:
    receiver = Receiver(lambda count: (500 if count <= 2 else 200, {}))
    async with serving(receiver) as port:
        webhook = register(service, port)
        happen(service, "one", "two")
        assert await delivery(service).deliver_due() == 0
        assert await delivery(service).deliver_due() == 0  # not yet
        assert len(receiver.requests) == 1
        failed = hooks(service).get(webhook.id)
        assert (failed.attempts, failed.last_error) == (1, "answered 500")
        service.clock.pass_(timedelta(seconds=6))
        await delivery(service).deliver_due()
        service.clock.pass_(timedelta(seconds=6))
        await delivery(service).deliver_due()
        assert len(receiver.requests) == 2  # the second pause is twice as long
        service.clock.pass_(timedelta(seconds=5))
        assert await delivery(service).deliver_due() == 2
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert ids == [ids[0]] * 3 + [ids[3]]
    well = hooks(service).get(webhook.id)
    assert (well.attempts, well.last_error) == (0, None)


async def test_after_a_day_an_event_is_skipped_and_the_next_one_gets_its_chance(
    service: Service,
) -> None:
    receiver = Receiver(lambda count: (500 if count <= 2 else 200, {}))
    async with serving(receiver) as port:
        webhook = register(service, port)
        happen(service, "one", "two")
        await delivery(service).deliver_due()
        service.clock.pass_(timedelta(days=1, seconds=1))
        await delivery(service).deliver_due()
        service.clock.pass_(timedelta(hours=1))
        await delivery(service).deliver_due()
    assert json.loads(receiver.requests[-1][1])["seq"] == service.desk.events.last()
    assert hooks(service).get(webhook.id).skipped == 1


async def test_a_receiver_that_is_gone_is_told_nothing_more_until_resumed(
    service: Service,
) -> None:
    receiver = Receiver(lambda count: (410 if count == 1 else 200, {}))
    async with serving(receiver) as port:
        webhook = register(service, port)
        happen(service, "one")
        await delivery(service).deliver_due()
        service.clock.pass_(timedelta(days=2))
        await delivery(service).deliver_due()
        assert len(receiver.requests) == 1
        resumed = await service.admin.post(f"/v1/webhooks/{webhook.id}/resume")
        assert resumed.json()["disabled_at"] is None
        assert await delivery(service).deliver_due() == 1


async def test_a_redirect_is_not_followed(service: Service) -> None:
    inside = Receiver()
    async with serving(inside) as secret_port:
        target = {"location": f"http://127.0.0.1:{secret_port}/"}
        receiver = Receiver(lambda count: (307, target))
        async with serving(receiver) as port:
            webhook = register(service, port)
            happen(service, "one")
            await delivery(service).deliver_due()
    assert inside.requests == []
    assert hooks(service).get(webhook.id).last_error == "answered 307"


async def test_a_name_that_comes_to_mean_a_private_address_is_not_called(service: Service) -> None:
    """DNS rebinding: public when it was registered, this machine when it is called."""
    receiver = Receiver()
    answers = [["93.184.216.34"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    policy = TargetPolicy(resolver=rebinding)
    async with serving(receiver) as port:
        url = f"https://hooks.example:{port}/"
        await policy.pin(url)
        webhook = hooks(service).create(url, [], None, service.desk.events.last())
        happen(service, "one")
        await delivery(service, policy).deliver_due()
    assert receiver.requests == []
    assert "private address" in (hooks(service).get(webhook.id).last_error or "")


async def test_the_certificate_is_that_of_the_name_and_the_request_goes_to_the_address(
    service: Service, tmp_path: Path
) -> None:
    cert, key = certificate("hooks.example", tmp_path)

    async def names(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    policy = TargetPolicy([ipaddress.ip_network("127.0.0.1/32")], names)
    receiver = Receiver()
    async with serving(receiver, ssl_certfile=cert, ssl_keyfile=key) as port:
        for host in ("hooks.example", "other.example"):
            hooks(service).create(f"https://{host}:{port}/", [], None, service.desk.events.last())
        happen(service, "one")
        sender = WebhookDelivery(
            hooks(service), service.desk.events, policy, service.clock, tls=trusting(cert)
        )
        assert await sender.deliver_due() == 1
    assert [headers["host"] for headers, _ in receiver.requests] == [f"hooks.example:{port}"]


async def test_a_receiver_that_is_down_hurts_no_other(service: Service) -> None:
    receiver = Receiver()
    async with serving(receiver) as port:
        register(service, 1)
        register(service, port)
        happen(service, "one")
        assert await delivery(service).deliver_due() == 1


async def test_two_processes_send_an_event_once(service: Service) -> None:
    receiver = Receiver()
    async with serving(receiver) as port:
        register(service, port)
        happen(service, "one")
        last = service.desk.events.last()
        assert len(hooks(service).claim(last)) == 1
        assert hooks(service).claim(last) == []
        assert await delivery(service).deliver_due() == 0
        service.clock.pass_(timedelta(seconds=61))  # the first process has died
        assert await delivery(service).deliver_due() == 1
    assert len(receiver.requests) == 1


async def test_registered_and_deleted_over_http(build: Build) -> None:
    service = build()
    router = service.as_role(Role.ROUTER)
    body = {"url": "https://93.184.216.34/hook", "kinds": ["task."]}
    made = await router.post("/v1/webhooks", json=body)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    listed = await router.get("/v1/webhooks")
    assert "secret" not in listed.json()[0]
    assert (await router.get(f"/v1/webhooks/{made.json()['id']}")).status_code == 200
    assert (await router.delete(f"/v1/webhooks/{made.json()['id']}")).status_code == 204
    assert (await router.get("/v1/webhooks")).json() == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8122/", "https://10.0.0.1/", "https://169.254.169.254/latest", "nonsense"],
)
async def test_a_private_target_is_refused_with_a_problem(service: Service, url: str) -> None:
    answer = await service.admin.post("/v1/webhooks", json={"url": url})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:voice122:target")


async def test_another_organisation_s_webhook_is_not_there(service: Service) -> None:
    webhook = register(service, 9, organisation="minsoc")
    router = service.as_role(Role.ROUTER, "minzdrav")
    assert (await router.get("/v1/webhooks")).json() == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/resume")):
        answer = await router.request(method, f"/v1/webhooks/{webhook.id}{path}")
        assert answer.status_code == 404
