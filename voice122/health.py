"""Whether calls can be served, and what is wrong: for monitors, and for administrators at night."""

from __future__ import annotations

from typing import Final

from api.shapes.public import Health
from routing.bounded import Bounded
from routing.errors import StoreError
from voice122.serving import CallService
from voice122.settings import Settings
from voice122.wiring import Rooms

_STORE_S: Final = 1.0
"""How long who asks waits for the store (s)."""


class HealthCheck:
    """Looks at everything that a call needs.

    Args:
        settings: of this process.
        rooms: their engines and their store.
        calls: whether new ones are taken.
    """

    def __init__(self, settings: Settings, rooms: Rooms, calls: CallService) -> None:
        self._settings = settings
        self._rooms = rooms
        self._calls = calls
        self._bounded = Bounded(_STORE_S, reads=True)

    async def __call__(self) -> Health:
        problems = [f"{w.name} is being restarted" for w in self._rooms.workers if not w.ready]
        try:
            await self._bounded.run(self._rooms.store.ping)
        except StoreError as error:
            problems.append(str(error))
        draining = self._calls.admission.draining
        return Health(
            status="draining" if draining else "degraded" if problems else "ok",
            recognizer=self._rooms.recognizer.name,
            synthesizer=self._rooms.voice.version.split("/")[0],
            interpreter=self._settings.nlu,
            problems=problems,
        )
