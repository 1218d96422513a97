"""The voice end to end: real RHVoice in its worker, real text rules, real files."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from tts.cache import PromptCache
from tts.errors import NoSynthesizerError, SynthesisError
from tts.rhvoice import RhvoiceSynthesizer
from tts.synthesizer import Pcm
from tts.voice import Voice

STRESS = Path(__file__).parents[2] / "nlu_data" / "lists" / "stress.yml"
LONG = "Служба сто двадцать два слушает вас. " * 12


async def say(voice: Voice, text: str, *, rate: float = 1.0, cacheable: bool = True) -> Pcm:
    return np.concatenate([c async for c in voice.speak(text, rate=rate, cacheable=cacheable)])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def voice(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Voice]:
    cache = PromptCache(tmp_path_factory.mktemp("prompts"))
    voice = Voice(RhvoiceSynthesizer, stress_list=STRESS, stress_model=False, cache=cache)
    await voice.start()
    yield voice
    await voice.stop()


@pytest.mark.asyncio(loop_scope="module")
class TestSpeaking:
    async def test_a_prompt_is_heard_in_even_chunks(self, voice: Voice) -> None:
        chunks = [c async for c in voice.speak("Приём 23.11.2026 в 13:00, кабинет 21.")]
        assert all(c.dtype == np.int16 for c in chunks)
        assert all(len(c) <= 800 for c in chunks)
        assert 3.0 < sum(map(len, chunks)) / 8000 < 9.0

    async def test_the_same_prompt_sounds_the_same_from_the_cache(self, voice: Voice) -> None:
        fresh = await say(voice, "Запишите, пожалуйста, номер.")
        np.testing.assert_array_equal(fresh, await say(voice, "Запишите, пожалуйста, номер."))

    async def test_slower_speech_lasts_longer(self, voice: Voice) -> None:
        text = "Возьмите паспорт и полис."
        assert len(await say(voice, text, rate=0.8)) > 1.15 * len(await say(voice, text))

    async def test_sentences_are_separated_by_a_pause(self, voice: Voice) -> None:
        together = len(await say(voice, "Да. Нет."))
        apart = len(await say(voice, "Да.")) + len(await say(voice, "Нет."))
        assert together == apart + 0.35 * 8000

    @pytest.mark.parametrize("text", ["", "   ", "...", "—", "😀", "\n\n"])
    async def test_a_text_without_words_is_an_error(self, voice: Voice, text: str) -> None:
        with pytest.raises(SynthesisError, match="nothing to speak"):
            await say(voice, text)

    async def test_several_calls_at_once_get_their_own_prompts(self, voice: Voice) -> None:
        texts = [f"Ваш номер в очереди {n}. Пожалуйста, подождите." for n in range(1, 6)]
        alone = [await say(voice, text, cacheable=False) for text in texts]
        together = await asyncio.gather(*(say(voice, text, cacheable=False) for text in texts))
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)

    async def test_a_short_prompt_does_not_wait_for_a_whole_long_one(self, voice: Voice) -> None:
        """Calls take turns by sentences."""
        done: list[str] = []

        async def speak(name: str, text: str) -> None:
            await say(voice, text, cacheable=False)
            done.append(name)

        long = asyncio.create_task(speak("long", LONG))
        await asyncio.sleep(0.1)
        await asyncio.gather(long, speak("short", "Одну минуту."))
        assert done == ["short", "long"]

    async def test_barge_in_stops_the_making_and_the_next_prompt_works(self, voice: Voice) -> None:
        async with aclosing(voice.speak(LONG, cacheable=False)) as chunks:
            await anext(chunks)
        assert len(await say(voice, "Слушаю вас.")) > 4000


@pytest.mark.asyncio(loop_scope="module")
class TestWarming:
    async def test_warmed_prompts_are_known(self, voice: Voice) -> None:
        await voice.warm(["Соединяю с оператором."])
        pid = voice.speech_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)  # a stopped worker can make nothing
        try:
            assert len(await say(voice, "Соединяю с оператором.")) > 4000
        finally:
            os.kill(pid, signal.SIGCONT)

    async def test_what_cannot_be_spoken_is_named(self, voice: Voice) -> None:
        with pytest.raises(SynthesisError, match=r"1 prompts cannot be spoken: '…'"):
            await voice.warm(["До свидания.", "…"])


@pytest_asyncio.fixture
async def mortal() -> AsyncIterator[Voice]:
    voice = Voice(RhvoiceSynthesizer, stress_model=False, chunk_timeout_s=1.5)
    await voice.start()
    yield voice
    await voice.stop()


@pytest_asyncio.fixture
async def voice_folder(tmp_path: Path) -> AsyncIterator[tuple[Voice, Path]]:
    voice = Voice(RhvoiceSynthesizer, stress_model=False, cache=PromptCache(tmp_path))
    await voice.start()
    yield voice, tmp_path
    await voice.stop()


@pytest.mark.parametrize("harm", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
async def test_a_lost_worker_fails_the_prompt_and_the_next_one_works(
    mortal: Voice, harm: signal.Signals
) -> None:
    heard = 0
    with pytest.raises(SynthesisError, match="restarted; say the prompt again"):
        async for _ in mortal.speak(LONG):
            heard += 1
            if heard == 1:
                assert mortal.speech_pid is not None
                os.kill(mortal.speech_pid, harm)
    assert heard > 0
    assert len(await say(mortal, "Слушаю вас.")) > 4000


async def test_a_worker_that_died_between_calls_costs_no_prompt(mortal: Voice) -> None:
    pid = mortal.speech_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.5)
    assert mortal.speech_pid not in (None, pid)  # another one is loading already
    assert len(await say(mortal, "Слушаю вас.")) > 4000


async def test_personal_data_never_reaches_the_disk(voice_folder: tuple[Voice, Path]) -> None:
    voice, folder = voice_folder
    await say(voice, "Иван Иванович, ваша заявка принята.", cacheable=False)
    assert not list(folder.rglob("*.pcm"))
    await say(voice, "Ваша заявка принята.")
    assert len(list(folder.rglob("*.pcm"))) == 1


async def test_a_prompt_left_in_the_middle_is_not_remembered_half(
    voice_folder: tuple[Voice, Path],
) -> None:
    voice, folder = voice_folder
    async with aclosing(voice.speak(LONG)) as chunks:
        await anext(chunks)
    assert not list(folder.rglob("*.pcm"))


async def test_a_damaged_prompt_file_is_made_again(voice_folder: tuple[Voice, Path]) -> None:
    voice, folder = voice_folder
    fresh = await say(voice, "Соединяю.")
    (path,) = folder.rglob("*.pcm")
    path.write_bytes(path.read_bytes()[:-100])
    voice._cache = PromptCache(folder)  # a restart: memory is empty
    np.testing.assert_array_equal(await say(voice, "Соединяю."), fresh)
    assert PromptCache(folder).load(path.stem) is not None


async def test_a_missing_voice_is_said_at_the_start(tmp_path: Path) -> None:
    voice = Voice(partial(RhvoiceSynthesizer, "elena", tmp_path), stress_model=False)
    with pytest.raises(NoSynthesizerError, match="install the package rhvoice-russian"):
        await voice.start()


class Mumbling:
    """A synthesizer that breaks on one word."""

    engine, voice, version = "mumble", "mumble", "1"

    def synthesize(self, text: str, rate: float = 1.0) -> Iterator[Pcm]:
        if "ошибка" in text:
            raise ValueError("no such sound")
        if "тишина" in text:
            time.sleep(60)
        yield (np.sin(np.arange(8000)) * 9000).astype(np.int16)


async def test_an_engines_own_error_does_not_cost_the_worker() -> None:
    voice = Voice(Mumbling, stress_model=False)
    await voice.start()
    try:
        pid = voice.speech_pid
        with pytest.raises(SynthesisError, match="no such sound"):
            await say(voice, "ошибка")
        assert len(await say(voice, "Слушаю.")) > 0
        assert voice.speech_pid == pid
    finally:
        await voice.stop()


async def test_waiting_callers_are_told_that_the_voice_is_overloaded() -> None:
    voice = Voice(Mumbling, stress_model=False, queue_timeout_s=0.2, chunk_timeout_s=1.5)
    await voice.start()
    try:
        hanging = asyncio.create_task(say(voice, "тишина"))
        await asyncio.sleep(0.5)
        with pytest.raises(SynthesisError, match="overloaded"):
            await say(voice, "Слушаю.")
        with pytest.raises(SynthesisError, match="restarted"):
            await hanging
        assert len(await say(voice, "Слушаю.")) > 0
    finally:
        await voice.stop()
