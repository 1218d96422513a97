"""How often somebody may ask: the generic cell rate algorithm (ITU-T I.371), in this process."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MOST_CLIENTS: Final = 10_000
"""The one that asked longest ago is forgotten first: its allowance is full again by then."""


@dataclass(frozen=True)
class Rate:
    """An allowance: so many requests at once, refilled at so many a second."""

    per_s: float
    burst: int

    def __post_init__(self) -> None:
        if self.per_s <= 0 or self.burst < 1:
            raise ValueError("a rate needs per_s > 0 and burst >= 1")


class RateLimiter:
    """Counts requests by client."""

    def __init__(self) -> None:
        self._due: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, client: str, rate: Rate, now: float) -> float:
        """Take one request out of the client's allowance.

        Args:
            client: whose.
            rate: of this client.
            now: monotonic time (s).

        Returns:
            0 where it may go on; otherwise after how long it may come again (s), nothing was taken.
        """
        interval = 1 / rate.per_s
        due = max(self._due.get(client, now), now)
        early = due - now - (rate.burst - 1) * interval
        if early > 1e-9:
            return early
        self._due[client] = due + interval
        self._due.move_to_end(client)
        if len(self._due) > _MOST_CLIENTS:
            self._due.popitem(last=False)
        return 0.0
