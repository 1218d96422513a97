"""One utterance on its way from the ear to words.

The media loop pushes samples and marks without waiting; a task of its own talks to the recognizer
in the same order. What is said after a pause that may be the end is held back, so that the guess
made at the pause can serve as the final reading when nothing more comes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from asr.audio import Pcm
from asr.errors import RecognitionError
from asr.recognizer import Hints, Recognition
from asr.service import RecognizerService
from asr.transcription import Transcription

log = logging.getLogger(__name__)

_BATCH_SAMPLES: Final = 800
"""Samples sent at a time to a recognizer that streams: 100 ms."""
_RETRY_WITHIN_S: Final = 1.0
"""A reading that failed sooner is asked for again (s)."""


@dataclass(frozen=True)
class _Guess:
    """Asks for what was said up to a pause."""

    pause: int
    """Its number: outdated when it is not the present one's."""


class Hearing:
    """Args:
    service: the recognizer.
    hints: what the question makes likely.
    on_guess: told what was heard up to a pause, in the event loop.
    on_peek: told what was heard when `peek` asked.
    """

    def __init__(
        self,
        service: RecognizerService,
        hints: Hints,
        on_guess: Callable[[Recognition], None],
        on_peek: Callable[[Recognition], None],
    ) -> None:
        self._service = service
        self._hints = hints
        self._on_guess = on_guess
        self._on_peek = on_peek
        self._commands: asyncio.Queue[Pcm | str | _Guess] = asyncio.Queue()
        self._batch: list[Pcm] = []
        self._held: list[Pcm] | None = None
        self._pauses = 0
        self._decoding = 0
        self._finishing = False
        self._guess: asyncio.Task[Recognition] | None = None
        self._result: asyncio.Future[Recognition] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run())

    @property
    def busy(self) -> bool:
        """Whether the recognizer works on something that the caller waits for."""
        return self._decoding > 0

    @property
    def pause_number(self) -> int:
        """Changes whenever a pause begins, and when the caller goes on."""
        return self._pauses

    def feed(self, samples: Pcm) -> None:
        """The next samples of the utterance."""
        if self._held is not None:
            self._held.append(samples)
            return
        self._batch.append(samples)
        # An engine that reads whole utterances makes nothing of parts.
        if self._service.streams_partials and sum(map(len, self._batch)) >= _BATCH_SAMPLES:
            self._flush()

    def pause(self) -> None:
        """The utterance may be over: begin to decode."""
        self._flush()
        self._held = []
        self._pauses += 1
        self._decoding += 1
        self._commands.put_nowait(_Guess(self._pauses))

    def resume(self) -> None:
        """It was not over."""
        held, self._held = self._held or [], None
        self._pauses += 1  # a guess still on its way is outdated
        if self._guess is not None and not self._service.streams_partials:
            self._guess.cancel()  # the next one need not wait for it where another worker is free
        for samples in held:
            self.feed(samples)

    def peek(self) -> None:
        """Ask for what was heard so far, while the utterance goes on."""
        if self._held is None:
            self._flush()
            self._decoding += 1
            self._commands.put_nowait("peek")

    async def finish(self) -> Recognition:
        """The utterance is over; wait for the final reading. Asked again it is given again.

        Raises:
            RecognitionError: the recognizer failed; it has been restarted.
        """
        if not self._finishing:
            self._finishing = True
            if self._held is None:
                self._flush()
            self._decoding += 1
            self._commands.put_nowait("finish")
        return await asyncio.shield(self._result)

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        self._task.cancel()
        if self._guess is not None:
            self._guess.cancel()
        if not self._result.done():
            self._result.cancel()

    def _flush(self) -> None:
        if self._batch:
            self._commands.put_nowait(np.concatenate(self._batch))
            self._batch = []

    async def _run(self) -> None:
        transcription = self._service.open(self._hints)
        try:
            while not self._result.done():
                await self._obey(transcription, await self._commands.get())
        except Exception as error:
            self._decoding = 0
            if not self._result.done():
                self._result.set_exception(error)
                self._result.exception()  # whoever calls finish gets it; nobody else must
        finally:
            await transcription.close()

    async def _obey(self, transcription: Transcription, command: Pcm | str | _Guess) -> None:
        try:
            if isinstance(command, _Guess):
                await self._make_guess(transcription, command.pause)
            elif not isinstance(command, str):
                await transcription.feed(command)
            elif command == "peek":
                self._on_peek(await transcription.partial(lambda: True))
            else:
                self._result.set_result(await self._final(transcription))
        except RecognitionError as error:
            if command == "finish":
                raise
            # The audio is kept: a fresh worker gets all of it with the next command.
            log.warning("recognition interrupted: %s", error)
        if isinstance(command, str | _Guess):
            self._decoding -= 1

    async def _make_guess(self, transcription: Transcription, pause: int) -> None:
        guess = self._guess = asyncio.create_task(
            transcription.partial(lambda: pause == self._pauses)
        )
        await asyncio.wait({guess})
        if pause == self._pauses:
            self._on_guess(guess.result())
        elif not guess.cancelled():
            guess.exception()  # nobody cares any more

    async def _final(self, transcription: Transcription) -> Recognition:
        asked_at = time.monotonic()
        try:
            return await transcription.finish()
        except RecognitionError:
            # A worker that crashed costs nothing but a moment; one that hung has cost enough.
            if time.monotonic() - asked_at > _RETRY_WITHIN_S:
                raise
            return await transcription.finish()
