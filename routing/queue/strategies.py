"""Which of several free operators takes a call: one small class a strategy.

Each sorts candidates, best first, by what is known of them. None looks at the clock or a database,
so the simulation of a month runs through the same classes as a live queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """A free operator who may take the task."""

    id: str
    idle_s: float = 0.0
    """Since its own last call ended, or since it logged in."""
    worked_s: float = 0.0
    """In calls and wrap-up since it logged in."""
    talked_s: float = 0.0
    """In calls since it logged in."""
    staffed_s: float = 0.0
    """Ready for calls or in them since it logged in."""
    last_offer_us: int = 0
    """When it was last offered a call (microseconds since 1970); 0 for never."""
    skills: Mapping[str, int] = field(default_factory=dict)

    def has(self, needs: Mapping[str, int]) -> bool:
        """Whether its skills reach the levels that are needed."""
        return all(self.skills.get(skill, 0) >= level for skill, level in needs.items())

    @property
    def occupancy(self) -> float:
        """Share of staffed time that it worked."""
        return self.worked_s / self.staffed_s if self.staffed_s > 0 else 0.0

    @property
    def talk_share(self) -> float:
        """Talk time for each hour that it was logged in (h/h)."""
        return self.talked_s / self.staffed_s if self.staffed_s > 0 else 0.0


class Strategy(Protocol):
    """Puts candidates in order."""

    def order(self, candidates: Iterable[Candidate], needs: Mapping[str, int]) -> list[Candidate]:
        """Candidates, best first.

        Args:
            needs: skills that the task needs, with the least levels.
        """
        ...


class LongestIdle:
    """Who has waited longest for a call; its own last call counts, no transfer of others."""

    def order(self, candidates: Iterable[Candidate], needs: Mapping[str, int]) -> list[Candidate]:
        """See `Strategy`."""
        return sorted(candidates, key=lambda one: (-one.idle_s, one.id))


class LeastOccupied:
    """Who worked the smallest share of its shift: the load evens out over long and short calls."""

    def order(self, candidates: Iterable[Candidate], needs: Mapping[str, int]) -> list[Candidate]:
        """See `Strategy`."""
        return sorted(
            candidates, key=lambda one: (one.occupancy, one.talk_share, -one.idle_s, one.id)
        )


class SkillLevel:
    """The best at what the task needs; among equals the least occupied."""

    def order(self, candidates: Iterable[Candidate], needs: Mapping[str, int]) -> list[Candidate]:
        """See `Strategy`."""
        return sorted(
            candidates,
            key=lambda one: (
                -sum(one.skills.get(skill, 0) for skill in needs),
                one.occupancy,
                -one.idle_s,
                one.id,
            ),
        )


class RoundRobin:
    """In turn: who was offered a call longest ago."""

    def order(self, candidates: Iterable[Candidate], needs: Mapping[str, int]) -> list[Candidate]:
        """See `Strategy`."""
        return sorted(candidates, key=lambda one: (one.last_offer_us, one.id))


STRATEGIES: Final[Mapping[str, Strategy]] = {
    "longest_idle": LongestIdle(),
    "least_occupied": LeastOccupied(),
    "skill_level": SkillLevel(),
    "round_robin": RoundRobin(),
}
