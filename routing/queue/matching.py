"""Which operators may take a task: skills with levels, sites, topics, agreements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache

from routing.queue.rules import OverflowAction, OverflowStep

ALL_QUEUES = "*"


class OperatorKind(StrEnum):
    """Who may answer callers (4.1 of the decree)."""

    MFC = "mfc"
    MEDIC = "medic"
    SOCIAL = "social"
    CIVIL = "civil"
    OTHER = "other"
    VOLUNTEER = "volunteer"
    """Only topics that are named for it."""


@dataclass(frozen=True)
class Lane:
    """What an operator must fit. Tasks that need the same share a lane."""

    queue: str
    topic: str | None = None
    site: str | None = None
    """Operators of this site only; None for any."""
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill -> the least level."""

    @property
    def key(self) -> str:
        """The same lane has the same key, in every process."""
        parts = [self.queue, self.topic, self.site, dict(sorted(self.skills.items()))]
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    def after(self, step: OverflowStep) -> Lane:
        """The lane when an overflow step was taken."""
        match step.action:
            case OverflowAction.WIDEN:
                left = {skill: 1 for skill in self.skills if skill not in step.drop}
                return replace(self, skills=left)
            case OverflowAction.SITE:
                return replace(self, site=None)
            case OverflowAction.QUEUE:
                assert step.queue is not None
                return replace(self, queue=step.queue, site=None)
            case OverflowAction.CALLBACK:
                return self


@lru_cache(maxsize=4096)
def lane_of(key: str) -> Lane:
    """The lane with this key."""
    queue, topic, site, skills = json.loads(key)
    return Lane(queue, topic, site, skills)


@dataclass(frozen=True)
class Abilities:
    """What of an operator decides which tasks it may take."""

    kind: OperatorKind
    queues: frozenset[str]
    site: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    topics: frozenset[str] | None = None
    """The only topics that it takes; None for all, which a volunteer never has."""
    agreement_until: date | None = None
    """The last day on which it may take calls; None where no agreement is needed."""

    def fits(self, lane: Lane, today: date) -> bool:
        """Whether it may take a task of this lane."""
        if self.agreement_until is not None and today > self.agreement_until:
            return False
        if ALL_QUEUES not in self.queues and lane.queue not in self.queues:
            return False
        if lane.site is not None and lane.site != self.site:
            return False
        allowed = self.topics
        if allowed is None and self.kind is OperatorKind.VOLUNTEER:
            allowed = frozenset()
        if allowed is not None and lane.topic not in allowed:
            return False
        return all(self.skills.get(skill, 0) >= level for skill, level in lane.skills.items())
