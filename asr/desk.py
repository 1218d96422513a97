"""Both sides of a recognizer's worker: the streams open inside it, and who waits outside."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asr.audio import Pcm
from asr.errors import RecognitionError
from asr.recognizer import Hints, Recognition, Recognizer, RecognizerStream
from models.worker import Worker


class Streams:
    """The engine's side: open streams by number, inside the worker process.

    Args:
        load: builds the recognizer.
        limit: how many may be open; beyond it the one unused longest is dropped, so that clients
            that vanish leak nothing.
    """

    def __init__(self, load: Callable[[], Recognizer], limit: int) -> None:
        self._recognizer = load()
        self._limit = limit
        self._streams: OrderedDict[int, RecognizerStream] = OrderedDict()

    def streams_partials(self) -> bool:
        """Whether the engine streams."""
        return self._recognizer.streams_partials

    @property
    def open_streams(self) -> tuple[int, ...]:
        """Numbers of the open streams, the one unused longest first."""
        return tuple(self._streams)

    def feed(self, number: int, hints: Hints, begins: bool, samples: Pcm) -> None:
        """Give samples to a stream; `begins` opens it anew.

        Raises:
            KeyError: the stream is not open any more.
        """
        if begins:
            self._streams[number] = self._recognizer.stream(hints)
            while len(self._streams) > self._limit:
                self._streams.popitem(last=False)
        self._stream(number).accept(samples)

    def partial(self, number: int) -> Recognition:
        """See `RecognizerStream.partial`."""
        return self._stream(number).partial()

    def finish(self, number: int) -> Recognition:
        """See `RecognizerStream.finish`; closes the stream."""
        recognition = self._stream(number).finish()
        self.close(number)
        return recognition

    def read(self, hints: Hints, samples: Pcm, first: Recognition | None) -> Recognition:
        """A whole utterance at once: quickly, or thoroughly if that reading is known already."""
        stream = self._recognizer.stream(hints)
        stream.accept(samples)
        return stream.partial() if first is None else stream.finish(first)

    def close(self, number: int) -> None:
        """Forget a stream; no matter if it is not open."""
        self._streams.pop(number, None)

    def _stream(self, number: int) -> RecognizerStream:
        self._streams.move_to_end(number)
        return self._streams[number]


@dataclass(eq=False)
class Desk:
    """One worker and who waits for it."""

    worker: Worker
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held for one request at a time, so that time-outs count no others' work."""
    utterances: int = 0
    """That are streamed to it."""
    on_wait: Callable[[float], None] = lambda waited_s: None
    """Told how long each request waited for its turn (s)."""
    requests: set[asyncio.Task[Any]] = field(default_factory=set)
    """At work or waiting."""

    @property
    def load(self) -> int:
        """How much there is to do."""
        return self.utterances + len(self.requests)

    async def call(
        self,
        method: str,
        *args: Any,
        timeout_s: float,
        wait_s: float,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Any:
        """See `Worker.call`; None if it is not `wanted` any more when its turn has come.

        Cancelled, it leaves the request to the worker, which is busy with it until it is done.

        Raises:
            RecognitionError: its turn did not come within `wait_s` (s).
        """
        request = asyncio.create_task(self._serve(method, args, timeout_s, wait_s, wanted))
        self.requests.add(request)
        request.add_done_callback(self._served)
        return await asyncio.shield(request)

    async def _serve(
        self,
        method: str,
        args: tuple[Any, ...],
        timeout_s: float,
        wait_s: float,
        wanted: Callable[[], bool],
    ) -> Any:
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(wait_s):
                await self.turn.acquire()
        except TimeoutError:
            raise RecognitionError(
                f"the recognizer is overloaded: a request waited {wait_s:g} s; take fewer calls"
            ) from None
        self.on_wait(time.monotonic() - asked_at)
        try:
            return await self.worker.call(method, *args, timeout_s=timeout_s) if wanted() else None
        finally:
            self.turn.release()

    def _served(self, request: asyncio.Task[Any]) -> None:
        self.requests.discard(request)
        if not request.cancelled():
            request.exception()  # whoever waits gets it; nobody else must
