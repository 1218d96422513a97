"""What users of other voice systems complain about, one test for each.

Two more are held where calls meet: `test_draining_does_not_kill_live_calls` and
`test_two_calls_are_not_accepted_for_one_free_place` in `test_switchboard.py`.
"""

from __future__ import annotations

import asyncio
import gc
import re
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from asr.audio import FRAME_S, FRAME_SAMPLES, Pcm
from asr.detectors import make_detector
from asr.endpointing import ByExpectation
from asr.listener import Listener
from dialog.acts import Ask
from dialog.nlu.interpreter import Context, Parse, Ranked
from dialog.nlu.rasa_answer import read_answer
from telephony.clock import RealClock
from telephony.echo import EchoGate
from telephony.edge import Inbound
from telephony.events import Held, Interrupted, NoInput, Resumed
from telephony.pacer import Pacer
from telephony.player import SILENCE
from telephony.turn import Outcome
from tests.telephony.fake_service import voice_of
from tests.telephony.fakes import ScriptedEdge, silence, speech
from tests.telephony.table import GREETING_S, PHRASES, Table

GREETING = 0


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table.in_directory(tmp_path)


async def test_a_cough_does_not_silence_the_assistant(table: Table) -> None:
    await table.call(silence(0.5), speech(9, 0.3), silence(4.0))
    assert table.events(Resumed)
    assert not table.events(Interrupted)
    assert table.edge.spoken_frames >= len(table.voice.said[GREETING])


@pytest.mark.parametrize("sound", ["угу", "ага ага", "алло"])
async def test_after_a_false_interruption_it_goes_on_from_where_it_was(
    table: Table, sound: str
) -> None:
    table.recognizer.phrases = {8: sound}
    await table.call(silence(1.0), speech(8, 0.4), silence(3.0))
    (held,), (resumed,) = table.events(Held), table.events(Resumed)
    assert resumed.at - held.at < 1.0
    fading = 1  # the frame in which it fell silent is heard again
    assert table.edge.spoken_frames == len(table.voice.said[GREETING]) + fading


async def test_a_passing_lorry_does_not_silence_the_assistant_for_its_length(table: Table) -> None:
    await table.call(silence(0.5), speech(9, 8.0), silence(6.0))
    (resumed,) = table.events(Resumed)
    assert resumed.held_ms < 2000


class OwnVoice(ScriptedEdge):
    """A line that returns what it is sent, 10 times weaker and 160 ms later."""

    def read(self, ticks: int = 1) -> Inbound:
        inbound = super().read(ticks)
        sent = [*[SILENCE] * (7 + ticks), *self.sent]
        echo = sent[len(sent) - 7 - ticks : len(sent) - 7]
        frames = tuple((frame // 10).astype(np.int16) for frame in echo[: len(inbound.frames)])
        return inbound._replace(frames=frames)


class NoiseVoice:
    """Speaks noise of the right length at the level of speech."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def speak(
        self, text: str, *, rate: float = 1.0, cacheable: bool = True
    ) -> AsyncIterator[Pcm]:
        self.said.append(text)
        samples = voice_of(text)
        for at in range(0, len(samples), 800):
            await asyncio.sleep(0)
            yield samples[at : at + 800]


async def test_the_echo_of_its_own_voice_does_not_interrupt_it(table: Table) -> None:
    gate = EchoGate(make_detector("webrtc"))
    voice = NoiseVoice()
    await table.call(
        silence(9.0),
        listener=Listener(gate, ByExpectation()),
        echo=gate,
        voice=voice,
        edge=OwnVoice,
    )
    assert not table.events(Held)
    assert table.edge.spoken_frames >= len(voice_of(voice.said[0])) // FRAME_SAMPLES


async def test_words_heard_during_an_interruption_are_not_lost(table: Table) -> None:
    await table.call(silence(0.5), speech(1, 1.0), silence(0.1), speech(2, 1.0), silence(8.0))
    assert table.heard[1] == f"{PHRASES[1]} {PHRASES[2]}"


async def test_words_said_while_an_answer_is_prepared_are_not_lost(table: Table) -> None:
    """The answer to the first words never sounds: the caller was not finished."""
    table.understanding.delay_s = 0.4
    await table.call(
        silence(GREETING_S), speech(1, 1.0), silence(0.7), speech(2, 0.5), silence(8.0)
    )
    assert table.heard[2] == f"{PHRASES[1]} {PHRASES[2]}"


async def test_speech_in_the_protected_start_of_a_message_is_kept(table: Table) -> None:
    table.protect_questions_s = 1.9
    await table.call(silence(0.3), speech(2, 0.6), silence(8.0))
    assert table.heard[1] == PHRASES[2]
    (interrupted,) = table.events(Interrupted)
    assert interrupted.at > 1.9


async def test_the_idle_timer_does_not_run_while_the_assistant_speaks(table: Table) -> None:
    table.recognizer.phrases = {}
    await table.call(silence(2.9 + len_s(table)))
    assert not table.events(NoInput)


async def test_speech_without_text_re_arms_the_ear_and_the_timer(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(9, 0.5), silence(20.0))
    assert table.events(NoInput)
    assert any(turn.said for turn in table.turns[1:])


async def test_keys_are_not_ignored_until_the_caller_speaks(table: Table) -> None:
    outcome = await table.call(silence(0.1), Inbound(keys="0"), silence(10.0))
    assert outcome.kind == "handed_over"


async def test_keys_mixed_with_speech_are_surer_than_words(table: Table) -> None:
    outcome = await table.call(
        silence(GREETING_S), speech(2, 0.5), Inbound(keys="0"), speech(2, 0.3), silence(10.0)
    )
    assert outcome.kind == "handed_over"
    assert table.turns[1].keys == "0"


async def test_keypad_state_does_not_leak_into_the_next_prompt(table: Table) -> None:
    table.most_keys = 4
    await table.call(
        silence(GREETING_S),
        Inbound(keys="12"),
        silence(0.3),
        Inbound(keys="345"),
        silence(0.2),
        Inbound(keys="#"),
        silence(3.0),
    )
    assert [turn.keys for turn in table.turns if turn.keys] == ["1234"]


async def test_a_transfer_does_not_cut_the_spoken_goodbye(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(4, 1.0), silence(0.6), speech(2, 2.0), silence(9))
    assert table.edge.spoken_frames == sum(map(len, table.voice.said))


async def test_a_transfer_to_nobody_does_not_lose_the_caller(table: Table) -> None:
    outcome = await table.call(silence(GREETING_S), speech(5, 1.0), silence(9), call_id="same")
    assert outcome == Outcome("redirected", "103")
    table.turns.clear()
    await table.call(silence(9), call_id="same", redirect_failed="103")
    assert table.turns[0].said


async def test_a_queue_that_nobody_answers_is_no_broken_line(table: Table) -> None:
    outcome = await table.call(silence(0.1), Inbound(keys="0"), silence(10.0), call_id="same")
    assert outcome == Outcome("handed_over", "general")
    table.turns.clear()
    await table.call(silence(12), call_id="same", unanswered_queue="general")
    assert table.turns[0].said.startswith("Операторы пока заняты")
    assert "Записать ваш номер" in table.turns[0].said


async def test_nobody_is_asked_did_you_mean_nlu_fallback(table: Table) -> None:
    """Rasa ranks its own "too unsure" first, and two topics close behind."""
    ranked = {"nlu_fallback": 0.4, "working_hours": 0.31, "make_appointment": 0.29}
    answer = read_answer(
        {
            "intent": {"name": "nlu_fallback"},
            "intent_ranking": [{"name": n, "confidence": c} for n, c in ranked.items()],
            "entities": [],
        },
        PHRASES[2],
    )
    ranking = tuple(Ranked(name, chance) for name, chance in answer.chances.items())

    async def unsure(text: str, context: Context) -> Parse:
        return Parse(text, None, ranking[0].confidence, ranking)

    table.understanding = unsure  # type: ignore[assignment]
    await table.call(silence(GREETING_S), speech(2, 1.0), silence(6.0))
    assert len(table.voice.said) > 1
    assert not re.search(r"[a-z_]{3,}", " ".join(table.voice.said))


async def test_memory_does_not_grow_per_call(table: Table) -> None:
    async def calls(count: int) -> int:
        for number in range(count):
            await table.call(silence(0.4), call_id=f"call {number}")
            table.forget()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = await calls(10)
        grown = await calls(20) - before
    finally:
        tracemalloc.stop()
    assert grown / 20 < 5_000


async def test_calls_that_share_a_process_have_no_gaps(table: Table) -> None:
    """Twenty real-time calls, one of them with an engine that fails and a tick that raises."""
    pacer = Pacer()
    edges = [TimedEdge([Inbound((SILENCE,))] * 60) for _ in range(20)]
    sessions = [
        table.session(edge, RealClock(pacer), f"call {number}") for number, edge in enumerate(edges)
    ]
    edges[3].breaks = True
    results = await asyncio.gather(*(s.run() for s in sessions), return_exceptions=True)
    assert isinstance(results.pop(3), OSError)
    assert {result.kind for result in results if isinstance(result, Outcome)} == {"caller_hung_up"}
    for edge in edges[:3] + edges[4:]:
        assert max(np.diff(edge.written)) < 0.5  # of a loaded machine; the bench measures
        assert len(edge.written) >= 50


async def test_after_hang_up_nothing_runs_any_more(table: Table) -> None:
    pacer = Pacer()
    edge = ScriptedEdge([Inbound((SILENCE,))] * 10)
    before = asyncio.all_tasks()
    await table.session(edge, RealClock(pacer), "call").run()
    await asyncio.sleep(2 * FRAME_S)
    assert pacer.calls == 0
    assert asyncio.all_tasks() == before


def len_s(table: Table) -> float:
    """How long the greeting sounds (s)."""
    greeting = next(act for act in table.greeting() if isinstance(act, Ask))
    return len(greeting.text) * FRAME_S


class TimedEdge(ScriptedEdge):
    """Notes when each frame is written."""

    def __init__(self, inbound: list[Inbound]) -> None:
        super().__init__(inbound)
        self.written: list[float] = []
        self.breaks = False

    def write(self, frame: Pcm) -> None:
        if self.breaks and len(self.written) == 20:
            raise OSError("the line is cut")
        self.written.append(time.monotonic())
