"""`voice122 serve`: the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
import uvicorn
from fastapi import FastAPI

from api.app import Health, create_app
from voice122.settings import Settings
from voice122.wiring import Rooms


@click.command()
def serve() -> None:
    """Run the HTTP service until it is stopped."""
    settings = Settings()
    rooms = Rooms(settings)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with rooms:
            yield

    def health() -> Health:
        return Health(
            status="ok",
            recognizer=rooms.recognizer.name,
            synthesizer=rooms.voice.version.split("/")[0],
            interpreter="embedded",
        )

    key = None if settings.api_key is None else settings.api_key.get_secret_value()
    app = create_app(rooms.store, health, key, lifespan=running)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
