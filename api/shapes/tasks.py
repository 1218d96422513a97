"""Tasks: calls and call-backs that want an operator."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.values import Document, Id, Key, Moment, Phone
from routing.queue.states import Ending, TaskKind, TaskState

Skills = Annotated[dict[Id, Annotated[int, Field(ge=1, le=10)]], Field(max_length=50)]
Priority = Annotated[int, Field(ge=-10, le=10)]

BRIEF = {
    "topic": "make_appointment",
    "slots": {"specialty": "cardiologist", "municipality": "kungur", "visit_day": "2026-11-26"},
    "last_words": ["да всё верно"],
}


class NewTaskBody(BaseModel):
    """A call that shall get an operator."""

    model_config = ConfigDict(extra="forbid")

    key: Key = Field(examples=["handover:5e1f0c9a"])
    """The same key is the same task, however often it is sent."""
    queue: Id = Field(examples=["appointments"])
    call_id: Id | None = Field(default=None, examples=["5e1f0c9a-7b1d-4a57-9f0e-0c2b6f7d1a22"])
    topic: Id | None = Field(default=None, examples=["make_appointment"])
    kind: TaskKind = TaskKind.CALL
    brief: Document = Field(default_factory=dict, examples=[BRIEF])
    """What the operator reads when the call arrives."""
    phone: Phone | None = Field(default=None, examples=["+79990000122"])
    skills: Skills = Field(default_factory=dict, examples=[{"appointments": 3}])
    """Skill -> least level, on top of what the queue's rules need."""
    site: Id | None = Field(default=None, examples=["perm-center"])
    """The site whose operators go first, until an overflow step."""
    priority: Priority | None = Field(default=None, examples=[2])
    """The queue's where not given."""
    deadline: Moment | None = Field(default=None, examples=["2026-11-24T10:15:00+05:00"])
    """When it goes ahead of everybody, if it still waits."""
    not_before: Moment | None = Field(default=None, examples=[None])
    """Of a call-back: when the caller wants to be called."""
    callback_agreed: bool = False
    """Whether the caller may be called back if it can't wait, or hangs up waiting."""


class TaskItem(BaseModel):
    """A task as it stands."""

    id: str = Field(examples=["7c1f3c56-53ad-4f4e-8f0d-5f8f9f2f7b10"])
    key: str = Field(examples=["handover:5e1f0c9a"])
    kind: TaskKind
    state: TaskState
    call_id: str | None
    queue: str = Field(examples=["appointments"])
    organisation: str | None = Field(examples=["minzdrav"])
    topic: str | None = Field(examples=["make_appointment"])
    skills: dict[str, int]
    site: str | None
    priority: int
    brief: dict[str, Any] = Field(examples=[BRIEF])
    phone: str | None = Field(examples=["+79990000122"])
    callback_agreed: bool
    created_at: datetime
    answered_at: datetime | None
    """When an operator first took it."""
    ended_at: datetime | None
    ending: Ending | None
    """How it ended; null while it has not."""
    held_for: str | None
    """Why it is not offered although it waits: ``redirect``, ``callback``."""
    held_to: str | None
    held_until: datetime | None
    step: int
    """How many overflow steps were taken."""
    offers: int
    attempts: int
    """Of a call-back: how often the caller was called."""
    continues: str | None
    """Of a call-back: the task whose caller it was promised to."""
    deadline: datetime | None


class WaitItem(BaseModel):
    """A wait as it may be announced."""

    seconds: float = Field(examples=[210.0])
    """The mean (s)."""
    low_min: int = Field(examples=[3])
    """Whole minutes: from; 0 means less than `high_min`."""
    high_min: int = Field(examples=[4])
    """To."""


class Position(BaseModel):
    """A place in the queue."""

    position: int | None = Field(examples=[3])
    """1 is next; null for a task that does not wait."""
    wait: WaitItem | None
    """Null where there is nothing to base it on: then it is not announced."""


class CallbackBody(BaseModel):
    """A promise to call back."""

    model_config = ConfigDict(extra="forbid")

    phone: Phone | None = Field(default=None, examples=["+79990000122"])
    """Where to call; the task's number where not given."""
    not_before: Moment | None = Field(default=None, examples=["2026-11-24T18:00:00+05:00"])


class AgreedBody(BaseModel):
    """The caller agrees to be called back, should it hang up or wait too long."""

    model_config = ConfigDict(extra="forbid")

    phone: Phone | None = Field(default=None, examples=["+79990000122"])


class RedirectBody(BaseModel):
    """Another service."""

    model_config = ConfigDict(extra="forbid")

    destination: Id = Field(examples=["ambulance"])
    """Its id or number."""


class MoveBody(BaseModel):
    """Another queue."""

    model_config = ConfigDict(extra="forbid")

    queue: Id = Field(examples=["social"])
    topic: Id | None = Field(default=None, examples=["social_support"])
    skills: Skills | None = Field(default=None, examples=[None])
    priority: Priority | None = Field(default=None, examples=[None])
