"""Metrics and traces of real calls: every event counts, and nothing in them is personal."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import metrics_router
from routing.queue.statistics import QueueNow
from telephony.edge import Inbound
from telephony.events import EngineLost, Held, NoInput, NoWords, Observers, Resumed, Underrun
from tests.telephony.fakes import silence, speech
from tests.telephony.table import GREETING_S, PHRASES, Table
from voice122.metrics import CONTENT_TYPE, Metrics
from voice122.queue_metrics import QueueMetrics
from voice122.traces import Traces

ROOT = Path(__file__).parents[2]
CALL_ID = "0d7d6a1e-5c1e-4a57-9d51-6d1f0c2f3a4b"
NOON_NS = 1_795_500_000 * 10**9


class Watched:
    """Calls at a table, watched by metrics and traces."""

    def __init__(self, directory: Path) -> None:
        self.metrics = Metrics(lambda: 7, lambda: {"asr-whisper-1": 2})
        QueueMetrics(self.metrics.registry, lambda: [QueueNow("general", 2, 31.0)])
        self.spans = InMemorySpanExporter()
        self.traces = Traces(SimpleSpanProcessor(self.spans), lambda: NOON_NS)
        self.table = Table.in_directory(directory)
        self.table.log = Observers([self.metrics, self.traces])  # type: ignore[assignment]

    async def call(self, *parts: object) -> None:
        await self.table.call(silence(GREETING_S), *parts, call_id=CALL_ID)  # type: ignore[arg-type]

    def value(self, name: str, **labels: str) -> float:
        for family in text_string_to_metric_families(self.metrics.render().decode()):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        raise AssertionError(f"{name} {labels} is not there")


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


async def test_a_call_is_counted_with_its_turns_and_times(watched: Watched) -> None:
    await watched.call(speech(1, 1.0), silence(5.0), Inbound(keys="0"), silence(8.0))
    assert watched.value("voice122_calls_answered_total", mode="speech") == 1
    assert watched.value("voice122_calls_ended_total", outcome="handed_over") == 1
    assert watched.value("voice122_calls_active") == 7
    kinds = {
        k: watched.value("voice122_turns_total", kind=k) for k in ("greeting", "speech", "keys")
    }
    assert kinds == {"greeting": 1, "speech": 1, "keys": 1}
    for stage in ("endpoint", "asr", "nlu", "dialog", "tts_first", "response"):
        assert watched.value("voice122_response_seconds_count", stage=stage) >= 1


def test_everything_else_that_happens_is_counted(watched: Watched) -> None:
    metrics = watched.metrics
    metrics.happened("call", Held(1.0, 180.0))
    metrics.happened("call", Resumed(1.0, 400.0))
    metrics.happened("call", NoWords(1.0, "no_speech"))
    metrics.happened("call", NoInput(1.0))
    metrics.happened("call", EngineLost(1.0, "asr"))
    metrics.happened("call", Underrun(1.0, 60.0))
    metrics.refused("call", "overloaded")
    metrics.dropped("audiosocket", "too_fast")
    metrics.paced(0.0012, 2)
    metrics.waited(0.3)
    assert watched.value("voice122_barge_in_reaction_seconds_sum") == pytest.approx(0.18)
    assert watched.value("voice122_false_interruptions_total") == 1
    assert watched.value("voice122_no_words_total", reason="no_speech") == 1
    assert watched.value("voice122_no_input_total") == 1
    assert watched.value("voice122_engine_failures_total", engine="asr") == 1
    assert watched.value("voice122_underruns_total") == 1
    assert watched.value("voice122_calls_refused_total", reason="overloaded") == 1
    assert watched.value("voice122_peers_dropped_total", edge="audiosocket", reason="too_fast") == 1
    assert watched.value("voice122_frames_skipped_total") == 2
    assert watched.value("voice122_pacing_lateness_seconds_count") == 1
    assert watched.value("voice122_worker_restarts_total", worker="asr-whisper-1") == 2
    assert watched.value("voice122_recognizer_wait_seconds_sum") == pytest.approx(0.3)


async def test_a_turn_is_a_trace_whose_stages_follow_one_another(watched: Watched) -> None:
    await watched.call(speech(1, 1.0), silence(5.0), Inbound(hung_up=True))
    spans = watched.spans.get_finished_spans()
    turn = next(s for s in spans if s.name == "turn" and s.attributes["voice122.turn"] == 1)
    stages = sorted(
        (s for s in spans if s.parent and s.parent.span_id == turn.context.span_id),
        key=lambda s: s.start_time,
    )
    assert [s.name for s in stages] == ["endpoint", "asr", "nlu", "dialog", "tts_first"]
    assert (stages[0].start_time, stages[-1].end_time) == (turn.start_time, NOON_NS)
    assert all(a.end_time == b.start_time for a, b in pairwise(stages))
    assert turn.attributes["voice122.call_id"] == CALL_ID


async def test_nothing_personal_is_in_metrics_or_traces(watched: Watched) -> None:
    await watched.call(speech(1, 1.0), silence(5.0), speech(5, 1.0), silence(9.0))
    metrics = watched.metrics.render().decode()
    traces = "\n".join(span.to_json() for span in watched.spans.get_finished_spans())
    said = [turn.said for turn in watched.table.turns]
    assert len(said) >= 3
    for text in (*PHRASES.values(), *said):
        for word in re.findall(r"\w{4,}", text):
            assert word not in metrics
            assert word not in traces
    assert not re.search("[а-яё]", metrics + traces, re.IGNORECASE)
    assert CALL_ID not in metrics


def test_metrics_are_read_over_http_by_whoever_may() -> None:
    def nobody() -> None:
        raise PermissionError

    for allowed in (lambda: None, nobody):
        app = FastAPI()
        app.include_router(metrics_router(Metrics(lambda: 0).render, CONTENT_TYPE, allowed))
        client = TestClient(app)
        if allowed is nobody:
            with pytest.raises(PermissionError):
                client.get("/metrics")
        else:
            answer = client.get("/metrics")
            assert answer.headers["content-type"] == CONTENT_TYPE
            assert "voice122_calls_active 0.0" in answer.text


def test_the_dashboard_and_the_handbook_name_metrics_that_exist(watched: Watched) -> None:
    families = re.findall(r"(?m)^# TYPE (\S+)", watched.metrics.render().decode())
    for path in (ROOT / "deploy/grafana/voice122.json", ROOT / "docs/monitoring.md"):
        named = set(re.findall(r"voice122_[a-z_]+", path.read_text()))
        assert {name.removesuffix("_bucket") for name in named} <= set(families), path
    assert json.loads((ROOT / "deploy/grafana/voice122.json").read_text())["panels"]
