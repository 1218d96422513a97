"""Alembic migrations of the store; `routing/migrate.py` runs them."""
