"""A table at which one scripted caller and the assistant talk: exact to the frame, no engines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from asr.audio import Pcm
from asr.listener import Listener
from dialog.acts import Act, Ask, File, KeyInput, Say
from dialog.engine import Engine
from dialog.events import CallStarted, Event, Filed
from dialog.state import State
from routing.bounded import Bounded
from routing.requests import Connector
from routing.store import Store
from telephony.clock import Clock, FastClock
from telephony.conversation import Conversation
from telephony.echo import EchoGate
from telephony.edge import Inbound
from telephony.events import CallEvent, Silent
from telephony.recorder import Recorder
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
            self.table.statuses.append(event.status)
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
    statuses: list[str] = field(default_factory=list)
    """What became of the requests."""

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
        recorder: Recorder | None = None,
        deaf: bool = False,
        caller: str | None = None,
        bounded: Bounded | None = None,
        filing_timeout_s: float = 3.0,
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
            bounded=bounded or Bounded(),
            filing_timeout_s=filing_timeout_s,
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
            recorder=recorder,
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
