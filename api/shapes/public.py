"""What a region publishes: health, opening hours, other services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field


class Health(BaseModel):
    """Whether calls can be served."""

    status: Literal["ok", "degraded", "draining"] = Field(examples=["ok"])
    """degraded: calls are served, but something is wrong; draining: no new calls are taken."""
    recognizer: str = Field(examples=["whisper-base"])
    synthesizer: str = Field(examples=["rhvoice"])
    interpreter: str = Field(examples=["embedded"])
    problems: list[str] = Field(default=[], examples=[["asr-whisper-base-2 is being restarted"]])


class HoursException(BaseModel):
    """A day that is not like the others of its week."""

    date: date
    hours: list[list[str]] = Field(examples=[[["08:00", "15:00"]]])
    """Empty when closed."""
    kind: str = Field(examples=["holiday"])
    """holiday, moved_day_off, moved_workday, before_holiday, or special."""
    note: str | None
    as_usual: bool
    """Whether the hours are those of the weekday all the same."""


class QueueHours(BaseModel):
    """When operators of a queue answer; local time."""

    open_now: bool
    always: bool
    next_change: datetime | None
    """Null where it never opens or never closes."""
    next_opening: datetime | None
    """Null while it is open."""
    spoken: str
    """What the assistant says to a caller now."""
    week: dict[str, list[list[str]]] = Field(examples=[{"mon": [["08:00", "20:00"]]}])
    exceptions: list[HoursException]
    """Of the next sixty days."""


class Hours(BaseModel):
    """The published schedule."""

    timezone: str = Field(examples=["Asia/Yekaterinburg"])
    at: datetime
    """The moment for which all of this holds."""
    queues: dict[str, QueueHours]
    """``general``, and those whose hours are their own."""


class SourceItem(BaseModel):
    """Where a number was read."""

    title: str
    url: str | None
    date: date | None


class DestinationItem(BaseModel):
    """Another service: a call may be passed to it, or its number said."""

    id: str = Field(examples=["ambulance"])
    title: str
    number: str = Field(examples=["103"])
    spoken: list[str]
    connect: bool
    """Whether calls may be passed there."""
    use: str = Field(examples=["answer"])
    answers_now: bool | None
    """Null where its hours are not confirmed."""
    hours: QueueHours | None
    owner: str
    checked: date
    review_by: date | None
    valid_until: date | None
    sources: list[SourceItem]
