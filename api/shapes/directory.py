"""Queues with their rules, organisations, sites, agreements, skills."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.values import Document, Id, Title

RULES = {"strategy": "longest_idle", "offer_s": 15, "wrap_up_s": 30, "target_s": 20}


class QueueBody(BaseModel):
    """A queue."""

    model_config = ConfigDict(extra="forbid")

    title: Title = Field(examples=["Запись к врачу"])
    organisation: Id | None = Field(default=None, examples=["minzdrav"])
    rules: Document = Field(default_factory=dict, examples=[RULES])
    """What is not given has its default; the answer names every rule."""


class QueueItem(QueueBody):
    """A queue with all its rules."""

    id: str = Field(examples=["appointments"])


class NamedBody(BaseModel):
    """An organisation or a skill."""

    model_config = ConfigDict(extra="forbid")

    title: Title = Field(examples=["Министерство здравоохранения"])


class NamedItem(BaseModel):
    """An organisation or a skill."""

    id: str = Field(examples=["minzdrav"])
    title: str = Field(examples=["Министерство здравоохранения"])


class SiteBody(BaseModel):
    """A place where operators of an organisation sit."""

    model_config = ConfigDict(extra="forbid")

    organisation: Id = Field(examples=["minzdrav"])
    title: Title = Field(examples=["Пермь, Центр"])


class SiteItem(BaseModel):
    """A place where operators of an organisation sit."""

    id: str = Field(examples=["perm-center"])
    organisation: str = Field(examples=["minzdrav"])
    title: str = Field(examples=["Пермь, Центр"])


class AgreementBody(BaseModel):
    """What lets an organisation take part, and until when (inclusive)."""

    model_config = ConfigDict(extra="forbid")

    organisation: Id = Field(examples=["minzdrav"])
    number: Annotated[Title, Field(examples=["97-п/12"], max_length=64)]
    valid_from: date = Field(examples=["2026-01-01"])
    valid_until: date | None = Field(default=None, examples=["2026-12-31"])


class AgreementItem(BaseModel):
    """What lets an organisation take part, and until when (inclusive)."""

    id: str = Field(examples=["minzdrav-2026"])
    organisation: str = Field(examples=["minzdrav"])
    number: str = Field(examples=["97-п/12"])
    valid_from: date
    valid_until: date | None
