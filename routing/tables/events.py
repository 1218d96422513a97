"""What happened, in order: every change of the queue, of calls and of operators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from routing.tables.base import Base, Utc


class EventRow(Base):
    """One change. Numbers have no gaps and grow in the order of commits; no personal data."""

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Utc, index=True)
    kind: Mapped[str] = mapped_column(String(48))
    call_id: Mapped[str | None] = mapped_column(String(64), index=True)
    task_id: Mapped[str | None] = mapped_column(String(36), index=True)
    operator_id: Mapped[str | None] = mapped_column(String(64))
    organisation: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class EventCounterRow(Base):
    """The number of the last event; locked from the numbering to the commit."""

    __tablename__ = "event_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
