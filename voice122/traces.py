"""A trace of each turn, with its stages, sent by OpenTelemetry. No words, no numbers.

A turn is known when its answer begins to sound; its stages lie one after another before that
moment (`telephony.turn.StageTimes`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import set_span_in_context

from dialog.acts import act_to_json
from telephony.events import Answer, CallEvent, Silent
from telephony.turn import Turn
from voice122 import __version__
from voice122.metrics import turn_kind

_STAGES: Final = ("endpoint", "asr", "nlu", "dialog", "tts_first")


class Traces(Silent):
    """Watches all calls of a process (`telephony.events.Observer`).

    Args:
        processor: takes finished spans; called in the event loop, so it must not block.
        now_ns: time of day (ns since 1970).
    """

    def __init__(self, processor: SpanProcessor, now_ns: Callable[[], int] = time.time_ns) -> None:
        resource = Resource.create({"service.name": "voice122", "service.version": __version__})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("voice122")
        self._now_ns = now_ns

    @classmethod
    def to_collector(cls, endpoint: str) -> Traces:
        """Traces that a thread sends in batches to an OTLP collector (HTTP)."""
        return cls(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def happened(self, call_id: str, event: CallEvent) -> None:
        """See `Observer`."""
        if isinstance(event, Answer):
            self._turn(call_id, event.turn)

    def _turn(self, call_id: str, turn: Turn) -> None:
        end = self._now_ns()
        stages = [(name, getattr(turn.times, name)) for name in _STAGES]
        lasted = [(name, round(ms * 1e6)) for name, ms in stages if ms is not None]
        at = end - sum(ns for _, ns in lasted)
        span = self._tracer.start_span(
            "turn",
            start_time=at,
            attributes={
                "voice122.call_id": call_id,
                "voice122.turn": turn.number,
                "voice122.kind": turn_kind(turn),
                "voice122.acts": [next(iter(act_to_json(act))) for act in turn.acts],
            },
        )
        parent = set_span_in_context(span)
        for name, ns in lasted:
            self._tracer.start_span(name, parent, start_time=at).end(at + ns)
            at += ns
        span.end(end)
