"""Plays a conversation test: the lines as events, into the engine that callers talk to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from dialog.acts import Act, AnswerKind, Ask, File
from dialog.conversation_tests.script_lines import (
    ConversationTest,
    Does,
    Hearing,
    Register,
    ScriptLine,
)
from dialog.engine import Engine
from dialog.events import (
    CallStarted,
    EngineFailed,
    Event,
    Filed,
    Heard,
    HungUp,
    Keys,
    QueueUnanswered,
    Reconnected,
    RedirectFailed,
    Silence,
)
from dialog.nlu.interpreter import Context, Parse, Ranked
from dialog.nlu.understanding import Alarm, alarmed
from dialog.state import State

FILED_NUMBER: Final = "48173"
"""What the tests' register gives every request."""
_SURE: Final = 0.95

Moment = Callable[[datetime], Mapping[str, Any]]
"""What every event of this moment says of opening hours: fields of `dialog.events.Event`."""


@dataclass(frozen=True)
class World:
    """Everything around the call."""

    engine: Engine
    zone: tzinfo
    """In which tests tell the time."""
    moment: Moment
    alarm: Callable[[str], Alarm | None]
    """The safety rules; they hold for lines with a given meaning, too."""
    understand: Callable[[str, Context], Parse] | None
    """The interpreter behind the safety rules; None where none has been trained."""


@dataclass(frozen=True)
class Played:
    """What followed one line."""

    line: ScriptLine
    state: State
    acts: tuple[Act, ...]


class NeedsInterpreter(Exception):  # noqa: N818 - says what is the matter
    """A line gives no meaning, and there is no interpreter to find it."""


def play(test: ConversationTest, world: World) -> tuple[Played, ...]:
    """What followed each line, until the call ended. The greeting comes before all of them.

    Raises:
        NeedsInterpreter: see there.
    """
    call = _Call(test, world)
    played = [Played(_GREETING, call.state, call.acts)]
    for line in test.lines:
        if line.does is Does.RINGS:
            played[0] = Played(line, call.state, call.acts)
        else:
            call.goes_on(line)
            played.append(Played(line, call.state, call.acts))
    return tuple(played)


def happen(
    engine: Engine, state: State, event: Event, register: Register = Register.FILED
) -> tuple[State, tuple[Act, ...]]:
    """One event, and what becomes of the requests that it files, as one turn."""
    state, acts = engine.step(state, event)
    at = 0
    while at < len(acts):
        act = acts[at]
        at += 1
        if isinstance(act, File):
            filed = Filed(
                event.at,
                event.on_duty,
                key=act.key,
                status=register.value,
                number=FILED_NUMBER if register is Register.FILED else None,
                queues=event.queues,
                hours=event.hours,
                opens=event.opens,
            )
            state, more = engine.step(state, filed)
            acts += more
    return state, acts


_GREETING: Final = ScriptLine(0, Does.RINGS, "")


class _Call:
    def __init__(self, test: ConversationTest, world: World) -> None:
        self._world = world
        self._register = test.register
        self._at = self._local(test.at)
        self._expects = AnswerKind.OPEN
        self.state = State()
        self.acts: tuple[Act, ...] = ()
        self._happens(
            CallStarted(
                **self._now(),
                caller=test.caller,
                dialled=test.dialled,
                recording=test.recording,
            )
        )

    def goes_on(self, line: ScriptLine) -> None:
        if line.at is not None:
            self._at = self._local(line.at)
        self._happens(self._event(line))

    def _happens(self, event: Event) -> None:
        self.state, self.acts = happen(self._world.engine, self.state, event, self._register)
        for act in self.acts:
            if isinstance(act, Ask):
                self._expects = act.expects

    def _event(self, line: ScriptLine) -> Event:
        match line.does:
            case Does.SAYS:
                return self._heard(line.words, line.hearing)
            case Does.PRESSES:
                return Keys(**self._now(), keys=line.words)
            case Does.IS_SILENT:
                return Silence(**self._now())
            case Does.HANGS_UP:
                return HungUp(**self._now())
            case Does.FAULT:
                return EngineFailed(**self._now())
            case Does.COMES_BACK:
                return Reconnected(**self._now())
            case Does.NO_ANSWER:
                return RedirectFailed(**self._now(), number=line.words)
            case Does.UNANSWERED:
                return QueueUnanswered(**self._now(), queue=line.words)
        raise AssertionError("a ringing line is no event")

    def _heard(self, words: str, hearing: Hearing) -> Heard:
        return Heard(
            **self._now(),
            parse=self._parse(words, hearing),
            asr_confidence=hearing.confidence,
            snr_db=hearing.snr_db,
            alternatives=hearing.alternatives,
        )

    def _parse(self, words: str, hearing: Hearing) -> Parse:
        if hearing.meaning is not None:
            intent = None if hearing.meaning == "none" else hearing.meaning
            ranking = () if intent is None else (Ranked(intent, _SURE),)
            parse = Parse(words, intent, _SURE if intent else 0.0, ranking)
            alarm = self._world.alarm(words)
            return parse if alarm is None else alarmed(parse, alarm)
        if self._world.understand is None:
            raise NeedsInterpreter
        alternatives = tuple((text, hearing.confidence) for text in hearing.alternatives)
        context = Context(self._expects, hearing.confidence, alternatives)
        return self._world.understand(words, context)

    def _now(self) -> Mapping[str, Any]:
        return {"at": self._at, **self._world.moment(self._at)}

    def _local(self, text: str) -> datetime:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is not None else at.replace(tzinfo=self._world.zone)
