"""A service over a real store, and clients with keys of each role."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.guard import Limits
from api.shapes.public import Health
from api.sources import Sources
from routing.access import ApiKeys, Role
from routing.destinations import Destinations
from routing.destinations_file import load_destinations
from routing.hours import OpeningHours, load_hours
from routing.queue.desk import Desk, open_desk
from routing.store import Store

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
ELSEWHERE = "10.0.0.9"
ADMIN_KEY = "the key of the settings"
NLU_DATA = Path(__file__).parents[2] / "nlu_data"
HEALTH = Health(
    status="ok", recognizer="whisper-base", synthesizer="rhvoice", interpreter="embedded"
)


async def healthy() -> Health:
    """Everything is well."""
    return HEALTH


@pytest.fixture(scope="session")
def content() -> tuple[OpeningHours, Destinations]:
    """Hours and destinations of the editors' files."""
    hours = load_hours(NLU_DATA / "hours.yml")
    return hours, load_destinations(NLU_DATA / "destinations.yml", hours.timezone)


@dataclass
class Service:
    """The service, its store and its clock."""

    app: FastAPI
    sources: Sources
    store: Store
    desk: Desk
    keys: ApiKeys
    clock: Clock
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A client with this key, or none. An error of the service is an answer, no exception."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(ELSEWHERE, 1))
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        http = httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)
        self.clients.append(http)
        return http

    def as_role(
        self, role: Role, organisation: str | None = None, operator: str | None = None
    ) -> httpx.AsyncClient:
        """A client with a new key of this role."""
        if role is Role.OPERATOR and operator is None:
            operator = "nobody"
        _, key = self.keys.create(
            f"{role} of the test", role, organisation=organisation, operator=operator
        )
        return self.client(key)

    @property
    def admin(self) -> httpx.AsyncClient:
        return self.client(ADMIN_KEY)


@dataclass
class Clock:
    """The time of day, set by the test."""

    at: datetime = AT

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, time: timedelta) -> None:
        self.at += time


Build = Callable[..., Service]


@pytest.fixture(scope="session")
def fresh_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file just after migration, which takes a second."""
    directory = tmp_path_factory.mktemp("fresh")
    Store.in_directory(directory).close()
    return directory / "voice122.sqlite"


@pytest.fixture
def store(tmp_path: Path, fresh_store: Path) -> Iterator[Store]:
    """A store of this test's own."""
    shutil.copy(fresh_store, tmp_path)
    store = Store.in_directory(tmp_path)
    yield store
    store.close()


@pytest.fixture
async def build(store: Store, content: tuple[OpeningHours, Destinations]) -> AsyncIterator[Build]:
    """Makes services over one store."""
    made: list[Service] = []

    def make(limits: Limits | None = None) -> Service:
        clock = Clock()
        hours, destinations = content
        desk = open_desk(store, clock)
        sources = Sources(store, desk, healthy, lambda: hours, lambda: destinations, clock)
        app = create_app(sources, ADMIN_KEY, limits=limits)
        made.append(Service(app, sources, store, desk, ApiKeys(store, clock), clock))
        return made[-1]

    yield make
    for service in made:
        for http in service.clients:
            await http.aclose()


@pytest.fixture
def service(build: Build) -> Iterator[Service]:
    yield build()
