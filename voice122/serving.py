"""The service's life: edges open, calls run, a stop waits for the last of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import FrameType
from typing import Final

import uvicorn
from fastapi import APIRouter, FastAPI

from api.calls import calls_router
from api.media import media_router
from api.metrics import metrics_router
from api.peers import PeerAccess
from models.memory import give_back
from routing.queue.delivery import Delivery
from telephony.admission import Admission, Capacity
from telephony.audiosocket_server import AudioSocketServer
from telephony.clock import Clock, RealClock
from telephony.edge import Edge
from telephony.events import Observer, Observers
from telephony.pacer import Pacer
from telephony.switchboard import IncomingCall, Session, Switchboard
from voice122.metrics import CONTENT_TYPE, Metrics
from voice122.settings import Settings

log = logging.getLogger(__name__)

_SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread may keep Python from the media loop (s): the store writes in threads, and the
usual 5 ms are a quarter of a frame."""
_LAST_WORDS_S: Final = 2.0
"""After the last call its dialplan asks where the caller goes (s)."""

OpenSession = Callable[[IncomingCall, Edge, Clock, Observer], Session]


class CallService:
    """Everything that carries calls, apart from the engines.

    Args:
        settings: of this process.
        open_session: makes the session of a call.
        delivery: is told what becomes of calls in the queue.
        watchers: told what happens.
        restarts: how often each worker was replaced, by its name; for the metrics.
    """

    def __init__(
        self,
        settings: Settings,
        open_session: OpenSession,
        delivery: Delivery,
        watchers: Sequence[Observer] = (),
        restarts: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._settings = settings
        self._delivery = delivery
        self.metrics = Metrics(lambda: self.switchboard.active, restarts)
        self.observers = Observers((self.metrics, *watchers))
        self.pacer = Pacer(self.observers.paced)
        self.admission = Admission(Capacity(0), time.monotonic)

        def session(call: IncomingCall, edge: Edge) -> Session:
            return open_session(call, edge, RealClock(self.pacer), self.observers)

        self.switchboard = Switchboard(
            session, self.admission, self.observers, settings.overload_queue, give_back
        )

    def routers(self) -> list[APIRouter]:
        """What the PBX asks over HTTP, the WebSocket edge, and measurements."""
        access = PeerAccess(self._settings.edge_trust_loopback)
        return [
            calls_router(self.switchboard, self._delivery, access),
            metrics_router(self.metrics.render, CONTENT_TYPE, access),
            media_router(self.switchboard.connect, access, self.observers.dropped),
        ]

    @asynccontextmanager
    async def running(self, speech_calls: int) -> AsyncIterator[None]:
        """Take calls.

        Args:
            speech_calls: how many the machine holds.

        Raises:
            TelephonyError: an edge cannot listen.
        """
        settings = self._settings
        self.admission.capacity = Capacity(speech_calls, settings.keypad_calls)
        async with contextlib.AsyncExitStack() as stack:
            if settings.audiosocket_port is not None:
                server = AudioSocketServer(
                    settings.audiosocket_host,
                    settings.audiosocket_port,
                    self.switchboard.connect,
                    on_dropped=lambda reason: self.observers.dropped("audiosocket", reason),
                )
                await stack.enter_async_context(server)
            gc.collect()
            gc.freeze()  # what is loaded now stays: no collection during a call has to look at it
            yield

    async def drain(self) -> None:
        """No new calls; the present ones finish, and their dialplans learn where they go."""
        had_calls = self.switchboard.active > 0
        await self.switchboard.drain(self._settings.drain_limit_s)
        if had_calls:
            await asyncio.sleep(_LAST_WORDS_S)


class DrainingServer(uvicorn.Server):
    """A first signal to stop drains, a second one stops at once."""

    def __init__(self, config: uvicorn.Config, calls: CallService) -> None:
        super().__init__(config)
        self._calls = calls
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by uvicorn in a signal handler."""
        if self._draining is not None:
            self.should_exit = self.force_exit = True
            return
        self._draining = asyncio.get_event_loop().create_task(self._drain())

    async def _drain(self) -> None:
        try:
            await self._calls.drain()
        finally:
            self.should_exit = True


def run_service(app: FastAPI, calls: CallService, settings: Settings) -> None:
    """Serve until a signal comes and the last call is over."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    for room in ("telephony", "voice122", "models"):  # who looks after calls needs the reasons
        logging.getLogger(room).setLevel(logging.INFO)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        ws_max_size=65_536,
        ws_per_message_deflate=False,  # audio does not shrink, and the media loop has no time
        timeout_graceful_shutdown=5,
    )
    DrainingServer(config, calls).run()
