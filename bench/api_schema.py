"""Requests made up from the API's own document: how many the service survives, by operation."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import hypothesis
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from rich.console import Console
from rich.table import Table
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.guard import Limits
from api.rate import Rate
from api.shapes.public import Health
from api.sources import Sources
from routing.access import ApiKeys, Role
from routing.destinations_file import load_destinations
from routing.hours import load_hours
from routing.quality import Sheet, SheetItem
from routing.queue.desk import open_desk
from routing.queue.records import NewTask, OperatorProfile, Organisation, Queue
from routing.queue.states import Activity
from routing.store import Store
from routing.webhooks import Webhooks

_CONTENT: Final = Path(__file__).parents[1] / "nlu_data"
_KEY: Final = "the key of the bench"
_ENDLESS: Final = {"/v1/events/stream"}
_ALL: Final = list(HealthCheck)
# That every deviation from the document is refused is not promised: a parameter given twice is not.
_CHECKS: Final = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@dataclass
class Outcome:
    """What became of the requests of one operation."""

    operation: str
    statuses: Counter[int] = field(default_factory=Counter)
    failure: str | None = None
    """The first that broke the service, or what the document promises."""


@contextmanager
def service(directory: Path) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    """The service over a store with something of everything; ids that are there, by parameter."""

    def now() -> datetime:
        return datetime.now().astimezone()

    store = Store.in_directory(directory)
    desk = open_desk(store, now)
    desk.directory.put_organisation(Organisation("minzdrav", "Минздрав"))
    desk.directory.put_queue(Queue("appointments", "Запись", "minzdrav"))
    desk.operators.put(OperatorProfile(id="anna", name="Анна"))
    desk.operators.set_activity("anna", Activity.AVAILABLE)
    tasks = [
        desk.tasks.create(NewTask(key=key, queue="appointments", phone="+79990000122"))
        for key in ("one", "two", "three")
    ]
    desk.quality.put_sheet(Sheet("intake", "Приём звонка", (SheetItem("hello", "Приветствие"),)))
    offer = desk.reservations.open_of("anna")
    assert offer is not None
    known = {
        "task_id": tasks[-1].id,
        "reservation_id": offer.id,
        "operator_id": "anna",
        "queue_id": "appointments",
        "item_id": "minzdrav",
        "sheet_id": "intake",
        "webhook_id": Webhooks(store, now).create("https://93.184.216.34/", [], None, 0).id,
        "key_id": ApiKeys(store, now).create("bench", Role.EDITOR)[0].id,
    }
    hours = load_hours(_CONTENT / "hours.yml")
    destinations = load_destinations(_CONTENT / "destinations.yml", hours.timezone)

    async def _health() -> Health:
        return Health(status="ok", recognizer="-", synthesizer="-", interpreter="-")

    sources = Sources(store, desk, _health, lambda: hours, lambda: destinations, now)
    plenty = Rate(per_s=1e6, burst=10**6)
    yield create_app(sources, _KEY, limits=Limits(with_key=plenty, without_key=plenty)), known
    store.close()


def try_all(
    app: FastAPI, known: dict[str, str], examples: int, seed: int | None = None
) -> Iterator[Outcome]:
    """Send good and bad requests to every operation.

    Args:
        app: the service.
        known: ids that are there, by the name of their parameter.
        examples: of each kind, for each operation.
        seed: None to try the same ones each time.
    """
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    for found in schema.get_all_operations():
        operation: Any = found.ok()
        if operation.path not in _ENDLESS:
            yield _try(operation, known, examples, seed)


def _try(operation: Any, known: dict[str, str], examples: int, seed: int | None) -> Outcome:
    outcome = Outcome(operation.label)
    good, bad = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
    strategies = [operation.as_strategy(generation_mode=mode) for mode in (good, bad)]
    names = re.findall(r"{(\w+)}", operation.path)
    if names and known.keys() >= set(names):  # made-up ids are never there
        ids = {name: known[name] for name in names}
        strategies += [
            operation.as_strategy(generation_mode=mode, path_parameters=ids) for mode in (good, bad)
        ]
    for strategy in strategies:

        @settings(
            max_examples=examples, deadline=None, derandomize=seed is None, database=None,
            suppress_health_check=_ALL,
        )  # fmt: skip
        @given(case=strategy)
        def attempt(case: schemathesis.Case) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {_KEY}"})
            outcome.statuses[answer.status_code] += 1
            case.validate_response(answer, checks=_CHECKS)

        if seed is not None:
            attempt = hypothesis.seed(seed)(attempt)
        try:
            attempt()
        except FailureGroup as found:
            outcome.failure = outcome.failure or str(found)
        except Unsatisfiable:
            pass  # an operation without parameters takes no bad ones
    return outcome


def main(argv: list[str]) -> int:
    """Print a line for each operation."""
    parser = argparse.ArgumentParser(prog="python -m bench api_schema --", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="good and bad ones, each")
    parser.add_argument("--seed", type=int, help="other requests than the usual ones")
    options = parser.parse_args(argv)
    table = Table("operation", "requests", "2xx", "4xx", "5xx", "broken promise")
    total: Counter[int] = Counter()
    with tempfile.TemporaryDirectory() as directory, service(Path(directory)) as (app, known):
        for outcome in try_all(app, known, options.examples, options.seed):
            by_class = Counter({n // 100: 0 for n in (200, 400, 500)})
            for status, count in outcome.statuses.items():
                by_class[status // 100] += count
            total += by_class
            table.add_row(
                outcome.operation, *(str(n) for n in (
                    sum(by_class.values()), by_class[2], by_class[4], by_class[5]
                )), (outcome.failure or "-").splitlines()[0],
            )  # fmt: skip
    Console().print(table)
    print(f"{sum(total.values())} requests, {total[5]} of them broke the service")
    return 0
