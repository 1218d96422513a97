"""Calls and their turns: the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from routing.tables.base import Base, SealedJson, SealedText, Utc


class CallRow(Base):
    """A call."""

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Utc, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    outcome: Mapped[str | None] = mapped_column(String(32))
    """How the assistant's part ended; how the call ended is that of its task, if there is one."""
    caller: Mapped[str | None] = mapped_column(SealedText)
    caller_index: Mapped[str | None] = mapped_column(String(32), index=True)
    dialled: Mapped[str | None] = mapped_column(SealedText)


class TurnRow(Base):
    """A turn of a call: what happened, the state after it, what was done."""

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    state: Mapped[str] = mapped_column(SealedText)
    acts: Mapped[list[dict[str, Any]]] = mapped_column(SealedJson)
