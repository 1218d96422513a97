"""How well operators serve callers: score sheets, and reviews of calls by them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from routing.tables.base import Base, SealedText, Utc


class ScoreSheetRow(Base):
    """A sheet: what a call is judged by."""

    __tablename__ = "score_sheets"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ReviewRow(Base):
    """A call judged by somebody, once by each reviewer and sheet."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("reviews_once", "task_id", "operator_id", "sheet", "reviewer", unique=True),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"))
    operator_id: Mapped[str] = mapped_column(ForeignKey("operators.id"), index=True)
    organisation: Mapped[str | None] = mapped_column(String(64))
    sheet: Mapped[str] = mapped_column(ForeignKey("score_sheets.id"))
    reviewer: Mapped[str] = mapped_column(String(100))
    marks: Mapped[dict[str, int]] = mapped_column(JSON)
    score: Mapped[float]
    comment: Mapped[str | None] = mapped_column(SealedText)
    at: Mapped[datetime] = mapped_column(Utc, index=True)
