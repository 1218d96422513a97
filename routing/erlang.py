"""How many operators are needed: Erlang C, for calls that come at random and wait patiently.

Erlang C knows no abandonment, so real callers wait a little less than it says. Source: A. K. Erlang
(1917); the recursion is the standard one over Erlang B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from routing.errors import RulesError

_MOST = 10_000


@dataclass(frozen=True)
class Load:
    """What comes in within an interval."""

    calls: float
    interval_s: float
    aht_s: float
    """Average handling time: talk and wrap-up (s)."""

    def __post_init__(self) -> None:
        if self.calls < 0 or self.interval_s <= 0 or self.aht_s <= 0:
            raise RulesError("load: calls of 0 or more, interval and handling time above 0 s")

    @property
    def erlangs(self) -> float:
        """Offered traffic: how many operators it keeps busy on average."""
        return self.calls * self.aht_s / self.interval_s


@dataclass(frozen=True)
class Staffing:
    """What a number of operators makes of a load."""

    operators: int
    service_level: float
    """Share of calls answered within the target time."""
    asa_s: float
    """Average speed of answer (s); infinite where the queue grows without end."""
    occupancy: float
    """Share of time that an operator works."""


def waiting_probability(erlangs: float, operators: int) -> float:
    """Erlang C: the probability that a call has to wait; 1 where the queue grows without end."""
    if erlangs <= 0:
        return 0.0
    if operators <= erlangs:
        return 1.0
    blocked = 1.0
    for n in range(1, operators + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
    return operators * blocked / (operators - erlangs * (1 - blocked))


def staffing(load: Load, operators: int, target_s: float) -> Staffing:
    """What `operators` make of `load`.

    Args:
        target_s: within which time a call shall be answered (s).
    """
    erlangs = load.erlangs
    if operators <= erlangs:
        return Staffing(operators, 0.0, math.inf, 1.0)
    waits = waiting_probability(erlangs, operators)
    free = (operators - erlangs) / load.aht_s
    return Staffing(
        operators,
        service_level=1 - waits * math.exp(-free * target_s),
        asa_s=waits / free,
        occupancy=erlangs / operators,
    )


def operators_needed(
    load: Load, target_share: float, target_s: float, max_occupancy: float = 1.0
) -> Staffing:
    """The fewest operators with whom the norm is met.

    Args:
        target_share: share of calls that shall be answered within `target_s` (0 to 1).
        max_occupancy: above it operators tire; more of them are needed then.

    Raises:
        RulesError: no number of operators is enough.
    """
    if not 0 <= target_share < 1 or not 0 < max_occupancy <= 1:
        raise RulesError("norm: a share below 1, and an occupancy above 0 and at most 1")
    for operators in range(max(1, math.ceil(load.erlangs)), _MOST):
        found = staffing(load, operators, target_s)
        if found.service_level >= target_share and found.occupancy <= max_occupancy:
            return found
    raise RulesError(f"{load.erlangs:.0f} erlangs need more than {_MOST} operators: check the load")
