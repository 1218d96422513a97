"""What all tables share: the base class, and types for times and for personal data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from routing.sealing import Sealer, sealer_of


class Utc(TypeDecorator[datetime]):
    """Times are kept in UTC and come back with their zone (SQLite forgets it)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class SealedText(TypeDecorator[str]):
    """Personal data: encrypted where the store has a key (`routing/sealing.py`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _sealer(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _sealer(dialect).open(value)


class SealedJson(TypeDecorator[Any]):
    """A JSON document with personal data: encrypted where the store has a key."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _sealer(dialect).seal(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(_sealer(dialect).open(value))


class Base(DeclarativeBase):
    """Base of the tables."""


def _sealer(dialect: Dialect) -> Sealer:
    return sealer_of(dialect)
