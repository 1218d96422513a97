"""What the services give and take: tasks, reservations, operators, queues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from routing.queue.matching import OperatorKind
from routing.queue.rules import LEVELS, QueueRules
from routing.queue.states import (
    Activity,
    Ending,
    OperatorState,
    ReservationState,
    TaskKind,
    TaskState,
)


@dataclass(frozen=True)
class NewTask:
    """A call that shall get an operator. `brief` and `phone` are personal data."""

    key: str
    """1 to 200 characters; the same key is the same task, however often it is sent."""
    queue: str
    """Its queue; one that is not known yet is made, with default rules: no call is refused."""
    call_id: str | None = None
    topic: str | None = None
    kind: TaskKind = TaskKind.CALL
    brief: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the operator reads when the call arrives."""
    phone: str | None = field(default=None, repr=False)
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill -> least level (1 to 10), on top of what the queue's rules need."""
    site: str | None = None
    """The site whose operators go first, until an overflow step."""
    priority: int | None = None
    """-10 to 10; None for the queue's."""
    deadline: datetime | None = None
    """When it goes ahead of everybody, if it still waits."""
    not_before: datetime | None = None
    """Of a call-back: when the caller wants to be called."""
    callback_agreed: bool = False
    """Whether the caller may be called back if it can't wait, or hangs up waiting."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= 200:
            raise ValueError("key: 1 to 200 characters")
        if not 1 <= len(self.queue) <= 64:
            raise ValueError("queue: 1 to 64 characters")
        if any(level not in LEVELS for level in self.skills.values()):
            raise ValueError("skills: a level is from 1 to 10")
        if self.priority is not None and not -10 <= self.priority <= 10:
            raise ValueError("priority: from -10 to 10")
        for name in ("deadline", "not_before"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} needs a zone")

    @property
    def digest(self) -> str:
        """Fingerprint of what is asked for: two tasks with one key must agree in it."""
        content = [self.kind, self.queue, self.call_id, self.topic, dict(self.skills), self.site]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Task:
    """A task as it stands. `brief` and `phone` are personal data."""

    id: str
    key: str
    kind: TaskKind
    state: TaskState
    call_id: str | None
    queue: str
    organisation: str | None
    topic: str | None
    skills: Mapping[str, int]
    """What it needs now: overflow steps may have lowered it."""
    site: str | None
    priority: int
    brief: Mapping[str, Any] = field(repr=False)
    phone: str | None = field(repr=False)
    callback_agreed: bool
    created_at: datetime
    answered_at: datetime | None
    """When an operator first took it."""
    ended_at: datetime | None
    ending: Ending | None
    held_for: str | None
    """Why it is not offered although it waits: ``redirect``, ``callback``; None if it is."""
    held_to: str | None
    held_until: datetime | None
    step: int
    offers: int
    attempts: int
    continues: str | None
    """Of a call-back: the task whose caller it was promised to."""
    deadline: datetime | None


@dataclass(frozen=True)
class Reservation:
    """An offer of a task to an operator."""

    id: str
    task_id: str
    operator_id: str
    state: ReservationState
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    talk_ended_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class OperatorProfile:
    """Who an operator is and what it may take; kept by administrators."""

    id: str
    name: str = field(repr=False)
    kind: OperatorKind = OperatorKind.CIVIL
    organisation: str | None = None
    site: str | None = None
    queues: tuple[str, ...] = ("*",)
    """Queues that it serves; ``*`` for all."""
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill -> level, 1 to 10."""
    topics: tuple[str, ...] | None = None
    """The only topics that it takes; None for all, which a volunteer never has."""
    agreement_until: date | None = None
    """The last day on which it may take calls; None where no agreement is needed."""
    disabled: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.id) <= 64:
            raise ValueError("id of an operator: 1 to 64 characters")
        if any(level not in LEVELS for level in self.skills.values()):
            raise ValueError("skills: a level is from 1 to 10")


@dataclass(frozen=True)
class Operator:
    """An operator with what it is doing."""

    profile: OperatorProfile
    activity: Activity
    """What it chose."""
    state: OperatorState
    """What it is doing."""
    since: datetime
    wrap_up_until: datetime | None
    idle_since: datetime
    """When its own last call ended, or when it logged in."""
    handled: int
    """Calls since it logged in."""
    worked_s: float
    """In calls and wrap-up since it logged in, up to `since`."""
    talked_s: float
    staffed_s: float
    """Without breaks, since it logged in, up to `since`."""


@dataclass(frozen=True)
class Queue:
    """A queue with its rules."""

    id: str
    title: str
    organisation: str | None = None
    rules: QueueRules = field(default_factory=QueueRules)


@dataclass(frozen=True)
class Organisation:
    """A body that answers callers."""

    id: str
    title: str


@dataclass(frozen=True)
class Site:
    """A place of an organisation."""

    id: str
    organisation: str
    title: str


@dataclass(frozen=True)
class Agreement:
    """What lets an organisation take part, and until when (inclusive; None for no end)."""

    id: str
    organisation: str
    number: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True)
class Skill:
    """Something that an operator may be able to do."""

    id: str
    title: str
