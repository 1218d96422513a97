"""Metrics of the operator queue: who waits now, and how long it took until somebody answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from routing.errors import StoreError
from routing.events import record
from routing.queue.records import NewTask
from routing.queue.states import TaskKind
from routing.queue.statistics import QueueNow
from tests.routing.shop import AT, PHONE, Shop
from voice122.queue_metrics import QueueMetrics


class Scraped:
    """A call centre and what Prometheus reads of it."""

    def __init__(self, url: str) -> None:
        self.shop = Shop(url)
        self.registry = CollectorRegistry()
        metrics = QueueMetrics(self.registry, self.shop.desk.statistics.queues_now)
        self.shop.store.watch(metrics.happened)

    def value(self, name: str, **labels: str) -> float | None:
        text = generate_latest(self.registry).decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return None

    def answered(self, queue: str = "general") -> tuple[float | None, float | None]:
        """How many waits were counted, and their sum (s)."""
        name = "voice122_queue_wait_seconds"
        return self.value(f"{name}_count", queue=queue), self.value(f"{name}_sum", queue=queue)


@pytest.fixture
def scraped(tmp_path: Path) -> Iterator[Scraped]:
    scraped = Scraped(f"sqlite:///{tmp_path / 'queue.sqlite'}")
    yield scraped
    scraped.shop.close()


def test_who_waits_is_told_by_queue_until_somebody_answers(scraped: Scraped) -> None:
    shop = scraped.shop
    shop.call("one")
    shop.pass_by(30)
    shop.call("two")
    shop.call("three", queue="health")
    assert scraped.value("voice122_queue_waiting", queue="general") == 2
    assert scraped.value("voice122_queue_waiting", queue="health") == 1
    assert scraped.value("voice122_queue_longest_wait_seconds", queue="general") == 30
    shop.operator("anna", queues=("health",))
    shop.accept()
    assert scraped.value("voice122_queue_waiting", queue="health") == 0
    assert scraped.value("voice122_queue_longest_wait_seconds", queue="health") == 0


def test_a_wait_counts_when_an_operator_accepts(scraped: Scraped) -> None:
    shop = scraped.shop
    shop.call()
    shop.pass_by(40)
    shop.operator()
    assert scraped.answered() == (None, None)
    shop.accept()
    assert scraped.answered() == (1, 40)


def test_a_wait_counts_when_an_operator_answers_at_a_telephone(scraped: Scraped) -> None:
    shop = scraped.shop
    shop.store.begin_call("line", AT)
    shop.store.hand_over("line", "general", {}, AT)
    shop.pass_by(25)
    shop.desk.delivery.answered("line")
    assert scraped.answered() == (1, 25)


def test_a_caller_who_comes_back_counts_once(scraped: Scraped) -> None:
    shop = scraped.shop
    shop.store.begin_call("line", AT)
    shop.store.hand_over("line", "general", {}, AT)
    shop.desk.delivery.answered("line")
    shop.desk.delivery.returned("line")
    shop.pass_by(60)
    shop.desk.delivery.answered("line")
    assert scraped.answered() == (1, 0)


def test_nobody_waits_on_the_line_for_a_call_back(scraped: Scraped) -> None:
    shop = scraped.shop
    shop.desk.tasks.create(
        NewTask(key="promise", queue="general", kind=TaskKind.CALLBACK, phone=PHONE)
    )
    assert scraped.value("voice122_queue_waiting", queue="general") is None
    shop.pass_by(600)
    shop.operator()
    shop.accept()
    assert scraped.answered() == (None, None)


def test_a_change_that_is_rolled_back_is_not_counted(scraped: Scraped) -> None:
    with pytest.raises(RuntimeError), scraped.shop.store.transaction() as session:
        record(session, AT, "task.answered", queue="general", first=True, waited_s=9.0)
        raise RuntimeError
    assert scraped.answered() == (None, None)


def test_a_store_that_fails_hides_no_other_metric() -> None:
    def broken() -> list[QueueNow]:
        raise StoreError("the store failed")

    registry = CollectorRegistry()
    QueueMetrics(registry, broken)
    assert "voice122_queue_wait_seconds" in generate_latest(registry).decode()


def test_nothing_personal_is_in_them(scraped: Scraped) -> None:
    scraped.shop.call("key-of-a-call", phone=PHONE, brief={"heard": "болит голова"})
    scraped.shop.operator()
    scraped.shop.accept()
    text = generate_latest(scraped.registry).decode()
    for secret in ("key-of-a-call", PHONE, "голова", "anna"):
        assert secret not in text


def test_a_store_that_hangs_costs_no_other_metric() -> None:
    registry, awake = CollectorRegistry(), Event()
    Counter("turns", "Others.", registry=registry)

    def hang() -> list[QueueNow]:
        awake.wait()
        return []

    QueueMetrics(registry, hang)
    try:
        assert "turns_total 0.0" in generate_latest(registry).decode()
    finally:
        awake.set()
