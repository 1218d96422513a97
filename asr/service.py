"""Recognition for calls: an engine in a worker process, one `Transcription` for each utterance.

    service = RecognizerService("whisper-base", directory)
    await service.start()
    transcription = service.open(hints)
    await transcription.feed(samples)         # while the caller speaks
    recognition = await transcription.finish()

When the worker dies or hangs, the transcriptions in it raise `RecognitionError` and a fresh worker
is started. Each keeps its audio here, so asking again gives the whole utterance to the new worker.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from asr.audio import SAMPLE_RATE, Pcm
from asr.errors import NoRecognizerError, RecognitionError
from asr.recognizer import NO_HINTS, Hints, Recognition, Recognizer, RecognizerStream
from asr.selection import load_recognizer
from models.worker import EngineFailed, Worker, WorkerError

_T = TypeVar("_T")


@dataclass(frozen=True)
class ServiceSettings:
    """Time limits and bounds."""

    feed_timeout_s: float = 5.0
    """For taking samples in (s)."""
    decode_timeout_s: float = 15.0
    """For a partial or final reading (s), besides `decode_timeout_share` of the audio's length."""
    decode_timeout_share: float = 1.0
    start_timeout_s: float = 120.0
    """For loading the engine (s)."""
    streams: int = 64
    """So many utterances are open in the worker at once; the one unused longest is dropped."""
    longest_s: float = 120.0
    """An utterance may be so long (s)."""

    def __post_init__(self) -> None:
        if min(self.feed_timeout_s, self.decode_timeout_s, self.start_timeout_s) <= 0:
            raise ValueError("timeouts are above 0 s")
        if self.streams < 1:
            raise ValueError(f"streams is at least 1, not {self.streams}")


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

    def close(self, number: int) -> None:
        """Forget a stream; no matter if it is not open."""
        self._streams.pop(number, None)

    def _stream(self, number: int) -> RecognizerStream:
        self._streams.move_to_end(number)
        return self._streams[number]


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
        factory = partial(Streams, load or partial(load_recognizer, name, directory))
        self.worker = Worker(
            f"asr-{name}",
            partial(factory, settings.streams),
            start_timeout_s=settings.start_timeout_s,
        )
        self.streams_partials = False
        """Whether partial readings are cheap; known after `start`."""
        self._numbers = itertools.count(1)

    async def start(self) -> None:
        """Load the engine.

        Raises:
            NoRecognizerError: it cannot be loaded; the message says why.
        """
        try:
            await self.worker.start()
            self.streams_partials = await self.worker.call(
                "streams_partials", timeout_s=self.settings.feed_timeout_s
            )
        except WorkerError as error:
            raise NoRecognizerError(str(error)) from error

    async def stop(self) -> None:
        """End the worker."""
        await self.worker.stop()

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

    async def partial(self) -> Recognition:
        """What has been said so far. `finish` right after, with nothing fed between, is free: so
        feed no more after `MAYBE_END` unless `RESUMED` comes.

        Raises:
            RecognitionError: see `feed`.
        """
        self._check_open()
        return await self._guarded(partial(self._decode, "partial"))

    async def finish(self) -> Recognition:
        """The final reading; asked again it is given again.

        Raises:
            RecognitionError: see `feed`; asking again tries the new worker with the whole audio.
        """
        if self._final is None:
            self._check_open()
            self._final = await self._guarded(partial(self._decode, "finish"))
            self._audio.clear()
        return self._final

    async def close(self) -> None:
        """Give the utterance up. Never fails; no matter if it is finished or closed already."""
        if self._closed:
            return
        self._closed = True
        self._audio.clear()
        worker = self._service.worker
        if self._final is None and self._open_in is not None and self._open_in == worker.pid:
            with contextlib.suppress(WorkerError):
                await worker.call(
                    "close", self._number, timeout_s=self._service.settings.decode_timeout_s
                )

    def _check_open(self) -> None:
        if self._closed or self._final is not None:
            raise ValueError("the utterance is over; open another")

    async def _guarded(self, action: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await action()
        except EngineFailed as error:
            self._open_in = None  # the stream may be half fed: it begins anew
            raise RecognitionError(f"{error}; ask again or ask the caller to repeat") from error
        except WorkerError as error:
            self._open_in = None
            raise RecognitionError(f"{error}; ask again or ask the caller to repeat") from error

    async def _send(self) -> None:
        worker = self._service.worker
        begins = self._open_in is None or self._open_in != worker.pid
        if begins:
            self._sent = 0
        fresh = self._audio[self._sent :]
        if not begins and not fresh:
            return
        samples = np.concatenate([*fresh, np.zeros(0, np.int16)])
        count = len(self._audio)
        await worker.call(
            "feed",
            self._number,
            self._hints,
            begins,
            samples,
            timeout_s=self._timeout(self._service.settings.feed_timeout_s),
        )
        self._open_in = worker.pid
        self._sent = count

    async def _decode(self, method: str) -> Recognition:
        await self._send()
        recognition = await self._service.worker.call(
            method,
            self._number,
            timeout_s=self._timeout(self._service.settings.decode_timeout_s),
        )
        assert isinstance(recognition, Recognition)
        return recognition

    def _timeout(self, base_s: float) -> float:
        return base_s + self._service.settings.decode_timeout_share * self._samples / SAMPLE_RATE
