"""Statistics, reviews and erasure over HTTP."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import httpx
import pytest

from routing.access import Role
from routing.queue.records import NewTask, OperatorProfile, Organisation, Queue
from routing.queue.states import Activity
from tests.api.conftest import Service

DAY = {"since": "2026-11-24T00:00:00+05:00", "until": "2026-11-25T00:00:00+05:00"}


@pytest.fixture
def service(service: Service) -> Service:
    """One call answered after 5 s, one abandoned after 60 s, one waiting."""
    desk = service.desk
    desk.directory.put_organisation(Organisation("minzdrav", "Минздрав"))
    desk.directory.put_queue(Queue("health", "Запись", "minzdrav"))
    desk.operators.put(OperatorProfile(id="anna", name="Анна", organisation="minzdrav"))
    answered = desk.tasks.create(NewTask(key="a", queue="health", phone="+79990000122"))
    service.clock.pass_(timedelta(seconds=5))
    desk.operators.set_activity("anna", Activity.AVAILABLE)
    offer = desk.reservations.open_of("anna")
    assert offer is not None
    desk.reservations.accept(offer.id)
    left = desk.tasks.create(NewTask(key="b", queue="health"))
    desk.tasks.create(NewTask(key="c", queue="general"))
    service.clock.pass_(timedelta(seconds=60))
    desk.reservations.complete(offer.id)
    desk.tasks.caller_left(left.id)
    assert desk.tasks.get(answered.id).ending is not None
    return service


async def test_a_day_as_json_and_as_csv(service: Service) -> None:
    supervisor = service.as_role(Role.SUPERVISOR)
    report = (await supervisor.get("/v1/statistics", params={**DAY, "by": "queue"})).json()
    health = report["groups"]["health"]
    assert (health["offered"], health["answered"], health["abandoned"]) == (2, 1, 1)
    assert (health["service_level"], health["service_level_answered"]) == (0.5, 1.0)
    assert health["asa_s"] == 5.0
    answer = await supervisor.get("/v1/statistics.csv", params={**DAY, "by": "queue"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = {
        line["queue"]: line for line in csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    }
    assert lines["health"]["answered"] == "1"
    assert lines["total"]["offered"] == "3"


async def test_this_moment(service: Service) -> None:
    now = (await service.as_role(Role.EDITOR).get("/v1/statistics/now")).json()
    assert [(each["queue"], each["waiting"]) for each in now["queues"]] == [("general", 1)]
    assert sum(now["operators"].values()) == 1


async def test_an_organisation_s_figures_are_its_own(service: Service) -> None:
    supervisor = service.as_role(Role.SUPERVISOR, "minzdrav")
    report = (await supervisor.get("/v1/statistics", params=DAY)).json()
    assert report["total"]["offered"] == 2
    assert report["calls"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"until": DAY["since"]},
        {"since": "2020-01-01T00:00:00+05:00"},
        {"since": "2026-11-24"},
        {"since": "yesterday"},
        {"by": "colour"},
        {"by": "interval", "interval_s": 7000},
        {"target_share": 2},
        {"target_s": "nan"},
    ],
)
async def test_a_span_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, str]
) -> None:
    client = service.as_role(Role.SUPERVISOR)
    answer = await client.get("/v1/statistics", params={**DAY, **change})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


async def review(service: Service, **change: object) -> httpx.Response:
    supervisor = service.as_role(Role.SUPERVISOR)
    items = [{"id": "greeting", "title": "Поздоровался"}, {"id": "answer", "title": "Ответил"}]
    sheet = {"title": "Приём звонка", "items": items}
    assert (await supervisor.put("/v1/score-sheets/intake", json=sheet)).status_code == 200
    task = next(task for task in service.desk.tasks.listing() if task.key == "a")
    body = {
        "task_id": task.id, "operator_id": "anna", "sheet": "intake",
        "marks": {"greeting": 5, "answer": 4}, **change,
    }  # fmt: skip
    return await supervisor.post("/v1/reviews", json=body)


async def test_a_call_is_reviewed_and_the_operator_sees_it(service: Service) -> None:
    made = await review(service)
    assert (made.status_code, made.json()["score"]) == (201, 0.9)
    anna = service.as_role(Role.OPERATOR, operator="anna")
    assert [each["score"] for each in (await anna.get("/v1/reviews")).json()] == [0.9]
    boris = service.as_role(Role.OPERATOR, operator="boris")
    found = await boris.get("/v1/reviews", params={"operator_id": "anna"})
    assert found.json() == []
    assert (await service.admin.get("/v1/scores")).json() == {"anna": 0.9}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"marks": {"greeting": 5}}, 422),
        ({"marks": {"greeting": 6, "answer": 4}}, 422),
        ({"operator_id": "boris"}, 404),
        ({"sheet": "nothing"}, 404),
    ],
)
async def test_a_review_that_does_not_fit_is_refused(
    service: Service, change: dict[str, object], status: int
) -> None:
    assert (await review(service, **change)).status_code == status


async def test_a_caller_s_data_are_erased_by_number(service: Service) -> None:
    erased = await service.admin.post("/v1/erasures", json={"phone": "89990000122"})
    assert erased.json()["tasks"] == 1
    assert all(task.phone is None for task in service.desk.tasks.listing())
    assert (await service.admin.post("/v1/erasures", json={"phone": "122"})).status_code == 422
    limited = service.as_role(Role.ADMIN, "minzdrav")
    answer = await limited.post("/v1/erasures", json={"phone": "89990000122"})
    assert answer.status_code == 403
