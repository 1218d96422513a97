"""Callers and operators of the simulation: what they do, and when; all of it from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

DAY_S: Final = 86_400
OPEN_S: Final = 8 * 3600
CLOSE_S: Final = 20 * 3600


@dataclass(frozen=True, slots=True)
class Call:
    """A caller: when it comes, how long it talks and waits."""

    at: float
    talk_s: float
    wrap_s: float
    patience_s: float
    priority: int = 0


@dataclass(slots=True)
class Agent:
    """An operator of the simulation."""

    id: str
    order: int
    on_duty: Callable[[int], bool]
    """Whether it works on a day."""
    state: str = "offline"
    since: float = 0.0
    idle_since: float = 0.0
    worked_s: float = 0.0
    talked_s: float = 0.0
    staffed_s: float = 0.0
    shift_worked_s: float = 0.0
    shift_talked_s: float = 0.0
    shift_staffed_s: float = 0.0
    calls: int = 0
    last_offer: float = 0.0
    absent_until: float = 0.0

    def enter(self, state: str, now: float) -> None:
        """Enter a state, counting the time in the last one."""
        spent = now - self.since
        if self.state != "offline":
            self.staffed_s += spent
            self.shift_staffed_s += spent
        if self.state in ("busy", "wrap_up"):
            self.worked_s += spent
            self.shift_worked_s += spent
        if self.state == "busy":
            self.talked_s += spent
            self.shift_talked_s += spent
        self.state, self.since = state, now


PROFILE: Final = (0.7, 1.2, 1.5, 1.5, 1.2, 1.0, 0.9, 0.9, 0.9, 0.8, 0.7, 0.7)
"""Share of the mean in each hour from 8 to 20."""


def month_of_calls(
    days: int, a_day: float, handling_s: float, seed: int, *, bursty: bool
) -> list[Call]:
    """Calls of a month: Poisson within each hour; bursty ones have twenty minutes three times a day
    in which three times as many call (a notice on television), and as many fewer otherwise."""
    rng = random.Random(seed)
    calls = []
    for day in range(days):
        bursts = [rng.uniform(OPEN_S, CLOSE_S - 1200) for _ in range(3)] if bursty else []
        for at in _poisson(rng, day, a_day, bursts):
            talk = rng.gammavariate(2, handling_s * 5 / 12)
            calls.append(Call(at, talk, rng.expovariate(6 / handling_s), rng.expovariate(1 / 300)))
    return sorted(calls, key=lambda call: call.at)


def _poisson(rng: random.Random, day: int, a_day: float, bursts: list[float]) -> Iterator[float]:
    most = 3.0 * max(PROFILE)
    share = sum(PROFILE) / len(PROFILE)
    # A burst of 1200 s at three times the rate adds 2 * 1200 s of an average rate.
    usual = 1 / (1 + 2 * 1200 * len(bursts) / (CLOSE_S - OPEN_S))
    rate = a_day / (CLOSE_S - OPEN_S) / share * usual
    at = float(OPEN_S)
    while (at := at + rng.expovariate(rate * most)) < CLOSE_S:
        factor = PROFILE[int((at - OPEN_S) // 3600)]
        if any(begin <= at < begin + 1200 for begin in bursts):
            factor *= 3
        if rng.random() < factor / most:
            yield day * DAY_S + at


def equal_operators(count: int) -> list[Agent]:
    """Operators who work two days and rest two, in two crews."""
    return [
        Agent(f"o{n:03}", n, lambda day, crew=n % 2: (day // 2) % 2 == crew)  # type: ignore[misc]
        for n in range(count)
    ]
