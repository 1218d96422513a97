"""Hours as an editor would write them, and databases of both kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routing.hours import OpeningHours, load_hours
from tests.routing.postgres import Postgres, find_server
from tests.routing.shop import Shop

OFFICE = """
timezone: Asia/Yekaterinburg
week:
  mon: ["08:00", "20:00"]
  tue: ["08:00", "20:00"]
  wed: ["08:00", "20:00"]
  thu: ["08:00", "20:00"]
  fri: ["08:00", "18:00"]
  sat: ["10:00", "15:00"]
  sun: closed
"""
"""An office: a short Friday, half a Saturday, free on Sunday."""

Hours = Callable[..., OpeningHours]


@pytest.fixture
def hours_of(tmp_path: Path) -> Hours:
    """Opening hours of a text, by default those of the office; more lines come after it."""

    def load(more: str = "", text: str = OFFICE) -> OpeningHours:
        path = tmp_path / "hours.yml"
        path.write_text(text + more, encoding="utf-8")
        return load_hours(path)

    return load


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the whole run; the tests that need it are skipped without."""
    programs = find_server()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: sudo apt-get install -y postgresql")
    server = Postgres(programs)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind: what is tested with it holds for both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'voice122.sqlite'}"
    server = request.getfixturevalue("postgres")
    assert isinstance(server, Postgres)
    return server.new_database()


@pytest.fixture
def shop(store_url: str) -> Iterator[Shop]:
    """A queue with its clock."""
    shop = Shop(store_url)
    yield shop
    shop.close()
