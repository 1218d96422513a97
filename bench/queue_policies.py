"""Who of the free operators is offered a call: by our strategies, or by Asterisk's."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.queue_people import Agent
from routing.queue.strategies import STRATEGIES, Candidate


class Policy(Protocol):
    """Chooses among free operators."""

    name: str
    rings_again_s: float
    """Until a call that was not answered is offered again."""
    breaks_absent: bool
    """Whether an operator who does not answer is taken out."""

    def choose(self, free: Sequence[Agent], now: float, rng: random.Random) -> Agent:
        """The operator who is offered the call."""
        ...


@dataclass
class Ours:
    """A strategy of `routing.queue.strategies`."""

    strategy: str
    rings_again_s: float = 0.0
    breaks_absent: bool = True

    @property
    def name(self) -> str:
        """As in the rules of a queue."""
        return self.strategy

    def choose(self, free: Sequence[Agent], now: float, rng: random.Random) -> Agent:
        """See `Policy`."""
        key = STRATEGIES[self.strategy].key
        return min(free, key=lambda agent: key(_known(agent, now), {}))


def _known(agent: Agent, now: float) -> Candidate:
    return Candidate(
        agent.id,
        agent.idle_since,
        agent.shift_worked_s,
        agent.shift_talked_s,
        agent.shift_staffed_s + now - agent.since,
        int(agent.last_offer * 1e6),
    )


@dataclass
class Asterisk:
    """A strategy of Asterisk's app_queue, as its documentation describes it, with its defaults:
    15 s of ringing, 5 s until the next try, no pause for a member who does not answer."""

    strategy: str
    rings_again_s: float = 5.0
    breaks_absent: bool = False
    _position: int = field(default=-1, repr=False)

    @property
    def name(self) -> str:
        """With its origin."""
        return f"asterisk {self.strategy}"

    def choose(self, free: Sequence[Agent], now: float, rng: random.Random) -> Agent:
        """See `Policy`."""
        match self.strategy:
            case "linear":
                return min(free, key=lambda agent: agent.order)
            case "leastrecent":
                return min(free, key=lambda agent: (agent.idle_since, agent.order))
            case "fewestcalls":
                return min(free, key=lambda agent: (agent.calls, agent.order))
            case "rrmemory":
                after = [agent for agent in free if agent.order > self._position]
                chosen = min(after or free, key=lambda agent: agent.order)
                self._position = chosen.order
                return chosen
            case _:
                return rng.choice(free)
