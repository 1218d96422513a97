"""Tables of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """Times are kept in UTC and come back with their zone (SQLite forgets it)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of the tables."""


class CallRow(Base):
    """A call."""

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    outcome: Mapped[str | None] = mapped_column(String(32))


class TurnRow(Base):
    """A turn of a call: what happened, the state after it, what was done."""

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str]
    acts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class HandoverRow(Base):
    """A call that waits for an operator."""

    __tablename__ = "handovers"

    # One call is handed over once: a repeated turn after a crash finds its record here.
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(String(64), index=True)
    brief: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Utc, index=True)


class RequestRow(Base):
    """A request, kept before the system of record is asked: the outbox."""

    __tablename__ = "requests"
    __table_args__ = (Index("requests_due", "status", "next_try_at"),)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    # No foreign key: a request is kept even if its call could not be registered.
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    phone: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Utc, index=True)
    status: Mapped[str] = mapped_column(String(16))
    number: Mapped[str | None] = mapped_column(String(64), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(Utc)
    reason: Mapped[str | None] = mapped_column(String(200))


class RegisterRow(Base):
    """A number given out by this store's own register."""

    __tablename__ = "register"
    __table_args__ = (
        Index(
            "register_open_number",
            "number",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(8), index=True)
    filed_at: Mapped[datetime] = mapped_column(Utc)
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
