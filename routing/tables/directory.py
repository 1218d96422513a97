"""Who serves callers: organisations, sites, agreements, skills, queues, operators."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from routing.tables.base import Base, SealedText, Utc


class OrganisationRow(Base):
    """A ministry, an institution or another body that answers callers."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))


class SiteRow(Base):
    """A place where operators of an organisation sit."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(String(200))


class AgreementRow(Base):
    """What lets an organisation take part in the service, and until when."""

    __tablename__ = "agreements"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str] = mapped_column(String(64))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)


class SkillRow(Base):
    """Something that an operator may be able to do, at a level from 1 to 10."""

    __tablename__ = "skills"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))


class QueueRow(Base):
    """A queue, and how it is distributed; the meaning of each column is in `QueueRules`."""

    __tablename__ = "queues"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)


class OperatorRow(Base):
    """An operator: who it is, and what it is doing now."""

    __tablename__ = "operators"
    __table_args__ = (Index("operators_state", "state"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(SealedText)
    kind: Mapped[str] = mapped_column(String(16))
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    site: Mapped[str | None] = mapped_column(ForeignKey("sites.id"))
    skills: Mapped[dict[str, int]] = mapped_column(JSON)
    topics: Mapped[list[str] | None] = mapped_column(JSON)
    agreement_until: Mapped[date | None] = mapped_column(Date)
    disabled: Mapped[bool] = mapped_column(default=False)

    activity: Mapped[str] = mapped_column(String(16))
    """What the operator chose: offline, available, break."""
    state: Mapped[str] = mapped_column(String(16))
    """What the operator is doing: the activity, or reserved, busy, wrap_up."""
    since: Mapped[datetime] = mapped_column(Utc)
    """Since when it is in this state."""
    wrap_up_until: Mapped[datetime | None] = mapped_column(Utc)
    idle_since: Mapped[datetime] = mapped_column(Utc)
    """When its own last call ended, or when it logged in; nothing else changes it."""
    last_offer_us: Mapped[int] = mapped_column(BigInteger, default=0)
    handled: Mapped[int] = mapped_column(default=0)
    """Calls that ended since it logged in."""
    worked_s: Mapped[float] = mapped_column(default=0.0)
    """In calls and wrap-up since it logged in (s)."""
    talked_s: Mapped[float] = mapped_column(default=0.0)
    """In calls since it logged in (s)."""
    staffed_s: Mapped[float] = mapped_column(default=0.0)
    """Ready for calls or in them since it logged in: without breaks (s)."""


class OperatorQueueRow(Base):
    """A queue that an operator serves; ``*`` for all."""

    __tablename__ = "operator_queues"

    queue: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[str] = mapped_column(
        ForeignKey("operators.id"), primary_key=True, index=True
    )
