"""Recognition in a worker: the call goes on whatever happens to the worker."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE, Pcm
from asr.desk import Streams
from asr.errors import NoRecognizerError, RecognitionError
from asr.recognizer import NO_HINTS, Hints, Recognition, RecognizerStream
from asr.service import RecognizerService, ServiceSettings
from tests.asr.tiny_tone import spoken

DIE, HANG, FAIL, SLOW, DOUBT = 1, 2, 3, 4, 5
"""Sample values that make the engine below crash, hang, fail, take its time or doubt when it reads
the utterance."""


class Fragile:
    """Counts samples, and does what the first one says: an engine with every fault."""

    name = "fragile"

    def __init__(self, streams_partials: bool, once: Path) -> None:
        self.streams_partials = streams_partials
        self.once = once

    def stream(self, hints: Hints = NO_HINTS) -> RecognizerStream:
        return FragileStream(self.once, hints)


class FragileStream:
    def __init__(self, once: Path, hints: Hints) -> None:
        self.once = once
        self.hints = hints
        self.total = 0
        self.fault = 0

    def accept(self, samples: Pcm) -> None:
        if len(samples) and not self.total:
            self.fault = int(samples[0])
        self.total += len(samples)

    def partial(self) -> Recognition:
        if self.fault == SLOW:
            time.sleep(0.6)
        elif self.fault in (DIE, HANG, FAIL) and not self.once.exists():
            self.once.touch()
            if self.fault == DIE:
                os._exit(9)
            if self.fault == HANG:
                time.sleep(60)
            raise ValueError("bad luck")
        text = f"{self.total} {' '.join(self.hints.words)}".strip()
        return Recognition(text, 0.5, doubtful=self.fault == DOUBT)

    def finish(self, first: Recognition | None = None) -> Recognition:
        first = first or self.partial()
        return Recognition(f"{first.text}, surely", 0.7) if first.doubtful else first


def audio(fault: int = 0, count: int = 1000) -> Pcm:
    return np.concatenate([[fault], np.zeros(count - 1)]).astype(np.int16)


SETTINGS = ServiceSettings(decode_timeout_s=1.0, decode_timeout_share=0)


@pytest.fixture(params=[True, False], ids=["streams", "decodes at the end"])
async def service(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[RecognizerService]:
    load = partial(Fragile, request.param, tmp_path / "once")
    service = RecognizerService("fragile", tmp_path, SETTINGS, load=load)
    await service.start()
    yield service
    await service.stop()


async def test_samples_come_back_as_words(service: RecognizerService) -> None:
    transcription = service.open(Hints(("лор",)))
    for _ in range(5):
        await transcription.feed(audio(count=200))
    assert (await transcription.partial()).text == "1000 лор"
    await transcription.feed(audio(count=200))
    assert (await transcription.finish()).text == "1200 лор"
    assert (await transcription.finish()).text == "1200 лор"


async def test_calls_side_by_side_do_not_mix(service: RecognizerService) -> None:
    async def call(count: int) -> str:
        transcription = service.open()
        for _ in range(count):
            await transcription.feed(audio(count=100))
        return (await transcription.finish()).text

    texts = await asyncio.gather(*(call(count) for count in range(1, 12)))
    assert texts == [str(100 * count) for count in range(1, 12)]


async def test_nothing_fed_is_nothing_heard(service: RecognizerService) -> None:
    assert (await service.open().finish()).text == "0"


@pytest.mark.parametrize("fault", [DIE, HANG, FAIL])
async def test_after_a_fault_the_same_audio_can_be_asked_again(
    service: RecognizerService, fault: int
) -> None:
    transcription = service.open()
    await transcription.feed(audio(fault))
    with pytest.raises(RecognitionError, match="repeat"):
        await transcription.finish()
    await transcription.feed(audio(count=500))
    assert (await transcription.finish()).text == "1500"


@pytest.mark.parametrize("fault", [DIE, HANG])
async def test_other_calls_survive_the_death_of_the_worker(
    service: RecognizerService, fault: int
) -> None:
    bystander, culprit = service.open(), service.open()
    await bystander.feed(audio())
    await bystander.partial()
    await culprit.feed(audio(fault))
    with pytest.raises(RecognitionError):
        await culprit.finish()
    await bystander.feed(audio())
    assert (await bystander.finish()).text == "2000"
    assert service.workers[0].restarts == 1


async def test_utterances_are_spread_over_the_workers(tmp_path: Path) -> None:
    settings = replace(SETTINGS, workers=2)
    service = RecognizerService(
        "fragile", tmp_path, settings, load=partial(Fragile, True, tmp_path / "once")
    )
    await service.start()
    culprit, bystander = service.open(), service.open()
    await culprit.feed(audio(HANG))
    await bystander.feed(audio())
    hanging = asyncio.create_task(culprit.finish())
    await asyncio.sleep(0.1)
    assert (await bystander.finish()).text == "1000"  # not behind the one that hangs
    assert not hanging.done()
    with pytest.raises(RecognitionError):
        await hanging
    assert sorted(worker.restarts for worker in service.workers) == [0, 1]
    assert (await culprit.finish()).text == "1000"  # by the other worker
    await service.stop()


async def test_nobody_waits_for_a_worker_that_is_being_restarted(tmp_path: Path) -> None:
    settings = replace(SETTINGS, workers=2)
    load = partial(Fragile, True, tmp_path / "once")
    service = RecognizerService("fragile", tmp_path, settings, load=load)
    await service.start()
    killed, other = service.workers
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        while killed.ready:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert service.desk().worker is other
    async with asyncio.timeout(10):
        while not killed.ready:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert service.desk().worker is killed  # both serve again
    await service.stop()


async def test_waiting_for_others_does_not_count_as_hanging(service: RecognizerService) -> None:
    calls = [service.open() for _ in range(4)]
    for transcription in calls:
        await transcription.feed(audio(SLOW))
    found = await asyncio.gather(*(transcription.finish() for transcription in calls))
    assert [recognition.text for recognition in found] == ["1000"] * 4
    assert not any(worker.restarts for worker in service.workers)


async def test_who_waits_too_long_is_told_and_the_engine_works_on(tmp_path: Path) -> None:
    settings = replace(SETTINGS, queue_timeout_s=0.2)
    load = partial(Fragile, False, tmp_path / "once")
    service = RecognizerService("fragile", tmp_path, settings, load=load)
    await service.start()
    first, second = service.open(), service.open()
    await first.feed(audio(SLOW))
    await second.feed(audio())
    working = asyncio.create_task(first.finish())
    await asyncio.sleep(0.1)
    with pytest.raises(RecognitionError, match="overloaded"):
        await second.finish()
    assert (await working).text == "1000"
    assert (await second.finish()).text == "1000"
    assert not any(worker.restarts for worker in service.workers)
    await service.stop()


async def test_reading_that_nobody_wants_any_more_is_not_made(service: RecognizerService) -> None:
    busy, outdated = service.open(), service.open()
    await busy.feed(audio(SLOW))
    await outdated.feed(audio(FAIL))
    working = asyncio.create_task(busy.finish())
    assert await outdated.partial(wanted=lambda: False) == Recognition()
    assert (await working).text == "1000"


@pytest.mark.parametrize("whole", [True, False])
async def test_doubtful_reading_is_made_again(tmp_path: Path, whole: bool) -> None:
    load = partial(Fragile, not whole, tmp_path / "once")
    service = RecognizerService("fragile", tmp_path, SETTINGS, load=load)
    await service.start()
    transcription = service.open()
    await transcription.feed(audio(DOUBT))
    if whole:
        assert (await transcription.partial()).text == "1000, surely"
    assert (await transcription.finish()).text == "1000, surely"
    await service.stop()


async def test_doubtful_reading_that_nobody_wants_any_more_is_not_made_again(
    tmp_path: Path,
) -> None:
    waits: list[float] = []
    load = partial(Fragile, False, tmp_path / "once")
    service = RecognizerService("fragile", tmp_path, SETTINGS, load=load)
    await service.start()
    transcription = service.open()
    await transcription.feed(audio(DOUBT))
    service.watch_waits(waits.append)
    assert await transcription.partial(lambda: len(waits) < 2) == Recognition()
    assert (await transcription.finish()).text == "1000, surely"
    assert len(waits) == 3  # once for the first reading, which nobody makes again
    await service.stop()


async def test_outdated_guess_holds_nobody_up_where_another_worker_is_free(
    tmp_path: Path,
) -> None:
    settings = replace(SETTINGS, workers=2)
    load = partial(Fragile, False, tmp_path / "once")
    service = RecognizerService("fragile", tmp_path, settings, load=load)
    await service.start()
    transcription = service.open()
    await transcription.feed(audio(HANG))
    guess = asyncio.create_task(transcription.partial())
    await asyncio.sleep(0.1)
    guess.cancel()  # the caller goes on speaking
    await transcription.feed(audio())
    assert (await transcription.finish()).text == "2000"
    assert not any(worker.restarts for worker in service.workers)  # the first one hangs on
    await service.stop()


async def test_closed_utterance_takes_nothing_more(service: RecognizerService) -> None:
    transcription = service.open()
    await transcription.feed(audio())
    await transcription.partial()
    await transcription.close()
    await transcription.close()
    with pytest.raises(ValueError, match="open another"):
        await transcription.feed(audio())
    with pytest.raises(ValueError, match="open another"):
        await transcription.finish()


async def test_endless_utterance_is_refused(service: RecognizerService) -> None:
    transcription = service.open()
    with pytest.raises(ValueError, match="may last 120 s"):
        await transcription.feed(audio(count=121 * SAMPLE_RATE))


async def test_engine_that_cannot_load_says_why(tmp_path: Path) -> None:
    service = RecognizerService("whisper-base", tmp_path)
    with pytest.raises(NoRecognizerError, match="models fetch whisper-base"):
        await service.start()
    await service.stop()


async def test_real_engine_streams_through_the_worker(tone_directory: Path) -> None:
    service = RecognizerService("t-one", tone_directory)
    await service.start()
    assert service.streams_partials
    transcription = service.open()
    samples = spoken("да а да")
    for start in range(0, len(samples), 160):
        await transcription.feed(samples[start : start + 160])
    assert (await transcription.finish()).text == "да а да"
    await service.stop()


def test_streams_of_vanished_clients_do_not_pile_up(tmp_path: Path) -> None:
    streams = Streams(partial(Fragile, True, tmp_path / "once"), 3)
    for number in range(10):
        streams.feed(number, NO_HINTS, True, audio())
    assert streams.open_streams == (7, 8, 9)
    streams.finish(8)
    streams.close(9)
    streams.close(9)
    assert streams.open_streams == (7,)


def test_stream_in_use_outlives_idle_ones(tmp_path: Path) -> None:
    streams = Streams(partial(Fragile, True, tmp_path / "once"), 2)
    streams.feed(1, NO_HINTS, True, audio())
    streams.feed(2, NO_HINTS, True, audio())
    streams.feed(1, NO_HINTS, False, audio())
    streams.feed(3, NO_HINTS, True, audio())
    assert streams.open_streams == (1, 3)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: ServiceSettings(streams=0),
        lambda: ServiceSettings(feed_timeout_s=0),
        lambda: ServiceSettings(workers=0),
    ],
)
def test_settings_that_make_no_sense_are_refused(broken: object) -> None:
    assert callable(broken)
    with pytest.raises(ValueError, match=r"streams|timeouts|workers"):
        broken()
