"""The assistant's voice: text in, 8 kHz audio out, as a caller hears it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from models.worker import EngineFailed, Worker, WorkerError
from tts.cache import PromptCache, prompt_key
from tts.engine import SpeechEngine
from tts.errors import NoSynthesizerError, SynthesisError
from tts.fingerprint import text_fingerprint
from tts.pcm import CHUNK_SAMPLES, silence
from tts.sentences import Sentence
from tts.synthesizer import Pcm, Synthesizer
from tts.text import TextPreparer


class Voice:
    """Speaks prompts: prepares the text, synthesizes it sentence by sentence, remembers the audio.

    Two worker processes stand behind it: one holds the text rules, the other the synthesizer.
    Belongs to one event loop; any number of `speak` may run at once and take turns by sentences.

    Args:
        synthesizer: builds the voice inside the worker process; picklable, for example
            ``functools.partial(RhvoiceSynthesizer, "elena")``.
        stress_list: ``nlu_data/lists/stress.yml``, or None.
        stress_model: load silero-stress too (some 400 MB and seconds; without it local names and
            the voice's own rules remain).
        cache: where spoken prompts are kept; None keeps none.
        chunk_timeout_s: a worker silent for so long is hung and is replaced (s).
        queue_timeout_s: how long a sentence may wait for other calls' sentences (s).
        start_timeout_s: how long loading may take (s).
    """

    def __init__(
        self,
        synthesizer: Callable[[], Synthesizer],
        *,
        stress_list: Path | None = None,
        stress_model: bool = True,
        cache: PromptCache | None = None,
        chunk_timeout_s: float = 5.0,
        queue_timeout_s: float = 15.0,
        start_timeout_s: float = 120.0,
    ) -> None:
        prepare = partial(TextPreparer, stress_list, stress_model=stress_model)
        self._text_worker = Worker("tts-text", prepare, start_timeout_s=start_timeout_s)
        self._speech_worker = Worker(
            "tts-speech", partial(_build_engine, synthesizer), start_timeout_s=start_timeout_s
        )
        self._stress_list = stress_list
        self._cache = cache
        self._chunk_timeout_s = chunk_timeout_s
        self._queue_timeout_s = queue_timeout_s
        self._start_timeout_s = start_timeout_s
        self._turn = asyncio.Lock()
        self._restarts: dict[str, int] = {}
        self._version: str | None = None

    @property
    def version(self) -> str:
        """Changes whenever the same text could sound different. Known after `start`."""
        if self._version is None:
            raise RuntimeError("the voice has not been started: await Voice.start() first")
        return self._version

    @property
    def speech_pid(self) -> int | None:
        """Process id of the synthesizer's worker, for monitoring; None while there is none."""
        return self._speech_worker.pid

    async def start(self) -> None:
        """Load both workers.

        Raises:
            NoSynthesizerError: the voice or the text rules cannot be loaded; the message says why.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._text_worker.start())
                group.create_task(self._speech_worker.start())
            engine, voice, version = await self._speech_worker.call(
                "identity", timeout_s=self._chunk_timeout_s
            )
        except* WorkerError as errors:
            await self.stop()
            raise NoSynthesizerError(str(errors.exceptions[0])) from errors
        fingerprint = text_fingerprint(self._stress_list)
        self._version = f"{engine}/{voice}/{version}/{fingerprint}"

    @property
    def workers(self) -> tuple[Worker, ...]:
        """For monitoring."""
        return (self._text_worker, self._speech_worker)

    async def stop(self) -> None:
        """End both workers."""
        await self._text_worker.stop()
        await self._speech_worker.stop()

    async def speak(
        self, text: str, *, rate: float = 1.0, cacheable: bool = True
    ) -> AsyncGenerator[Pcm, None]:
        """Yield `text` as it is to be heard, in chunks of 100 ms, faster than it is spoken.

        Close the generator (`contextlib.aclosing`) to stop in the middle, as barge-in does.

        Args:
            text: as an editor writes it: digits, dates, abbreviations, ``+`` for stress if wanted.
            rate: 1.0 is the usual speed, 0.8 slower.
            cacheable: False for a text with a caller's personal data: it never reaches the disk.

        Raises:
            SynthesisError: nothing to speak, or the worker failed, died or hung on this text; it
                has been replaced and the next prompt works.
        """
        key = prompt_key(text, self.version, rate)
        known = await self._recall(key) if cacheable else None
        if known is not None:
            for start in range(0, len(known), CHUNK_SAMPLES):
                yield known[start : start + CHUNK_SAMPLES]
            return
        spoken: list[Pcm] = []
        async with contextlib.aclosing(self._synthesize(text, round(rate, 2))) as chunks:
            async for chunk in chunks:
                spoken.append(chunk)
                yield chunk
        if cacheable and self._cache is not None:
            await asyncio.to_thread(self._cache.store, key, np.concatenate(spoken))

    async def warm(self, texts: Iterable[str], *, rate: float = 1.0) -> None:
        """Make prompts known ahead of the calls. A text that fails is reported at the end.

        Raises:
            SynthesisError: some texts cannot be spoken; the others are known now.
        """
        failed: list[str] = []
        for text in texts:
            try:
                async for _ in self.speak(text, rate=rate):
                    pass
            except SynthesisError as error:
                failed.append(f"{text[:40]!r}: {error}")
        if failed:
            raise SynthesisError(f"{len(failed)} prompts cannot be spoken: {'; '.join(failed)}")

    async def _recall(self, key: str) -> Pcm | None:
        if self._cache is None:
            return None
        known = self._cache.recall(key)
        return known if known is not None else await asyncio.to_thread(self._cache.load, key)

    async def _synthesize(self, text: str, rate: float) -> AsyncGenerator[Pcm, None]:
        """The next sentences are made while the first is heard, however slowly it is taken."""
        ready: asyncio.Queue[Pcm | SynthesisError | None] = asyncio.Queue()
        maker = asyncio.create_task(self._make(text, rate, ready))
        try:
            while (item := await ready.get()) is not None:
                if isinstance(item, SynthesisError):
                    raise item
                yield item
        finally:
            maker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await maker

    async def _make(
        self, text: str, rate: float, ready: asyncio.Queue[Pcm | SynthesisError | None]
    ) -> None:
        try:
            for sentence in await self._prepare(text):
                async for chunk in self._make_sentence(sentence.text, rate):
                    ready.put_nowait(chunk)
                if sentence.pause_s:
                    ready.put_nowait(silence(sentence.pause_s / rate))
        except SynthesisError as error:
            ready.put_nowait(error)
        else:
            ready.put_nowait(None)

    async def _prepare(self, text: str) -> tuple[Sentence, ...]:
        try:
            await self._wait_until_loaded(self._text_worker)
            sentences: tuple[Sentence, ...] = await self._text_worker.call(
                "prepare", text, timeout_s=self._chunk_timeout_s
            )
        except WorkerError as error:
            raise _failure(error) from error
        return sentences

    async def _make_sentence(self, sentence: str, rate: float) -> AsyncIterator[Pcm]:
        # One sentence at a time: in the worker's queue, time-outs would count others' work.
        try:
            async with asyncio.timeout(self._queue_timeout_s):
                await self._turn.acquire()
        except TimeoutError:
            raise SynthesisError(
                f"the voice is overloaded: a sentence waited {self._queue_timeout_s:g} s"
            ) from None
        try:
            await self._wait_until_loaded(self._speech_worker)
            stream = self._speech_worker.stream(
                "speak", sentence, rate, timeout_s=self._chunk_timeout_s
            )
            async with contextlib.aclosing(stream):
                async for chunk in stream:
                    yield chunk
        except WorkerError as error:
            raise _failure(error) from error
        finally:
            self._turn.release()

    async def _wait_until_loaded(self, worker: Worker) -> None:
        """After a restart, loading must not count against the time-out of a prompt."""
        if worker.restarts != self._restarts.get(worker.name, 0):
            await worker.call("ping", timeout_s=self._start_timeout_s)
            self._restarts[worker.name] = worker.restarts


def _build_engine(synthesizer: Callable[[], Synthesizer]) -> SpeechEngine:
    return SpeechEngine(synthesizer())


def _failure(error: WorkerError) -> SynthesisError:
    return SynthesisError(
        str(error) if isinstance(error, EngineFailed) else f"{error}; say the prompt again"
    )
