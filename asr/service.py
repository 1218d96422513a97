"""Recognition for calls: engines in worker processes, one `Transcription` for each utterance.

    service = RecognizerService("whisper-base", directory)
    await service.start()
    transcription = service.open(hints)
    await transcription.feed(samples)         # while the caller speaks
    recognition = await transcription.finish()

Utterances are spread over the workers and take turns in each, first come, first served. When a
worker dies or hangs, the transcriptions in it raise `RecognitionError` and a fresh worker
is started. Each keeps its audio here, so asking again gives the whole utterance to the new worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from asr.audio import SAMPLE_RATE, Pcm
from asr.desk import Desk, Streams
from asr.errors import NoRecognizerError, RecognitionError
from asr.recognizer import NO_HINTS, Hints, Recognition, Recognizer
from asr.selection import load_recognizer
from models.worker import Worker, WorkerError

_T = TypeVar("_T")


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
        load: builds the recognizer inside the worker; only tests have their own.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        settings: ServiceSettings = ServiceSettings(),
        *,
        load: Callable[[], Recognizer] | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        factory = partial(
            Streams, load or partial(load_recognizer, name, directory, settings.threads)
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
        """Where the next utterance is served soonest: not where a worker is being restarted."""
        return min(self._desks, key=lambda desk: (desk.worker.pid is None, desk.utterances))

    def open(self, hints: Hints = NO_HINTS) -> Transcription:
        """Begin an utterance. Costs nothing until samples come."""
        return Transcription(self, next(self._numbers), hints)


class Transcription:
    """One utterance, from its first sample to its last. Not for concurrent use."""

    def __init__(self, service: RecognizerService, number: int, hints: Hints) -> None:
        self._service = service
        self._number = number
        self._hints = hints
        self._audio: list[Pcm] = []
        self._samples = 0
        self._sent = 0
        """How many of `_audio` the worker has."""
        self._desk: Desk | None = None
        self._open_in: int | None = None
        """Process id of the worker that has the stream."""
        self._final: Recognition | None = None
        self._closed = False

    async def feed(self, samples: Pcm) -> None:
        """Take the next samples: shape (n,), int16, 8 kHz.

        An engine that streams gets them at once; for another they wait here.

        Raises:
            RecognitionError: the worker died or hung. The audio is kept: feed on, or ask again.
            ValueError: the utterance is finished, closed, or too long.
        """
        self._check_open()
        settings = self._service.settings
        if self._samples + len(samples) > settings.longest_s * SAMPLE_RATE:
            raise ValueError(f"an utterance may last {settings.longest_s:g} s; finish this one")
        if len(samples):
            self._audio.append(samples)
            self._samples += len(samples)
            if self._service.streams_partials:
                await self._guarded(self._send)

    async def partial(self, wanted: Callable[[], bool] = lambda: True) -> Recognition:
        """What has been said so far. `finish` right after, with nothing fed between, is free: so
        feed no more after `MAYBE_END` unless `RESUMED` comes.

        Args:
            wanted: asked when the engine is free; where it says no, the reading is empty.

        Raises:
            RecognitionError: see `feed`.
        """
        self._check_open()
        return await self._guarded(partial(self._decode, "partial", wanted))

    async def finish(self) -> Recognition:
        """The final reading; asked again it is given again.

        Raises:
            RecognitionError: see `feed`; asking again tries the new worker with the whole audio.
        """
        if self._final is None:
            self._check_open()
            self._final = await self._guarded(partial(self._decode, "finish"))
            self._audio.clear()
            self._leave()
        return self._final

    async def close(self) -> None:
        """Give the utterance up. Never fails; no matter if it is finished or closed already."""
        if self._closed:
            return
        self._closed = True
        self._audio.clear()
        desk = self._desk
        self._leave()
        if desk is not None and self._open_in is not None and self._open_in == desk.worker.pid:
            settings = self._service.settings
            with contextlib.suppress(WorkerError, RecognitionError):
                await desk.call(
                    "close",
                    self._number,
                    timeout_s=settings.decode_timeout_s,
                    wait_s=settings.queue_timeout_s,
                )

    def _leave(self) -> None:
        if self._desk is not None:
            self._desk.utterances -= 1
            self._desk = None

    def _check_open(self) -> None:
        if self._closed or self._final is not None:
            raise ValueError("the utterance is over; open another")

    async def _guarded(self, action: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await action()
        except WorkerError as error:
            # The stream may be half fed, its worker dead: it begins anew, wherever there is room.
            self._open_in = None
            self._leave()
            raise RecognitionError(f"{error}; ask again or ask the caller to repeat") from error

    async def _send(self) -> None:
        if self._desk is None:
            self._desk = self._service.desk()
            self._desk.utterances += 1
        desk = self._desk
        begins = self._open_in is None or self._open_in != desk.worker.pid
        if begins:
            self._sent = 0
        fresh = self._audio[self._sent :]
        if not begins and not fresh:
            return
        samples = np.concatenate([*fresh, np.zeros(0, np.int16)])
        count = len(self._audio)
        await desk.call(
            "feed",
            self._number,
            self._hints,
            begins,
            samples,
            timeout_s=self._timeout(self._service.settings.feed_timeout_s),
            wait_s=self._service.settings.queue_timeout_s,
        )
        self._open_in = desk.worker.pid
        self._sent = count

    async def _decode(self, method: str, wanted: Callable[[], bool] = lambda: True) -> Recognition:
        await self._send()
        assert self._desk is not None
        recognition = await self._desk.call(
            method,
            self._number,
            timeout_s=self._timeout(self._service.settings.decode_timeout_s),
            wait_s=self._service.settings.queue_timeout_s,
            wanted=wanted,
        )
        if recognition is None:
            return Recognition()
        assert isinstance(recognition, Recognition)
        return recognition

    def _timeout(self, base_s: float) -> float:
        return base_s + self._service.settings.decode_timeout_share * self._samples / SAMPLE_RATE
