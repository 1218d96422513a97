"""Organisations see only their own, and operators only what is theirs to serve."""

from __future__ import annotations

import pytest

from routing.access import Role
from routing.queue.records import NewTask, OperatorProfile, Organisation, Queue
from routing.queue.states import Activity
from tests.api.conftest import Service


@pytest.fixture
def service(service: Service) -> Service:
    """Two organisations, each with a queue, an operator and a call."""
    desk = service.desk
    for name in ("minzdrav", "minsoc"):
        desk.directory.put_organisation(Organisation(name, name))
        desk.directory.put_queue(Queue(name, name, name))
        profile = OperatorProfile(
            id=f"op-{name}", name="Оператор", organisation=name, queues=(name,)
        )
        desk.operators.put(profile)
        desk.operators.set_activity(profile.id, Activity.AVAILABLE)
        desk.tasks.create(NewTask(key=name, queue=name))
    return service


def task_of(service: Service, organisation: str) -> str:
    """The task that the fixture made for an organisation: its key is the organisation's name."""
    tasks = service.desk.tasks.listing(organisation=organisation)
    return next(task.id for task in tasks if task.key == organisation)


@pytest.mark.parametrize("role", [Role.ROUTER, Role.SUPERVISOR])
async def test_lists_hold_the_own_only(service: Service, role: Role) -> None:
    client = service.as_role(role, "minzdrav")
    assert [each["key"] for each in (await client.get("/v1/tasks")).json()] == ["minzdrav"]
    assert [each["id"] for each in (await client.get("/v1/operators")).json()] == ["op-minzdrav"]
    for path in ("/v1/queues", "/v1/organisations"):
        assert [each["id"] for each in (await client.get(path)).json()] == ["minzdrav"]
    events = (await client.get("/v1/events")).json()
    assert {each["organisation"] for each in events} == {"minzdrav"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/tasks/{task}", None),
        ("GET", "/v1/tasks/{task}/position", None),
        ("GET", "/v1/tasks/{task}/reservations", None),
        ("POST", "/v1/tasks/{task}/caller-left", None),
        ("POST", "/v1/tasks/{task}/callback", {"phone": "103"}),
        ("POST", "/v1/tasks/{task}/agree-callback", {}),
        ("POST", "/v1/tasks/{task}/redirect", {"destination": "103"}),
        ("POST", "/v1/tasks/{task}/redirect-answered", None),
        ("POST", "/v1/tasks/{task}/redirect-failed", None),
        ("POST", "/v1/tasks/{task}/move", {"queue": "minzdrav"}),
        ("POST", "/v1/tasks", {"key": "new", "queue": "minsoc"}),
        ("GET", "/v1/reservations/{reservation}", None),
        ("POST", "/v1/reservations/{reservation}/accept", None),
        ("POST", "/v1/reservations/{reservation}/reject", None),
        ("POST", "/v1/reservations/{reservation}/end-talk", None),
        ("POST", "/v1/reservations/{reservation}/complete", {}),
        ("GET", "/v1/operators/op-minsoc", None),
        ("GET", "/v1/operators/op-minsoc/desk", None),
        ("PUT", "/v1/operators/op-minsoc/activity", {"activity": "offline"}),
        ("POST", "/v1/operators/op-minsoc/ready", None),
        ("GET", "/v1/queues/minsoc", None),
    ],
)
async def test_what_is_another_s_is_not_there(
    service: Service, method: str, path: str, body: object
) -> None:
    before = service.desk.events.last()
    reservation = service.desk.reservations.open_of("op-minsoc")
    assert reservation is not None
    path = path.format(task=task_of(service, "minsoc"), reservation=reservation.id)
    answer = await service.as_role(Role.ROUTER, "minzdrav").request(method, path, json=body)
    assert answer.status_code == 404
    assert service.desk.events.last() == before


async def test_an_operator_acts_for_nobody_else(service: Service) -> None:
    desk = service.as_role(Role.OPERATOR, "minzdrav", "op-minzdrav")
    for path in ("/v1/operators/op-minsoc", "/v1/operators/op-minsoc/desk"):
        assert (await desk.get(path)).status_code == 404
    other = service.desk.reservations.open_of("op-minsoc")
    assert other is not None
    assert (await desk.post(f"/v1/reservations/{other.id}/accept")).status_code == 404
    mine = service.desk.reservations.open_of("op-minzdrav")
    assert mine is not None
    assert (await desk.post(f"/v1/reservations/{mine.id}/accept")).status_code == 200


async def test_an_operator_sees_the_card_of_another_organisation_s_call_that_came_over(
    service: Service,
) -> None:
    """Federation (1.2 of the decree): the same card reaches the operator of another site."""
    desk = service.desk
    desk.operators.put(
        OperatorProfile(id="helper", name="Оператор", organisation="minzdrav", queues=("minsoc",))
    )
    desk.operators.set_activity("helper", Activity.AVAILABLE)
    task = desk.tasks.create(NewTask(key="second", queue="minsoc", brief={"topic": "support"}))
    client = service.as_role(Role.OPERATOR, "minzdrav", "helper")
    assert (await client.get("/v1/operators/helper/desk")).json()["task"]["id"] == task.id
    assert (await client.get(f"/v1/tasks/{task.id}")).json()["brief"] == {"topic": "support"}
    assert (await client.get(f"/v1/tasks/{task_of(service, 'minsoc')}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/operators/new", {"name": "Новый", "organisation": "minsoc"}),
        ("/v1/operators/new", {"name": "Новый"}),
        ("/v1/queues/new", {"title": "Новая", "organisation": "minsoc"}),
        ("/v1/sites/new", {"title": "Новая", "organisation": "minsoc"}),
    ],
)
async def test_a_supervisor_enters_nothing_for_others(
    service: Service, path: str, body: object
) -> None:
    answer = await service.as_role(Role.SUPERVISOR, "minzdrav").put(path, json=body)
    assert answer.status_code == 403


async def test_a_supervisor_cannot_take_over_what_is_another_s(service: Service) -> None:
    supervisor = service.as_role(Role.SUPERVISOR, "minzdrav")
    operator = {"name": "Новый", "organisation": "minzdrav"}
    assert (await supervisor.put("/v1/operators/op-minsoc", json=operator)).status_code == 404
    queue = {"title": "Новая", "organisation": "minzdrav"}
    assert (await supervisor.put("/v1/queues/minsoc", json=queue)).status_code == 404
