"""What is measured of calls, in the format of Prometheus. Nobody's words, number or call id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from telephony.events import (
    Answer,
    Answered,
    CallEvent,
    Ended,
    EngineLost,
    Held,
    Interrupted,
    NoInput,
    NoWords,
    Resumed,
    Silent,
    Underrun,
)
from telephony.turn import Turn

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_RESPONSE_S: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95, 1.2, 1.6, 2.5, 5.0)
_REACTION_S: Final = (0.06, 0.1, 0.14, 0.18, 0.22, 0.25, 0.3, 0.4, 0.6, 1.0)
_WAIT_S: Final = (0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
_LATENESS_S: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.5)


class Metrics(Silent):
    """Watches all calls of a process (`telephony.events.Observer`).

    Args:
        active: how many calls are being served now.
        restarts: how often each worker was replaced, by its name.
    """

    def __init__(
        self,
        active: Callable[[], int],
        restarts: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self.registry = CollectorRegistry()
        """What `render` gives; other measurements may join."""
        gauge = Gauge("voice122_calls_active", "Calls being served.", registry=self.registry)
        gauge.set_function(active)
        self.registry.register(_Restarts(restarts))
        self._answered = self._counter("calls_answered", "Calls taken, by way of serving.", "mode")
        self._ended = self._counter("calls_ended", "Calls that left us, by outcome.", "outcome")
        self._refused = self._counter("calls_refused", "Calls not taken, by reason.", "reason")
        self._dropped = self._counter(
            "peers_dropped", "Peers that broke the protocol or its limits.", "edge", "reason"
        )
        self._turns = self._counter("turns", "Turns, by what the caller did.", "kind")
        self._no_words = self._counter("no_words", "Sound without words, by reason.", "reason")
        self._no_input = self._counter("no_input", "Questions that nobody answered.")
        self._lost = self._counter(
            "engine_failures", "Turns in which an engine failed and was replaced.", "engine"
        )
        self._interrupted = self._counter("interruptions", "Prompts given up for the caller.")
        self._resumed = self._counter(
            "false_interruptions", "Prompts that went on after a cough or an aside."
        )
        self._underruns = self._counter("underruns", "Gaps in prompts: synthesis was too slow.")
        self._skipped = self._counter("frames_skipped", "Frames left out after a stall.")
        self._stages = self._histogram(
            "response_seconds",
            "End of speech to answer, by stage and in all.",
            _RESPONSE_S,
            "stage",
        )
        self._reaction = self._histogram(
            "barge_in_reaction_seconds", "First sound of the caller to silence.", _REACTION_S
        )
        self._lateness = self._histogram(
            "pacing_lateness_seconds", "How late beats of 20 ms were.", _LATENESS_S
        )
        self._waits = self._histogram(
            "recognizer_wait_seconds", "Wait of a request for a recognizer's turn.", _WAIT_S
        )

    def render(self) -> bytes:
        """All of it, as text of `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def happened(self, call_id: str, event: CallEvent) -> None:
        """See `Observer`."""
        match event:
            case Answered(keypad_only=keypad_only):
                self._answered.labels("keypad" if keypad_only else "speech").inc()
            case Ended(outcome=outcome):
                self._ended.labels(outcome.kind).inc()
            case Answer(turn=turn):
                self._turn(turn)
            case Held(reaction_ms=reaction_ms):
                self._reaction.observe(reaction_ms / 1000)
            case Resumed():
                self._resumed.inc()
            case Interrupted():
                self._interrupted.inc()
            case NoWords(reason=reason):
                self._no_words.labels(reason).inc()
            case NoInput():
                self._no_input.inc()
            case EngineLost(engine=engine):
                self._lost.labels(engine).inc()
            case Underrun():
                self._underruns.inc()

    def refused(self, call_id: str, reason: str) -> None:
        """See `Observer`."""
        self._refused.labels(reason).inc()

    def dropped(self, edge: str, reason: str) -> None:
        """See `Observer`."""
        self._dropped.labels(edge, reason).inc()

    def paced(self, late_s: float, skipped: int) -> None:
        """See `Observer`."""
        self._lateness.observe(late_s)
        if skipped:
            self._skipped.inc(skipped)

    def waited(self, seconds: float) -> None:
        """A request waited so long for a recognizer's turn (s)."""
        self._waits.observe(seconds)

    def _turn(self, turn: Turn) -> None:
        self._turns.labels(turn_kind(turn)).inc()
        for stage, ms in turn.times.to_json().items():
            if ms is not None:
                self._stages.labels(stage).observe(ms / 1000)

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"voice122_{name}", help_text, labels, registry=self.registry)

    def _histogram(
        self, name: str, help_text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            f"voice122_{name}", help_text, labels, registry=self.registry, buckets=buckets
        )


class _Restarts(Collector):
    """Reads the workers' own counts when somebody asks for metrics."""

    def __init__(self, restarts: Callable[[], Mapping[str, int]]) -> None:
        self._restarts = restarts

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        family = CounterMetricFamily(
            "voice122_worker_restarts", "Workers that died or hung, replaced.", labels=["worker"]
        )
        for worker, count in self._restarts().items():
            family.add_metric([worker], count)
        yield family


def turn_kind(turn: Turn) -> str:
    """What the caller did in it: ``greeting``, ``speech``, ``keys`` or ``nothing``."""
    if turn.number == 0:
        return "greeting"
    if turn.keys is not None:
        return "keys"
    return "nothing" if turn.heard is None else "speech"
