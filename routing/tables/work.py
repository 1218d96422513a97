"""What waits for operators: tasks, and the reservations by which operators get them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from routing.tables.base import Base, SealedJson, SealedText, Utc

_OFFERABLE = text("state = 'pending' AND held_for IS NULL")
_OPEN = text("state IN ('pending', 'accepted', 'wrapping')")
_HOLDS_CALL = text("state IN ('pending', 'accepted')")


class TaskRow(Base):
    """A call, or a call-back, that waits for an operator or is with one."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("key"),
        # No task ends without an ending, and none has one before.
        CheckConstraint(
            "(state IN ('completed', 'canceled')) = (ending IS NOT NULL)", "tasks_end_is_known"
        ),
        CheckConstraint(
            "state IN ('pending', 'reserved', 'assigned', 'wrapping', 'completed', 'canceled')",
            "tasks_state",
        ),
        Index("tasks_lane", "lane", "rank", "id",
              sqlite_where=_OFFERABLE, postgresql_where=_OFFERABLE),
        Index("tasks_queue", "queue", "state", "rank"),
        Index("tasks_due", "next_due_at", sqlite_where=text("next_due_at IS NOT NULL"),
              postgresql_where=text("next_due_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    """The same key is the same task, however often it is created."""
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    call_id: Mapped[str | None] = mapped_column(String(64), index=True)
    continues: Mapped[str | None] = mapped_column(String(36), index=True)
    """The task that became this call-back."""
    queue: Mapped[str] = mapped_column(ForeignKey("queues.id"))
    first_queue: Mapped[str] = mapped_column(String(64))
    organisation: Mapped[str | None] = mapped_column(String(64), index=True)
    site: Mapped[str | None] = mapped_column(String(64))
    topic: Mapped[str | None] = mapped_column(String(64))
    skills: Mapped[dict[str, int]] = mapped_column(JSON)
    lane: Mapped[str] = mapped_column(String(500))
    """What an operator must fit now; tasks of one lane differ in rank only."""
    step: Mapped[int] = mapped_column(default=0)
    """How many overflow steps were taken."""
    priority: Mapped[int] = mapped_column(default=0)
    brief: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    phone: Mapped[str | None] = mapped_column(SealedText)
    phone_index: Mapped[str | None] = mapped_column(String(32), index=True)
    callback_agreed: Mapped[bool] = mapped_column(default=False)

    state: Mapped[str] = mapped_column(String(16))
    reservation_id: Mapped[str | None] = mapped_column(String(36))
    """The reservation under way, if an operator has it."""
    held_for: Mapped[str | None] = mapped_column(String(16))
    """Why a pending task is not offered: ``redirect`` or ``callback``."""
    held_until: Mapped[datetime | None] = mapped_column(Utc)
    held_to: Mapped[str | None] = mapped_column(String(64))
    """Where a redirect goes."""
    redirects: Mapped[int] = mapped_column(default=0)
    entered_us: Mapped[int] = mapped_column(BigInteger)
    """When it entered (microseconds since 1970), never before one that waits already."""
    rank: Mapped[int] = mapped_column(BigInteger)
    """Lower goes first; see `routing/queue/ranking.py`."""
    declined: Mapped[dict[str, float]] = mapped_column(JSON)
    """Operators who did not take it -> until when they are spared (seconds since 1970)."""
    next_due_at: Mapped[datetime | None] = mapped_column(Utc)
    """When the clock next has something to do with it: overflow, deadline, the end of a hold."""
    deadline: Mapped[datetime | None] = mapped_column(Utc)

    created_at: Mapped[datetime] = mapped_column(Utc, index=True)
    offers: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    """Of a call-back: how often the caller was called."""
    answered_at: Mapped[datetime | None] = mapped_column(Utc)
    """When an operator first took it."""
    ended_at: Mapped[datetime | None] = mapped_column(Utc, index=True)
    ending: Mapped[str | None] = mapped_column(String(16))
    erased_at: Mapped[datetime | None] = mapped_column(Utc)
    """When its personal data were erased."""


class ReservationRow(Base):
    """One offer of a task to an operator, and what became of it."""

    __tablename__ = "reservations"
    __table_args__ = (
        # The database itself refuses a second offer to an operator, or of a task.
        Index("reservations_one_per_operator", "operator_id", unique=True,
              sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("reservations_one_per_task", "task_id", unique=True,
              sqlite_where=_HOLDS_CALL, postgresql_where=_HOLDS_CALL),
        Index("reservations_due", "state", "expires_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), index=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    accepted_at: Mapped[datetime | None] = mapped_column(Utc)
    talk_ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    """When it was refused or timed out, or its wrap-up ended."""
