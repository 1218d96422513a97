"""Operators, and the reservations by which they get tasks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.tasks import Skills, TaskItem
from api.shapes.values import Id, Line
from routing.queue.matching import OperatorKind
from routing.queue.states import Activity, OperatorState, ReservationState


class ReservationItem(BaseModel):
    """An offer of a task to an operator, and what became of it."""

    id: str = Field(examples=["b0c6d6a1-6f0e-4d2d-9d0e-7a3f0a0e6a53"])
    task_id: str = Field(examples=["7c1f3c56-53ad-4f4e-8f0d-5f8f9f2f7b10"])
    operator_id: str = Field(examples=["anna"])
    state: ReservationState
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    talk_ended_at: datetime | None
    ended_at: datetime | None


class CompletedBody(BaseModel):
    """How a call ended for the operator."""

    model_config = ConfigDict(extra="forbid")

    reached: bool = True
    """Of a call-back: whether the caller was reached. If not, it is due again later."""


class OperatorBody(BaseModel):
    """Who an operator is and what it may take."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(examples=["Анна Петровна"])
    kind: OperatorKind = OperatorKind.CIVIL
    organisation: Id | None = Field(default=None, examples=["minzdrav"])
    site: Id | None = Field(default=None, examples=["perm-center"])
    queues: Annotated[list[Annotated[str, Field(pattern=r"^(\*|[a-z0-9_-]{1,64})$")]],
                      Field(min_length=1, max_length=100)] = Field(
        default=["*"], examples=[["appointments", "callback"]]
    )  # fmt: skip
    """``*`` for all."""
    skills: Skills = Field(default_factory=dict, examples=[{"appointments": 5}])
    topics: Annotated[list[Id], Field(max_length=200)] | None = Field(
        default=None, examples=[["make_appointment"]]
    )
    """The only topics that it takes; null for all. A volunteer always has a list."""
    agreement_until: date | None = Field(default=None, examples=["2026-12-31"])
    """The last day on which it may take calls."""
    disabled: bool = False


class OperatorItem(OperatorBody):
    """An operator with what it is doing."""

    name: str = Field(examples=["Анна Петровна"])
    queues: list[str] = Field(examples=[["appointments", "callback"]])
    id: str = Field(examples=["anna"])
    activity: Activity
    """What it chose."""
    state: OperatorState
    """What it is doing."""
    since: datetime
    wrap_up_until: datetime | None
    idle_since: datetime
    handled: int = Field(examples=[17])
    """Calls since it logged in."""
    worked_s: float
    """In calls and wrap-up since it logged in (s)."""
    talked_s: float
    staffed_s: float
    """Without breaks, since it logged in (s)."""


class ActivityBody(BaseModel):
    """What an operator chooses to be."""

    model_config = ConfigDict(extra="forbid")

    activity: Activity = Field(examples=[Activity.AVAILABLE])


class DeskItem(BaseModel):
    """What lies on an operator's desk: the offer, call or card that is open."""

    reservation: ReservationItem
    task: TaskItem
