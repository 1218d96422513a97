"""What is measured of the operator queue, in the format of Prometheus: nothing personal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from routing.bounded import Bounded
from routing.errors import StoreError
from routing.events import Event
from routing.queue.states import TaskKind
from routing.queue.statistics import QueueNow

_STORE_S: Final = 1.0
"""How long who asks for metrics waits for the store (s)."""
_WAIT_S: Final = (5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 1200, 1800)


class QueueMetrics:
    """Waits of callers for operators.

    Args:
        registry: where they are published.
        waiting: who waits now, by queue; asked whenever somebody reads the metrics.
    """

    def __init__(
        self, registry: CollectorRegistry, waiting: Callable[[], Iterable[QueueNow]]
    ) -> None:
        self._waits = Histogram(
            "voice122_queue_wait_seconds",
            "From joining a queue until an operator answered, by the queue that answered.",
            ("queue",),
            registry=registry,
            buckets=_WAIT_S,
        )
        registry.register(_Waiting(waiting))

    def happened(self, event: Event) -> None:
        """See `routing.database.Database.watch`. A caller who comes back counts once, and nobody
        waits on the line for a call-back."""
        data = event.data
        match event.kind:
            case "reservation.accepted":  # at our desk
                answered = data["task_kind"] == TaskKind.CALL
            case "task.answered":  # at a telephone
                answered = True
            case _:
                answered = False
        if answered and data["first"]:
            self._waits.labels(data["queue"]).observe(data["waited_s"])


class _Waiting(Collector):
    """Looks into the store when somebody asks for metrics."""

    def __init__(self, waiting: Callable[[], Iterable[QueueNow]]) -> None:
        self._waiting = waiting
        self._bounded = Bounded(_STORE_S, reads=True)
        self._seen: set[str] = set()

    def describe(self) -> Iterable[Metric]:
        """Nothing to read at the start; see `Collector`."""
        return self._families()

    def collect(self) -> Iterator[Metric]:
        """See `Collector`. A queue that was seen stays, at 0; a store that fails or does not answer
        gives none, and the other measurements do not wait for it."""
        calls, longest = self._families()
        try:
            now = {queue.queue: queue for queue in self._bounded.call(self._waiting)}
        except StoreError:
            return
        self._seen |= now.keys()
        for name in sorted(self._seen):
            queue = now.get(name, QueueNow(name, 0, 0.0))
            calls.add_metric([name], queue.waiting)
            longest.add_metric([name], queue.longest_wait_s)
        yield calls
        yield longest

    @staticmethod
    def _families() -> list[GaugeMetricFamily]:
        return [
            GaugeMetricFamily(
                "voice122_queue_waiting", "Calls that wait for an operator.", labels=["queue"]
            ),
            GaugeMetricFamily(
                "voice122_queue_longest_wait_seconds",
                "How long the first of them has waited.",
                labels=["queue"],
            ),
        ]
