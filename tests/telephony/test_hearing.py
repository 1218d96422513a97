"""What was heard up to a pause is told for that pause only, however busy the recognizer is."""

from __future__ import annotations

import asyncio

import numpy as np

from asr.audio import Pcm
from asr.recognizer import Hints, Recognition
from telephony.hearing import Hearing


class Unhurried:
    """Reads how many samples there are; only when it is let."""

    streams_partials = False

    def __init__(self) -> None:
        self.may_read = asyncio.Semaphore(0)
        self.asked = 0
        self._total = 0

    def open(self, hints: Hints) -> Unhurried:
        return self

    async def feed(self, samples: Pcm) -> None:
        self._total += len(samples)

    async def partial(self, wanted: object) -> Recognition:
        self.asked += 1
        total = self._total
        await self.may_read.acquire()
        return Recognition(str(total), 0.9)

    async def finish(self) -> Recognition:
        return Recognition(str(self._total), 0.9)

    async def close(self) -> None:
        """Nothing is held."""


class Streaming(Unhurried):
    """An engine that streams must not be left in the middle of a request."""

    streams_partials = True


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def samples(count: int) -> Pcm:
    return np.ones(count, np.int16)


async def two_pauses(recognizer: Unhurried, guesses: list[str]) -> Hearing:
    """The caller goes on after the first pause while its reading is made; now in the second."""
    hearing = Hearing(recognizer, Hints(), lambda g: guesses.append(g.text), lambda g: None)  # type: ignore[arg-type]
    hearing.feed(samples(1000))
    hearing.pause()
    await settle()
    hearing.feed(samples(20))
    hearing.resume()
    hearing.feed(samples(3000))
    hearing.pause()
    await settle()
    return hearing


async def test_next_guess_does_not_wait_for_an_outdated_one() -> None:
    recognizer, guesses = Unhurried(), list[str]()
    hearing = await two_pauses(recognizer, guesses)
    assert recognizer.asked == 2
    recognizer.may_read.release()
    await settle()
    assert guesses == ["4020"]
    assert (await hearing.finish()).text == "4020"


async def test_engine_that_streams_is_asked_one_thing_at_a_time() -> None:
    recognizer, guesses = Streaming(), list[str]()
    hearing = await two_pauses(recognizer, guesses)
    assert recognizer.asked == 1
    recognizer.may_read.release()
    await settle()
    assert recognizer.asked == 2
    assert guesses == []
    recognizer.may_read.release()
    await settle()
    assert guesses == ["4020"]
    assert (await hearing.finish()).text == "4020"


async def test_guess_that_waited_is_not_told_for_a_later_pause() -> None:
    recognizer, guesses = Streaming(), list[str]()
    hearing = await two_pauses(recognizer, guesses)
    hearing.feed(samples(20))
    hearing.resume()
    hearing.feed(samples(500))
    hearing.pause()
    for _ in range(3):
        recognizer.may_read.release()
    await settle()
    assert guesses == ["4540"]
    assert (await hearing.finish()).text == "4540"


async def test_whoever_gives_up_leaves_nothing_at_work() -> None:
    recognizer, guesses = Unhurried(), list[str]()
    hearing = await two_pauses(recognizer, guesses)
    hearing.cancel()
    await settle()
    recognizer.may_read.release()
    await settle()
    assert guesses == []
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
