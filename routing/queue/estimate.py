"""How long a caller will wait: from the queue as it stands, not from how it was.

With n operators who each take a call every `aht_s`, calls leave the queue at the rate n/aht; those
ahead who lose patience leave it, too. The wait of a caller with k ahead is the sum of the times
until each of the k+1 gets its turn: the queue-length predictor with abandonment of Whitt (1999) and
of Ibrahim and Whitt (2009). Where nothing is known of handling times, the last waits are taken;
where those are not known either, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MIN_HANDLED: Final = 5
"""Fewer handled calls than these say nothing about the next one."""
MIN_WAITS: Final = 3


@dataclass(frozen=True)
class QueueState:
    """What is known when the question is asked."""

    ahead: int
    """Callers who go first."""
    operators: int
    """Who take calls like this one: free, in a call, or in wrap-up."""
    free: int
    """Who of them is free now."""
    handling_s: Sequence[float] = ()
    """Talk and wrap-up of the last calls (s)."""
    waits_s: Sequence[float] = ()
    """Waits of the last callers who were answered (s)."""
    patience_s: float | None = None
    """How long callers wait before they hang up, on average (s); None where nobody does."""


@dataclass(frozen=True)
class WaitEstimate:
    """A wait as it may be announced."""

    seconds: float
    """The mean (s)."""
    low_min: int
    """Whole minutes: from..."""
    high_min: int
    """...to. Announced as a range; `low_min` 0 means «less than `high_min`»."""


def estimate(state: QueueState) -> WaitEstimate | None:
    """The wait from now; None where there is nothing to base it on."""
    if state.operators == 0:
        return None
    if state.free > state.ahead:
        return _announced(0.0, 0.0)
    if len(state.handling_s) >= MIN_HANDLED:
        rate = state.operators / (sum(state.handling_s) / len(state.handling_s))
        # Who are served at once by free operators do not make the next one wait.
        stages = state.ahead - state.free + 1
        leave = 0.0 if not state.patience_s else 1 / state.patience_s
        times = [1 / (rate + k * leave) for k in range(stages)]
        return _announced(sum(times), math.sqrt(sum(t * t for t in times)))
    if len(state.waits_s) >= MIN_WAITS:
        mean = sum(state.waits_s) / len(state.waits_s)
        return _announced(mean, mean / 2)
    return None


def patience(waits_s: float, abandoned: int) -> float | None:
    """Mean patience (s): all time that was waited, for each caller who gave up.

    The maximum-likelihood estimate where waits of answered callers are censored.
    """
    return waits_s / abandoned if abandoned else None


def _announced(mean_s: float, deviation_s: float) -> WaitEstimate:
    low = math.floor(max(0.0, mean_s - deviation_s) / 60)
    high = max(1, math.ceil((mean_s + deviation_s) / 60), low + 1)
    return WaitEstimate(mean_s, low, high)
