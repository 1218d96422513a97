"""Which of several free operators takes a call: one small class a strategy.

Each gives a sort key by what is known of an operator; who has the smallest goes first. A key is
made of values that are here (`Candidate`) as well as of columns that are in the database
(`routing/queue/candidates.py`): the simulation of a month runs through the same classes as a live
queue, and a live queue reads the first few of a thousand operators only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol


class Known(Protocol):
    """What is known of a free operator: numbers, or expressions of SQL."""

    @property
    def id(self) -> Any:
        """Whose; it decides between equals."""

    @property
    def idle_since(self) -> Any:
        """When its own last call ended, or when it logged in."""

    @property
    def last_offer_us(self) -> Any:
        """When it was last offered a call (microseconds since 1970); 0 for never."""

    @property
    def occupancy(self) -> Any:
        """Share of staffed time that it worked."""

    @property
    def talk_share(self) -> Any:
        """Talk time for each hour that it was logged in (h/h)."""

    def level(self, skill: str) -> Any:
        """Of a skill; 0 for none."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A free operator who may take the task."""

    id: str
    idle_since: float = 0.0
    """When its own last call ended, or when it logged in (s)."""
    worked_s: float = 0.0
    """In calls and wrap-up since it logged in."""
    talked_s: float = 0.0
    """In calls since it logged in."""
    staffed_s: float = 0.0
    """Ready for calls or in them since it logged in."""
    last_offer_us: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)

    @property
    def occupancy(self) -> float:
        """Share of staffed time that it worked."""
        return self.worked_s / self.staffed_s if self.staffed_s > 0 else 0.0

    @property
    def talk_share(self) -> float:
        """Talk time for each hour that it was logged in (h/h)."""
        return self.talked_s / self.staffed_s if self.staffed_s > 0 else 0.0

    def level(self, skill: str) -> int:
        """Of a skill; 0 for none."""
        return self.skills.get(skill, 0)


class Strategy(Protocol):
    """Says who goes first."""

    def key(self, one: Known, needs: Mapping[str, int]) -> tuple[Any, ...]:
        """What operators are sorted by; the smallest goes first.

        Args:
            needs: skills that the task needs, with the least levels.
        """


class LongestIdle:
    """Who has waited longest for a call; its own last call counts, no transfer of others."""

    def key(self, one: Known, needs: Mapping[str, int]) -> tuple[Any, ...]:
        """See `Strategy`."""
        return one.idle_since, one.id


class LeastOccupied:
    """Who worked the smallest share of its shift: the load evens out over long and short calls."""

    def key(self, one: Known, needs: Mapping[str, int]) -> tuple[Any, ...]:
        """See `Strategy`."""
        return one.occupancy, one.talk_share, one.idle_since, one.id


class SkillLevel:
    """The best at what the task needs; among equals the least occupied."""

    def key(self, one: Known, needs: Mapping[str, int]) -> tuple[Any, ...]:
        """See `Strategy`."""
        return -sum(one.level(skill) for skill in needs), one.occupancy, one.idle_since, one.id


class RoundRobin:
    """In turn: who was offered a call longest ago."""

    def key(self, one: Known, needs: Mapping[str, int]) -> tuple[Any, ...]:
        """See `Strategy`."""
        return one.last_offer_us, one.id


STRATEGIES: Final[Mapping[str, Strategy]] = {
    "longest_idle": LongestIdle(),
    "least_occupied": LeastOccupied(),
    "skill_level": SkillLevel(),
    "round_robin": RoundRobin(),
}
