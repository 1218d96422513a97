"""One utterance on its way from the ear to words.

The media loop pushes samples and marks without waiting; a task of its own talks to the recognizer
in the same order. What is said after a pause that may be the end is held back, so that the guess
made at the pause can serve as the final reading when nothing more comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from asr.audio import Pcm
from asr.recognizer import Hints, Recognition
from asr.service import RecognizerService

_BATCH_SAMPLES = 800
"""Samples sent to the recognizer at a time: 100 ms."""


class Hearing:
    """Args:
    service: the recognizer.
    hints: what the question makes likely.
    on_guess: told what was heard up to a pause, in the event loop.
    """

    def __init__(
        self, service: RecognizerService, hints: Hints, on_guess: Callable[[Recognition], None]
    ) -> None:
        self._service = service
        self._hints = hints
        self._on_guess = on_guess
        self._commands: asyncio.Queue[Pcm | str] = asyncio.Queue()
        self._batch: list[Pcm] = []
        self._held: list[Pcm] | None = None
        self._pauses = 0
        self._decoding = 0
        self._result: asyncio.Future[Recognition] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run())

    @property
    def busy(self) -> bool:
        """Whether the recognizer works on something that the caller waits for."""
        return self._decoding > 0

    def feed(self, samples: Pcm) -> None:
        """The next samples of the utterance."""
        if self._held is not None:
            self._held.append(samples)
            return
        self._batch.append(samples)
        if sum(map(len, self._batch)) >= _BATCH_SAMPLES:
            self._flush()

    def pause(self) -> None:
        """The utterance may be over: begin to decode."""
        self._flush()
        self._held = []
        self._pauses += 1
        self._decoding += 1
        self._commands.put_nowait("guess")

    def resume(self) -> None:
        """It was not over."""
        held, self._held = self._held or [], None
        self._pauses += 1  # a guess still on its way is outdated
        for samples in held:
            self.feed(samples)

    async def finish(self) -> Recognition:
        """The utterance is over; wait for the final reading.

        Raises:
            RecognitionError: the recognizer failed; it has been restarted.
        """
        if self._held is None:
            self._flush()
        self._decoding += 1
        self._commands.put_nowait("finish")
        return await self._result

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        self._task.cancel()
        if not self._result.done():
            self._result.cancel()

    def _flush(self) -> None:
        if self._batch:
            self._commands.put_nowait(np.concatenate(self._batch))
            self._batch = []

    async def _run(self) -> None:
        transcription = self._service.open(self._hints)
        try:
            while True:
                command = await self._commands.get()
                if not isinstance(command, str):
                    await transcription.feed(command)
                elif command == "guess":
                    asked_at = self._pauses
                    partial = await transcription.partial()
                    self._decoding -= 1
                    if asked_at == self._pauses:
                        self._on_guess(partial)
                else:
                    self._result.set_result(await transcription.finish())
                    self._decoding -= 1
                    return
        except Exception as error:
            self._decoding = 0
            if not self._result.done():
                self._result.set_exception(error)
                self._result.exception()  # whoever calls finish gets it; nobody else must
        finally:
            await transcription.close()
