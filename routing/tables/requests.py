"""Requests that callers left, and numbers that were given out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from routing.tables.base import Base, SealedJson, SealedText, Utc


class RequestRow(Base):
    """A request, kept before the system of record is asked: the outbox."""

    __tablename__ = "requests"
    __table_args__ = (Index("requests_due", "status", "next_try_at"),)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    # No foreign key: a request is kept even if its call could not be registered.
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    fields: Mapped[dict[str, str]] = mapped_column(SealedJson)
    phone: Mapped[str | None] = mapped_column(SealedText)
    phone_index: Mapped[str | None] = mapped_column(String(32), index=True)
    created_at: Mapped[datetime] = mapped_column(Utc, index=True)
    status: Mapped[str] = mapped_column(String(16))
    number: Mapped[str | None] = mapped_column(String(64), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(Utc)
    reason: Mapped[str | None] = mapped_column(String(200))
    erased_at: Mapped[datetime | None] = mapped_column(Utc)
    """When its personal data were erased."""


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
