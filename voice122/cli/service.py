"""`voice122 serve`: the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click
from fastapi import FastAPI

from api.app import create_app
from api.sources import Sources
from routing.destinations_file import load_destinations
from routing.queue.desk import open_desk
from routing.webhook_target import TargetPolicy
from telephony.journal import Journal
from voice122.capacity import measured_calls
from voice122.filing import open_outbox
from voice122.health import HealthCheck
from voice122.names import content_names
from voice122.queue_metrics import QueueMetrics
from voice122.serving import CallService, run_service
from voice122.settings import Settings
from voice122.upkeep import Upkeep
from voice122.wiring import Rooms, retention

if TYPE_CHECKING:
    from voice122.traces import Traces


@click.command()
def serve() -> None:
    """Run the service: calls, HTTP; a stop waits for the calls that go on."""
    settings = Settings()
    rooms = Rooms(settings)
    destinations = load_destinations(
        settings.content_dir / "destinations.yml", rooms.content.hours.timezone
    )
    hours = rooms.content.hours
    desk = open_desk(rooms.store, lambda: datetime.now(hours.zone), hours.on_duty)
    targets = TargetPolicy(settings.webhook_networks)
    names = content_names(settings.content_dir, rooms.content.script)
    journal = Journal(settings.journal_dir, _now, timedelta(days=settings.journal_days))
    traces = [] if settings.otlp_endpoint is None else [_traces(settings.otlp_endpoint)]
    calls = CallService(
        settings, rooms.serve_call, desk.delivery, [journal, *traces], rooms.restarts
    )
    rooms.recognizer.watch_waits(calls.metrics.waited)
    waits = QueueMetrics(calls.metrics.registry, desk.statistics.queues_now)
    rooms.store.watch(waits.happened)
    upkeep = Upkeep(
        rooms.store, desk, open_outbox(rooms.store), targets, _now,
        timedelta(days=settings.audit_days), retention(settings), rooms.recordings,
    )  # fmt: skip

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with rooms, upkeep.running():
            most = settings.max_calls
            if most is None:
                most = await measured_calls(rooms.recognizer, rooms.voice, rooms.understanding)
            with journal:
                async with calls.running(most):
                    yield
        for watcher in traces:
            watcher.close()

    sources = Sources(
        store=rooms.store,
        desk=desk,
        health=HealthCheck(settings, rooms, calls),
        hours=lambda: rooms.content.hours,
        destinations=lambda: destinations,
        now=_now,
        names=lambda: names,
        targets=targets,
    )
    key = None if settings.api_key is None else settings.api_key.get_secret_value()
    app = create_app(sources, key, lifespan=running, more=calls.routers())
    run_service(app, calls, settings)


def _traces(endpoint: str) -> Traces:
    # Imported only where somebody wants traces: it takes half a second.
    from voice122.traces import Traces

    return Traces.to_collector(endpoint)


def _now() -> datetime:
    return datetime.now().astimezone()
