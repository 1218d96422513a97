"""A call session, exact to the frame: who has the floor, what is heard, how a call ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from asr.endpoint import Expectation
from dialog.nlu.interpreter import Context, Parse
from routing import requests
from routing.privacy import Privacy
from routing.queue.desk import open_desk
from routing.requests import NewRequest
from telephony.edge import Inbound
from telephony.turn import Outcome
from tests.telephony.fakes import (
    AT,
    END_FRAMES,
    ScriptedListener,
    silence,
    speech,
)
from tests.telephony.table import GREETING_S, PHRASES, Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table.in_directory(tmp_path)


async def test_a_question_is_answered_and_the_call_ends_with_a_goodbye(table: Table) -> None:
    outcome = await table.call(
        silence(GREETING_S), speech(2, 1.0), silence(6.0), speech(3, 1.0), silence(10.0)
    )
    assert outcome == Outcome("resolved")
    assert table.heard == [None, PHRASES[2], PHRASES[3]]


async def test_the_goodbye_is_heard_to_its_end(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(3, 1.0), silence(10.0))
    everything = sum(map(len, table.voice.said))
    assert table.edge.spoken_frames == everything


async def test_the_number_of_the_caller_is_kept_with_the_call(table: Table) -> None:
    """By it the caller can be called back, is known when it returns, and is erased on request."""
    number = "79995550101"
    await table.call(silence(GREETING_S), speech(4, 1.0), silence(10.0), caller=number)
    (task,) = open_desk(table.store, lambda: AT).tasks.of_call("call")
    assert task.phone == number
    erased = Privacy(table.store, lambda: AT).erase(number)
    assert erased.calls == 1
    assert erased.turns > 0


async def test_speech_over_the_hand_over_sentence_does_not_cut_it(table: Table) -> None:
    outcome = await table.call(
        silence(GREETING_S), speech(4, 1.0), silence(0.8), speech(2, 3.0), silence(10.0)
    )
    assert outcome.kind == "handed_over"
    assert table.edge.spoken_frames == sum(map(len, table.voice.said))


async def test_hand_over_is_recorded_with_its_brief(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(4, 1.0), silence(10.0))
    (item,) = table.store.handovers()
    assert item.call_id == "call"
    assert item.brief["last_words"] == PHRASES[4]


async def test_caller_interrupts_the_prompt_and_is_heard(table: Table) -> None:
    await table.call(silence(0.5), speech(2, 1.5), silence(12.0))
    assert table.heard[1] == PHRASES[2]
    greeting = table.voice.said[0]
    assert table.edge.floors[0] > len(greeting) // 2  # the floor is given after the answer only


async def wait_after(table: Table, confidence: float) -> float:
    """From the end of speech to the decision that the turn is over (ms)."""
    table.listener = ScriptedListener(hasty=True)
    table.understanding.confidence = confidence
    await table.call(silence(GREETING_S), speech(2, 1.0), silence(8.0), call_id=str(confidence))
    (turn,) = [turn for turn in table.turns if turn.heard == PHRASES[2]]
    table.forget()
    assert turn.times.endpoint is not None
    return turn.times.endpoint


async def test_a_request_that_is_surely_understood_is_answered_sooner(table: Table) -> None:
    unsure, sure = await wait_after(table, 0.6), await wait_after(table, 0.9)
    assert unsure == pytest.approx(END_FRAMES * 20)
    assert sure < unsure / 2


async def test_what_was_understood_does_not_cut_a_caller_who_goes_on(table: Table) -> None:
    """The meaning of the first words comes when the caller speaks again."""
    table.listener = ScriptedListener(hasty=True)
    understand = table.understanding

    async def slow(text: str, context: Context) -> Parse:
        while text == PHRASES[1] and not table.listener.loud:  # noqa: ASYNC110 - fast time
            await asyncio.sleep(0)
        return await understand(text, context)

    table.understanding = slow  # type: ignore[assignment]
    await table.call(
        silence(GREETING_S), speech(1, 1.0), silence(0.4), speech(2, 1.0), silence(8.0)
    )
    (turn,) = [turn for turn in table.turns if turn.heard]
    assert turn.heard == f"{PHRASES[1]} {PHRASES[2]}"
    assert turn.times.endpoint == pytest.approx(END_FRAMES * 20)


async def test_short_answer_in_the_caller_s_turn_counts(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(2, 0.2), silence(8.0))
    assert table.heard[1] == PHRASES[2]


async def test_pause_inside_a_sentence_does_not_end_the_turn(table: Table) -> None:
    await table.call(
        silence(GREETING_S), speech(1, 0.5), silence(0.4), speech(2, 0.5), silence(8.0)
    )
    assert table.heard[1] == f"{PHRASES[1]} {PHRASES[2]}"


async def test_a_complete_answer_ends_the_turn_before_the_silence_does(table: Table) -> None:
    table.listener = ScriptedListener(complete=[PHRASES[2]])
    await table.call(silence(GREETING_S), speech(2, 1.0), silence(8.0))
    endpoint = table.turns[1].times.endpoint
    assert endpoint is not None
    assert endpoint < 300


async def test_an_emergency_ends_the_turn_at_the_first_pause(table: Table) -> None:
    outcome = await table.call(silence(GREETING_S), speech(5, 1.0), silence(10.0))
    assert outcome == Outcome("redirected", "103")
    endpoint = table.turns[1].times.endpoint
    assert endpoint is not None
    assert endpoint < 300


async def test_no_input_timer_stands_still_while_the_assistant_speaks(table: Table) -> None:
    await table.call(silence(5.0))
    assert table.heard == [None, None]  # greeting, then the caller hung up: no reprompt
    assert not table.turns[1].said


async def test_silence_brings_a_reprompt_and_then_a_person(table: Table) -> None:
    outcome = await table.call(silence(60.0))
    assert outcome.kind == "handed_over"
    assert len([turn for turn in table.turns if turn.said]) == 4


async def test_noises_without_words_re_arm_the_ear(table: Table) -> None:
    await table.call(
        silence(GREETING_S), speech(9, 0.5), silence(1.5), speech(2, 1.0), silence(8.0)
    )
    assert table.heard[1] == PHRASES[2]


async def test_noise_after_noise_is_answered_in_the_end(table: Table) -> None:
    noises = [part for _ in range(3) for part in (speech(9, 0.5), silence(1.2))]
    await table.call(silence(GREETING_S), *noises, silence(5.0))
    assert table.heard[1] == ""
    assert table.turns[1].said


async def test_keys_are_heard_during_a_prompt(table: Table) -> None:
    outcome = await table.call(silence(0.5), Inbound(keys="0"), silence(10.0))
    assert outcome.kind == "handed_over"
    assert table.turns[1].keys == "0"


async def test_the_question_decides_how_long_the_ear_waits(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(1, 1.0), silence(6.0))
    assert table.listener.expected[:2] == [Expectation.OPEN, Expectation.CHOICE]


async def test_a_request_is_filed_while_the_assistant_speaks(table: Table) -> None:
    """What becomes of it is told in the same turn."""
    spoken_before: list[int] = []

    class Desk:
        async def file(self, request: NewRequest, timeout_s: float) -> requests.Filed:
            spoken_before.append(table.edge.spoken_frames)
            assert request.key == "call:appointment:1"
            return requests.Filed("filed", "48217")

    table.files = True
    await table.call(silence(4.0), connector=Desk())
    assert spoken_before == [0]
    assert table.turns[0].said == "Минутку, записываю вас. Записано: 48217. Что-нибудь ещё?"
    assert table.voice.said == ["Минутку, записываю вас.", "Записано: 48217.", "Что-нибудь ещё?"]
