"""The store's tables are made and changed by migrations only, and nothing is lost on the way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import routing.migrations
from routing.errors import StoreError
from routing.migrate import HEAD
from routing.queue.states import TaskKind
from routing.store import Store
from routing.tables import Base
from tests.routing.shop import Shop

OLD = """
CREATE TABLE calls (id VARCHAR(64) PRIMARY KEY, started_at DATETIME NOT NULL,
    ended_at DATETIME, outcome VARCHAR(32));
CREATE TABLE turns (call_id VARCHAR(64) NOT NULL REFERENCES calls (id), number INTEGER NOT NULL,
    event JSON NOT NULL, state VARCHAR NOT NULL, acts JSON NOT NULL,
    PRIMARY KEY (call_id, number));
CREATE TABLE handovers (call_id VARCHAR(64) PRIMARY KEY REFERENCES calls (id),
    queue VARCHAR(64) NOT NULL, brief JSON NOT NULL, created_at DATETIME NOT NULL);
CREATE INDEX ix_handovers_queue ON handovers (queue);
CREATE INDEX ix_handovers_created_at ON handovers (created_at);
CREATE TABLE requests (key VARCHAR(200) PRIMARY KEY, digest VARCHAR(64) NOT NULL,
    kind VARCHAR(32) NOT NULL, call_id VARCHAR(64) NOT NULL, fields JSON NOT NULL,
    phone VARCHAR(64), created_at DATETIME NOT NULL, status VARCHAR(16) NOT NULL,
    number VARCHAR(64), attempts INTEGER NOT NULL, next_try_at DATETIME NOT NULL,
    reason VARCHAR(200));
CREATE TABLE register (key VARCHAR(200) PRIMARY KEY, digest VARCHAR(64) NOT NULL,
    number VARCHAR(8) NOT NULL, filed_at DATETIME NOT NULL, closed_at DATETIME);
INSERT INTO calls VALUES ('old', '2026-11-20 05:00:00', '2026-11-20 05:01:00', 'handed_over');
INSERT INTO calls VALUES ('night', '2026-11-20 19:00:00', NULL, NULL);
INSERT INTO turns VALUES ('old', 1, '{"event": "Heard"}', 'state', '[]');
INSERT INTO handovers VALUES ('old', 'health', '{"topic": "covid_info"}', '2026-11-20 05:01:00');
INSERT INTO handovers VALUES ('night', 'callback', '{"topic": null}', '2026-11-20 19:01:00');
"""
"""A store of the first version, which made its tables without migrations."""


def test_the_last_migration_is_the_one_that_the_program_expects() -> None:
    (folder,) = routing.migrations.__path__
    assert ScriptDirectory(folder).get_current_head() == HEAD


def test_migrations_make_what_the_tables_say(store_url: str) -> None:
    Store(store_url).close()
    engine = create_engine(store_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    if engine.dialect.name == "sqlite":  # columns that were JSON take any text there
        differences = [d for d in differences if not _is_type_change(d)]
    assert differences == []


def test_a_store_of_the_first_version_keeps_its_calls_and_hand_overs(tmp_path: Path) -> None:
    path = tmp_path / "voice122.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(OLD)
    connection.close()
    shop = Shop(f"sqlite:///{path}")
    assert shop.store.last_state("old") == "state"
    assert [(h.call_id, h.queue) for h in shop.store.handovers()] == [
        ("old", "health"),
        ("night", "callback"),
    ]
    shop.operator("anna")
    assert shop.desk.tasks.get(shop.offer().task_id).call_id == "old"
    shop.accept()
    shop.complete()
    assert shop.desk.tasks.get(shop.offer().task_id).kind is TaskKind.CALLBACK
    shop.close()


def test_a_store_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voice122.sqlite'}"
    Store(url).close()
    connection = sqlite3.connect(tmp_path / "voice122.sqlite")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="newer program"):
        Store(url)


def test_a_url_that_is_none_says_how_one_looks() -> None:
    with pytest.raises(StoreError, match="postgresql://"):
        Store("nonsense")
    with pytest.raises(StoreError, match="only postgresql"):
        Store("mysql://root:secret@host/x")


def _is_type_change(difference: object) -> bool:
    return isinstance(difference, list) and difference[0][0] == "modify_type"
