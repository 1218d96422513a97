"""`voice122 serve`: the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import click
from fastapi import FastAPI

from api.app import create_app
from api.shapes.public import Health
from api.sources import Sources
from routing.destinations_file import load_destinations
from routing.queue.desk import open_desk
from voice122.filing import open_outbox
from voice122.serving import CallService, run_service
from voice122.settings import Settings
from voice122.wiring import Rooms


@click.command()
def serve() -> None:
    """Run the service: calls, HTTP; a stop waits for the calls that go on."""
    settings = Settings()
    rooms = Rooms(settings)
    destinations = load_destinations(
        settings.content_dir / "destinations.yml", rooms.content.hours.timezone
    )
    outbox = open_outbox(rooms.store)
    desk = open_desk(
        rooms.store,
        lambda: datetime.now(rooms.content.hours.zone),
        rooms.content.hours.on_duty,
    )
    calls = CallService(settings, rooms.serve_call)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with rooms:
            delivering = asyncio.create_task(outbox.keep_delivering())
            timing = asyncio.create_task(desk.timekeeper.keep_time())
            async with calls.running(settings.max_calls or 4):
                yield
            for task in (delivering, timing):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def health() -> Health:
        return Health(
            status="ok",
            recognizer=rooms.recognizer.name,
            synthesizer=rooms.voice.version.split("/")[0],
            interpreter="embedded",
        )

    sources = Sources(
        store=rooms.store,
        health=health,
        hours=lambda: rooms.content.hours,
        destinations=lambda: destinations,
        now=lambda: datetime.now().astimezone(),
    )
    key = None if settings.api_key is None else settings.api_key.get_secret_value()
    app = create_app(sources, key, lifespan=running, more=calls.routers())
    run_service(app, calls, settings)
