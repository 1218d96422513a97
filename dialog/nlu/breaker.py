"""A circuit breaker: a service that keeps failing is left alone for a while.

After Nygard, "Release It!" (2007). Without it every caller would wait for the time-out of a service
that is known to be down.
"""

from __future__ import annotations

from collections.abc import Callable


class CircuitBreaker:
    """Counts failures in a row. Closed: ask. Open: do not ask. After a while: ask once, on trial.

    Args:
        failures: in a row that open it, at least 1.
        open_s: how long it stays open (s).
        clock: monotonic time (s).
    """

    def __init__(self, failures: int, open_s: float, clock: Callable[[], float]) -> None:
        if failures < 1 or open_s < 0:
            raise ValueError(f"failures={failures} and open_s={open_s}: give at least 1 and 0")
        self.open_s = open_s
        self._limit = failures
        self._clock = clock
        self._failed = 0
        self._opened_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the service counts as down: from the last failure needed to the next success."""
        return self._opened_at is not None

    def may_ask(self) -> bool:
        """Whether the service may be asked now. Follow it with `succeeded`, `failed` or `trip`."""
        return self._opened_at is None or self._clock() - self._opened_at >= self.open_s

    def succeeded(self) -> None:
        """It answered: closed."""
        self._failed = 0
        self._opened_at = None

    def failed(self) -> None:
        """It did not answer. One failure on trial opens it again at once."""
        self._failed += 1
        if self.is_open or self._failed >= self._limit:
            self.trip()

    def trip(self) -> None:
        """Open it now: what is wrong will not pass by itself."""
        self._opened_at = self._clock()
