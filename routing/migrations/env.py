"""How Alembic runs the migrations: on the connection that `routing/migrate.py` gives it."""

from __future__ import annotations

from alembic import context

from routing.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
