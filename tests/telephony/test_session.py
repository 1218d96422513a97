"""A call session, exact to the frame: who has the floor, what is heard, and that nobody is lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import pytest

from asr.audio import Pcm
from asr.endpoint import Expectation
from asr.listener import Listener
from dialog.acts import Act, Ask, File, KeyInput, Say
from dialog.engine import Engine
from dialog.events import CallStarted, Event, Filed
from dialog.state import State
from routing import requests
from routing.privacy import Privacy
from routing.queue.desk import open_desk
from routing.requests import Connector, NewRequest
from routing.store import Store
from telephony.clock import Clock, FastClock
from telephony.conversation import Conversation
from telephony.echo import EchoGate
from telephony.edge import Inbound
from telephony.events import CallEvent, Silent
from telephony.session import CallSession
from telephony.turn import Outcome, Turn
from telephony.turn_taking import SessionSettings, TurnTaking
from tests.dialog.scripts import real_script
from tests.telephony.fakes import (
    AT,
    AlwaysOnDuty,
    ScriptedEdge,
    ScriptedListener,
    ScriptedRecognizer,
    ScriptedUnderstanding,
    ScriptedVoice,
    silence,
    speech,
)

E = TypeVar("E", bound=CallEvent)

PHRASES = {
    1: "запишите меня к врачу",
    2: "во сколько вы работаете",
    3: "до свидания",
    4: "соедините с оператором",
    5: "муж задыхается",
}
INTENTS = {
    PHRASES[1]: "make_appointment",
    PHRASES[2]: "working_hours",
    PHRASES[3]: "goodbye",
    PHRASES[4]: "operator",
    PHRASES[5]: "ambulance_103",
}
SETTINGS = SessionSettings(
    apology="Простите, сбой.",
    keypad_menu="Много звонков, понимаю только кнопки.",
    rules=TurnTaking(no_input_s=3.0),
)
GREETING_S = 4.0
"""The greeting lasts 20 ms a character, and is over by then."""


class Log(Silent):
    """Keeps what happened."""

    def __init__(self) -> None:
        self.seen: list[CallEvent] = []

    def happened(self, call_id: str, event: CallEvent) -> None:
        self.seen.append(event)


@dataclass
class Questions:
    """The real engine; its questions with other keys or a protected beginning, if wanted."""

    table: Table
    engine: Engine

    def step(self, state: State, event: Event) -> tuple[State, tuple[Act, ...]]:
        if self.table.files and isinstance(event, CallStarted):
            return state, (Say("Минутку, записываю вас."), File("appointment", "appointment:1"))
        if isinstance(event, Filed):
            return state, (Say(f"Записано: {event.number}."), Ask("Что-нибудь ещё?"))
        state, acts = self.engine.step(state, event)
        keys = KeyInput(self.table.most_keys)
        protected_s = self.table.protect_questions_s
        return state, tuple(
            replace(act, keys=keys, protected_s=protected_s) if isinstance(act, Ask) else act
            for act in acts
        )


@dataclass
class Table:
    """Everything around one call."""

    store: Store
    recognizer: ScriptedRecognizer = field(default_factory=lambda: ScriptedRecognizer(PHRASES))
    voice: ScriptedVoice = field(default_factory=ScriptedVoice)
    understanding: ScriptedUnderstanding = field(
        default_factory=lambda: ScriptedUnderstanding(INTENTS)
    )
    listener: ScriptedListener = field(default_factory=ScriptedListener)
    turns: list[Turn] = field(default_factory=list)
    edge: ScriptedEdge = field(default_factory=lambda: ScriptedEdge([]))
    log: Log = field(default_factory=Log)
    most_keys: int = 1
    protect_questions_s: float = 0.0
    files: bool = False
    """Whether the call begins with a request to file."""

    @classmethod
    def in_directory(cls, directory: Path) -> Table:
        return cls(Store.in_directory(directory))

    async def call(
        self,
        *parts: list[Pcm] | Inbound,
        call_id: str = "call",
        edge: type[ScriptedEdge] = ScriptedEdge,
        **others: Any,
    ) -> Outcome:
        inbound = chain.from_iterable(
            [part] if isinstance(part, Inbound) else [Inbound((f,)) for f in part] for part in parts
        )
        self.edge = edge(list(inbound))
        return await self.session(self.edge, FastClock(), call_id, **others).run()

    def session(
        self,
        edge: ScriptedEdge,
        clock: Clock,
        call_id: str,
        *,
        redirect_failed: str | None = None,
        unanswered_queue: str | None = None,
        listener: Listener | None = None,
        echo: EchoGate | None = None,
        voice: Any = None,
        connector: Connector | None = None,
        deaf: bool = False,
        caller: str | None = None,
    ) -> CallSession:
        conversation = Conversation(
            call_id,
            Questions(self, Engine(real_script())),  # type: ignore[arg-type] - around the real one
            self.understanding,
            self.store,
            AlwaysOnDuty(),
            lambda: AT,
            redirect_failed_at=redirect_failed,
            unanswered_queue=unanswered_queue,
            connector=connector,
            caller=caller,
        )
        return CallSession(
            edge,
            clock,
            None if deaf else listener or self.listener,  # type: ignore[arg-type] - a scripted one
            self.recognizer,  # type: ignore[arg-type]
            voice or self.voice,
            conversation,
            SETTINGS,
            echo=echo,
            urgent=lambda text: "задыхается" in text,
            on_turn=self.turns.append,
            observer=self.log,
        )

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.log.seen if isinstance(event, kind)]

    def forget(self) -> None:
        """What this table itself keeps of calls."""
        for kept in (self.turns, self.log.seen, self.voice.said, self.recognizer.opened):
            kept.clear()
        self.listener = ScriptedListener()
        self.understanding.contexts.clear()

    @staticmethod
    def greeting() -> tuple[Act, ...]:
        started = CallStarted(AT, True)
        return Engine(real_script()).step(State(), started)[1]

    @property
    def heard(self) -> list[str | None]:
        return [turn.heard for turn in self.turns]


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


async def test_caller_who_hangs_up_during_a_prompt_ends_the_call(table: Table) -> None:
    outcome = await table.call(silence(0.5))
    assert outcome == Outcome("caller_hung_up")


async def test_failed_recognition_brings_an_apology_and_the_call_goes_on(table: Table) -> None:
    table.recognizer.fails_on = {1}
    await table.call(
        silence(GREETING_S), speech(1, 1.0), silence(3.0), speech(2, 1.0), silence(10.0)
    )
    assert table.turns[1].said
    assert table.heard[2] == PHRASES[2]


async def test_failed_synthesis_brings_the_prepared_apology_and_then_the_prompt(
    table: Table,
) -> None:
    table.voice.failures = 1
    await table.call(silence(8.0))
    assert table.voice.said[0] == SETTINGS.apology
    assert table.voice.said[1] == table.turns[0].said


async def test_lost_prompt_does_not_lose_the_caller(table: Table) -> None:
    table.voice.failures = 2
    outcome = await table.call(silence(1.0), speech(4, 1.0), silence(10.0))
    assert outcome.kind == "handed_over"


async def test_failed_understanding_brings_an_apology(table: Table) -> None:
    table.understanding.lost = 1
    await table.call(
        silence(GREETING_S), speech(2, 1.0), silence(3.0), speech(2, 1.0), silence(10.0)
    )
    assert table.turns[1].said
    assert isinstance(table.turns[2].acts[0], Say)


async def test_the_question_decides_how_long_the_ear_waits(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(1, 1.0), silence(6.0))
    assert table.listener.expected[:2] == [Expectation.OPEN, Expectation.CHOICE]


async def test_after_a_crash_the_call_goes_on_where_it_was(table: Table) -> None:
    await table.call(silence(GREETING_S), speech(1, 1.0), silence(5.0), call_id="same")
    asked = table.turns[1].said
    table.turns.clear()
    await table.call(silence(10.0), call_id="same")
    assert asked in table.turns[0].said
    assert table.turns[0].said != asked


async def test_every_opened_recognition_is_closed(table: Table) -> None:
    await table.call(silence(0.5), speech(9, 0.2), silence(4.0), speech(2, 1.0), silence(8.0))
    assert table.recognizer.closed == len(table.recognizer.opened)


async def test_under_overload_the_keypad_is_served_without_listening(table: Table) -> None:
    outcome = await table.call(
        silence(0.3), speech(4, 1.0), silence(4.0), Inbound(keys="0"), silence(10), deaf=True
    )
    assert table.voice.said[0] == SETTINGS.keypad_menu
    assert outcome.kind == "handed_over"
    assert not table.recognizer.opened


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
