"""Statistics: figures of calls and operators, now and over a span of time."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from routing.queue.statistics import By


class FiguresItem(BaseModel):
    """Figures of one group of calls; null where there is nothing to divide by."""

    offered: int = Field(examples=[120])
    """Calls that entered the queue."""
    answered: int
    in_target: int
    """Answered within the norm's time."""
    abandoned: int
    """Hung up waiting, those with short waits left out."""
    short: int
    """Hung up at once."""
    callbacks: int
    """Left the line for a promised call-back."""
    redirected: int
    waiting: int
    """Neither answered nor ended yet."""
    service_level: float | None = Field(examples=[0.888])
    """Answered in time, of all who were answered, gave up, or were promised a call-back."""
    service_level_answered: float | None
    """Answered in time, of those who were answered: abandoned calls do not count."""
    asa_s: float | None = Field(examples=[7.8])
    """Average speed of answer (s)."""
    longest_wait_s: float | None
    aht_s: float | None = Field(examples=[180.0])
    """Average handling time: talk and wrap-up (s)."""
    talk_s: float | None
    abandonment: float | None
    meets_norm: bool | None


class ReportItem(BaseModel):
    """Figures of a span of time."""

    since: datetime
    until: datetime
    by: By | None
    calls: int | None
    """Calls that the assistant took. Like the next three for keys of no organisation only."""
    contained: int | None
    """Calls that it resolved without an operator."""
    handed_over: int | None
    containment: float | None
    """Share of calls that were resolved without an operator."""
    occupancy: float | None = Field(examples=[0.714])
    """Share of staffed time that operators worked."""
    evenness: float | None = Field(examples=[0.98])
    """Jain's index over operators' occupancies."""
    total: FiguresItem
    groups: dict[str, FiguresItem]


class QueueNowItem(BaseModel):
    """A queue with somebody waiting."""

    queue: str = Field(examples=["appointments"])
    waiting: int = Field(examples=[4])
    longest_wait_s: float = Field(examples=[37.5])


class NowItem(BaseModel):
    """This moment."""

    queues: list[QueueNowItem]
    operators: dict[str, int] = Field(examples=[{"available": 3, "busy": 11}])
    """How many are in each state."""
