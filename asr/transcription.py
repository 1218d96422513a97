"""One utterance, from its first sample to its last, on its way through the recognizer's workers.

Two kinds: an engine that streams has the utterance in one worker from its beginning; an engine that
reads whole utterances is asked anew each time, by whichever worker is free.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from asr.audio import SAMPLE_RATE, Pcm
from asr.desk import Desk
from asr.errors import RecognitionError
from asr.recognizer import Hints, Recognition
from models.worker import WorkerError

if TYPE_CHECKING:
    from asr.service import RecognizerService

_T = TypeVar("_T")


def _always() -> bool:
    return True


_NOTHING: Final = np.zeros(0, np.int16)


class Transcription(ABC):
    """See the module. Not for concurrent use."""

    def __init__(self, service: RecognizerService, hints: Hints) -> None:
        self._service = service
        self._settings = service.settings
        self._hints = hints
        self._audio: list[Pcm] = []
        self._samples = 0
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
        if self._samples + len(samples) > self._settings.longest_s * SAMPLE_RATE:
            longest_s = self._settings.longest_s
            raise ValueError(f"an utterance may last {longest_s:g} s; finish this one")
        if len(samples):
            self._audio.append(samples)
            self._samples += len(samples)
            await self._guarded(self._fed)

    async def partial(self, wanted: Callable[[], bool] = _always) -> Recognition:
        """What has been said so far. `finish` right after, with nothing fed between, is free: so
        feed no more after `MAYBE_END` unless `RESUMED` comes.

        Args:
            wanted: asked when the engine is free; where it says no, the reading is empty.

        Raises:
            RecognitionError: see `feed`.
        """
        self._check_open()
        return await self._guarded(lambda: self._read(wanted))

    async def finish(self) -> Recognition:
        """The final reading; asked again it is given again.

        Raises:
            RecognitionError: see `feed`; asking again tries a new worker with the whole audio.
        """
        if self._final is None:
            self._check_open()
            self._final = await self._guarded(self._read_finally)
            self._audio.clear()
            self._leave()
        return self._final

    async def close(self) -> None:
        """Give the utterance up. Never fails; no matter if it is finished or closed already."""
        if not self._closed:
            self._closed = True
            self._audio.clear()
            await self._forgotten()
            self._leave()

    @abstractmethod
    async def _fed(self) -> None:
        """There are new samples."""

    @abstractmethod
    async def _read(self, wanted: Callable[[], bool]) -> Recognition: ...

    @abstractmethod
    async def _read_finally(self) -> Recognition: ...

    @abstractmethod
    async def _forgotten(self) -> None:
        """It is given up: tell who has some of it."""

    @abstractmethod
    def _leave(self) -> None:
        """Hold no worker any more."""

    def _check_open(self) -> None:
        if self._closed or self._final is not None:
            raise ValueError("the utterance is over; open another")

    async def _guarded(self, action: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await action()
        except WorkerError as error:
            self._leave()
            raise RecognitionError(f"{error}; ask again or ask the caller to repeat") from error

    async def _ask(
        self, desk: Desk, method: str, *args: Any, base_s: float, wanted: Callable[[], bool]
    ) -> Any:
        length_s = self._samples / SAMPLE_RATE
        return await desk.call(
            method,
            *args,
            timeout_s=base_s + self._settings.decode_timeout_share * length_s,
            wait_s=self._settings.queue_timeout_s,
            wanted=wanted,
        )


class WholeTranscription(Transcription):
    """For an engine that reads whole utterances. A reading that is cancelled runs on in its worker,
    and the next one goes to another, if there is one."""

    def __init__(self, service: RecognizerService, hints: Hints) -> None:
        super().__init__(service, hints)
        self._latest: tuple[int, Recognition] | None = None
        """The last reading, of so many samples."""

    async def _fed(self) -> None:
        """They wait here."""

    async def _read(self, wanted: Callable[[], bool]) -> Recognition:
        """In two requests where the first reading is doubtful: others need not wait for a second
        one that is not wanted any more, and those who do want theirs have their first before."""
        known = self._latest is not None and self._latest[0] == self._samples
        latest = self._latest[1] if known and self._latest is not None else None
        while latest is None or latest.doubtful:
            count = self._samples
            recognition = await self._ask(
                self._service.desk(),
                "read",
                self._hints,
                np.concatenate([*self._audio, _NOTHING]),
                latest,
                base_s=self._settings.decode_timeout_s,
                wanted=wanted,
            )
            if recognition is None:
                return Recognition()
            assert isinstance(recognition, Recognition)
            self._latest, latest = (count, recognition), recognition
        return latest

    async def _read_finally(self) -> Recognition:
        return await self._read(_always)

    async def _forgotten(self) -> None:
        """Nobody has any of it."""

    def _leave(self) -> None:
        """No worker is held."""


class StreamedTranscription(Transcription):
    """For an engine that streams.

    Args:
        service: see `Transcription`.
        hints: see there.
        number: names the stream in the worker.
    """

    def __init__(self, service: RecognizerService, hints: Hints, number: int) -> None:
        super().__init__(service, hints)
        self._number = number
        self._sent = 0
        """How many of `_audio` the worker has."""
        self._desk: Desk | None = None
        self._open_in: int | None = None
        """Process id of the worker that has the stream."""

    async def _fed(self) -> None:
        await self._send()

    async def _send(self) -> Desk:
        if self._desk is None:
            self._desk = self._service.desk()
            self._desk.utterances += 1
        desk = self._desk
        begins = self._open_in is None or self._open_in != desk.worker.pid
        if begins:
            self._sent = 0
        fresh = self._audio[self._sent :]
        if begins or fresh:
            count = len(self._audio)
            samples = np.concatenate([*fresh, _NOTHING])
            await self._ask(
                desk,
                "feed",
                self._number,
                self._hints,
                begins,
                samples,
                base_s=self._settings.feed_timeout_s,
                wanted=_always,
            )
            self._open_in = desk.worker.pid
            self._sent = count
        return desk

    async def _read(self, wanted: Callable[[], bool]) -> Recognition:
        return await self._decode("partial", wanted)

    async def _read_finally(self) -> Recognition:
        return await self._decode("finish", _always)

    async def _decode(self, method: str, wanted: Callable[[], bool]) -> Recognition:
        desk = await self._send()
        base_s = self._settings.decode_timeout_s
        recognition = await self._ask(desk, method, self._number, base_s=base_s, wanted=wanted)
        if recognition is None:
            return Recognition()
        assert isinstance(recognition, Recognition)
        return recognition

    async def _forgotten(self) -> None:
        desk = self._desk
        if desk is not None and self._open_in is not None and self._open_in == desk.worker.pid:
            base_s = self._settings.decode_timeout_s
            with contextlib.suppress(WorkerError, RecognitionError):
                await self._ask(desk, "close", self._number, base_s=base_s, wanted=_always)

    def _leave(self) -> None:
        self._open_in = None
        if self._desk is not None:
            self._desk.utterances -= 1
            self._desk = None
