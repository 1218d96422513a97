"""Brings the database's tables to what this program knows, with Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import Engine

from routing.errors import StoreError

HEAD: Final = "0004"
"""The last migration in `routing/migrations/versions`; a test holds it to be."""
BASELINE: Final = "0001"
"""The tables of the first version, which were made without Alembic."""
_LOCK: Final = 122_000_001


def upgrade(engine: Engine) -> None:
    """Make or migrate the tables; processes that start together wait for the first.

    Raises:
        StoreError: a newer program made these tables.
        SQLAlchemyError: the database failed.
    """
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return  # Alembic takes half a second to load
    with engine.begin() as connection:  # on SQLite this takes the lock
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    version = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise StoreError(
            f"the store has tables of version {version}, this program knows {HEAD}: "
            "install the newer program again"
        )
    if version is None and inspect(connection).has_table("calls"):
        command.stamp(config, BASELINE)
    command.upgrade(config, "head")
