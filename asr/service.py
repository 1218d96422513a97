"""Recognition for calls: engines in worker processes, one `Transcription` for each utterance.

    service = RecognizerService("whisper-base", directory)
    await service.start()
    transcription = service.open(hints)
    await transcription.feed(samples)         # while the caller speaks
    recognition = await transcription.finish()

Requests are spread over the workers and take turns in each, first come, first served. When a
worker dies or hangs, the transcriptions in it raise `RecognitionError` and a fresh worker
is started. Each keeps its audio here, so asking again gives the whole utterance to a new worker.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from asr.desk import Desk, Streams
from asr.errors import NoRecognizerError
from asr.recognizer import NO_HINTS, Hints, Recognizer
from asr.selection import load_recognizer
from asr.transcription import StreamedTranscription, Transcription, WholeTranscription
from models.worker import Worker, WorkerError


@dataclass(frozen=True)
class ServiceSettings:
    """Time limits and bounds."""

    feed_timeout_s: float = 5.0
    """For taking samples in (s)."""
    decode_timeout_s: float = 15.0
    """For a partial or final reading (s), besides `decode_timeout_share` of the audio's length."""
    decode_timeout_share: float = 1.0
    queue_timeout_s: float = 15.0
    """A request may wait so long for those of other calls (s)."""
    start_timeout_s: float = 120.0
    """For loading the engine (s)."""
    streams: int = 64
    """So many utterances are open in the worker at once; the one unused longest is dropped."""
    longest_s: float = 120.0
    """An utterance may be so long (s)."""
    workers: int = 1
    """Engines, each in a process of its own with its own model in memory."""
    threads: int = 2
    """Of each worker."""

    def __post_init__(self) -> None:
        timeouts = (self.feed_timeout_s, self.decode_timeout_s, self.start_timeout_s)
        if min(*timeouts, self.queue_timeout_s) <= 0:
            raise ValueError("timeouts are above 0 s")
        if self.streams < 1:
            raise ValueError(f"streams is at least 1, not {self.streams}")
        if min(self.workers, self.threads) < 1:
            raise ValueError(f"{self.workers} workers with {self.threads} threads: at least 1")


class RecognizerService:
    """See the module. Belongs to one event loop.

    Args:
        name: the recognizer, one of `asr.selection.ENGINES`.
        directory: its weights.
        settings: time limits.
        phrases: what callers may say, see `load_recognizer`.
        load: builds the recognizer inside the worker; only tests have their own.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        settings: ServiceSettings = ServiceSettings(),
        *,
        phrases: Path | None = None,
        load: Callable[[], Recognizer] | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        factory = partial(
            Streams, load or partial(load_recognizer, name, directory, settings.threads, phrases)
        )
        names = [f"asr-{name}-{number}" for number in range(1, settings.workers + 1)]
        self._desks = [
            Desk(
                Worker(
                    each,
                    partial(factory, settings.streams),
                    start_timeout_s=settings.start_timeout_s,
                )
            )
            for each in names
        ]
        self.streams_partials = False
        """Whether partial readings are cheap; known after `start`."""
        self._numbers = itertools.count(1)

    async def start(self) -> None:
        """Load the engine.

        Raises:
            NoRecognizerError: it cannot be loaded; the message says why.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self.workers:
                    group.create_task(worker.start())
            self.streams_partials = await self._desks[0].call(
                "streams_partials",
                timeout_s=self.settings.feed_timeout_s,
                wait_s=self.settings.queue_timeout_s,
            )
        except* WorkerError as errors:
            await self.stop()
            error = errors.exceptions[0]
            raise NoRecognizerError(str(error)) from error

    async def stop(self) -> None:
        """End the workers."""
        for worker in self.workers:
            await worker.stop()

    @property
    def workers(self) -> tuple[Worker, ...]:
        """For monitoring."""
        return tuple(desk.worker for desk in self._desks)

    def watch_waits(self, on_wait: Callable[[float], None]) -> None:
        """Have `on_wait` told how long each request waited for a worker's turn (s)."""
        for desk in self._desks:
            desk.on_wait = on_wait

    def desk(self) -> Desk:
        """Where the next request is served soonest: not where a worker is being restarted."""
        return min(self._desks, key=lambda desk: (not desk.worker.ready, desk.load))

    def open(self, hints: Hints = NO_HINTS) -> Transcription:
        """Begin an utterance. Costs nothing until samples come."""
        if self.streams_partials:
            return StreamedTranscription(self, hints, next(self._numbers))
        return WholeTranscription(self, hints)
