"""One call's conversation: understanding, the engine's step, the journal. No audio.

Used by the call session, which adds ears and a voice, and by the text chat.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal, Protocol, TypedDict, TypeVar

from dialog.acts import Act, AnswerKind, Ask, File, Transfer, act_to_json
from dialog.engine import Engine
from dialog.errors import StateError
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
    StateLost,
    event_to_json,
)
from dialog.nlu.interpreter import Context, Parse
from dialog.state import State, salvage
from routing.bounded import Bounded
from routing.errors import FilingError, RequestRefused, RoutingError
from routing.hours import Duty
from routing.requests import Connector, NewRequest, RequestKind
from routing.store import Store

R = TypeVar("R")

log = logging.getLogger(__name__)

Understand = Callable[[str, Context], Awaitable[Parse]]
"""Asks the interpreter, wherever it runs. Raises `UnderstandingLost`."""


class UnderstandingLost(Exception):  # noqa: N818 - says what happened
    """The interpreter failed on this text; the next one may go well."""


class Calendar(Protocol):
    """What the conversation needs to know of opening hours."""

    def duty(self, at: datetime) -> Duty:
        """Who answers at `at`."""
        ...


class Moment(TypedDict):
    """What every event carries: see `dialog.events.Event`."""

    at: datetime
    on_duty: bool
    queues: Mapping[str, bool]
    hours: str
    opens: str


@dataclass(frozen=True)
class Step:
    """What one event led to."""

    acts: tuple[Act, ...]
    parse: Parse | None = None
    """What the caller's words meant, if there were any."""
    nlu_ms: float = 0.0
    dialog_ms: float = 0.0
    """The engine's step and the journal (ms)."""


@dataclass
class Conversation:
    """The only place that holds the state of a call while it goes on."""

    call_id: str
    engine: Engine
    understand: Understand
    store: Store
    calendar: Calendar
    now: Callable[[], datetime]
    """Time of day, with zone."""
    connector: Connector | None = None
    """Where requests are filed; None where there is nothing to file them with."""
    filing_timeout_s: float = 3.0
    """How long the caller waits for the system of record (s)."""
    bounded: Bounded = field(default_factory=Bounded)
    """How long the caller waits for the store."""
    caller: str | None = None
    """Number of the caller, where it is known."""
    dialled: str | None = None
    """Number that was dialled, where it is known."""
    redirect_failed_at: str | None = None
    """The outside number where nobody answered: the caller is back from there."""
    unanswered_queue: str | None = None
    """The operator queue where nobody took the call: the caller is back from there."""
    recording: bool = False
    """Whether the call is recorded; the greeting says so."""
    state: State = field(default_factory=State)
    expects: AnswerKind = AnswerKind.OPEN
    """What kind of answer the last question asked for."""
    _foreseen: tuple[str, Context, asyncio.Future[Parse]] | None = None

    async def start(self) -> Step:
        """The caller is on the line: greet, or go on where the call broke off."""
        begin = partial(self.store.begin_call, caller=self.caller, dialled=self.dialled)
        await self._stored(begin, self.call_id, self.now())
        document = await self._stored(self.store.last_state, self.call_id)
        if document is None:
            return await self._step(
                CallStarted(
                    **self._moment(),
                    caller=self.caller,
                    dialled=self.dialled,
                    recording=self.recording,
                )
            )
        try:
            self.state = State.from_json(document)
        except StateError as error:
            log.error("call %s: %s", self.call_id, error)
            known = salvage(document)
            self.state = State(turn=known.pop("turn", 0))
            return await self._step(StateLost(**self._moment(), known=known))
        if self.redirect_failed_at is not None:
            return await self.redirect_failed(self.redirect_failed_at)
        if self.unanswered_queue is not None:
            return await self.queue_unanswered(self.unanswered_queue)
        return await self._step(Reconnected(**self._moment()))

    async def heard(
        self,
        text: str,
        *,
        asr_confidence: float = 1.0,
        alternatives: tuple[tuple[str, float], ...] = (),
        snr_db: float | None = None,
    ) -> Step:
        """The caller said `text`; empty where speech gave no words."""
        text = text.encode("utf-8", "replace").decode()  # half a character cannot be written
        context = Context(self.expects, asr_confidence, alternatives)
        began = time.perf_counter()
        try:
            parse = await self._understood(text, context)
        except UnderstandingLost:
            return await self.failed()
        nlu_ms = (time.perf_counter() - began) * 1000
        event = Heard(
            **self._moment(),
            parse=parse,
            asr_confidence=asr_confidence,
            snr_db=snr_db,
            alternatives=tuple(text for text, _ in alternatives),
        )
        return await self._step(event, parse, nlu_ms)

    def foresee(
        self,
        text: str,
        sure: float,
        understood: Callable[[], None],
        *,
        asr_confidence: float,
        alternatives: tuple[tuple[str, float], ...],
    ) -> None:
        """Begin to understand what may turn out to be the whole utterance; `heard` uses it.

        Args:
            text: what was heard so far.
            sure: probability (0 to 1) of an intent that is sure.
            understood: called when there is a sure one.
            asr_confidence: see `Context`.
            alternatives: see `Context`.
        """
        context = Context(self.expects, asr_confidence, alternatives)
        self._forget_foreseen()
        task = asyncio.ensure_future(self.understand(text, context))
        self._foreseen = (text, context, task)
        task.add_done_callback(partial(_if_sure, sure, understood))

    async def _understood(self, text: str, context: Context) -> Parse:
        foreseen = self._foreseen
        if foreseen is not None and foreseen[:2] == (text, context):
            self._foreseen = None
            return await foreseen[2]
        self._forget_foreseen()
        return await self.understand(text, context)

    def _forget_foreseen(self) -> None:
        if self._foreseen is not None:
            self._foreseen[2].cancel()
            # A failure that nobody asked for is nobody's business.
            self._foreseen[2].add_done_callback(lambda task: task.cancelled() or task.exception())
            self._foreseen = None

    async def keys(self, keys: str) -> Step:
        """The caller pressed keys."""
        return await self._step(Keys(**self._moment(), keys=keys))

    async def silence(self) -> Step:
        """The caller said nothing."""
        return await self._step(Silence(**self._moment()))

    async def failed(self) -> Step:
        """A turn was lost by a fault of ours."""
        return await self._step(EngineFailed(**self._moment()))

    async def hung_up(self) -> Step:
        """The caller hung up."""
        return await self._step(HungUp(**self._moment()))

    async def redirect_failed(self, number: str) -> Step:
        """Nobody answered at the outside number."""
        return await self._step(RedirectFailed(**self._moment(), number=number))

    async def queue_unanswered(self, queue: str) -> Step:
        """No operator took the call."""
        return await self._step(QueueUnanswered(**self._moment(), queue=queue))

    async def file(self, act: File) -> Step:
        """File a request, and go on with what became of it. Never raises."""
        status: Literal["filed", "pending", "refused", "failed"] = "failed"
        number: str | None = None
        try:
            if self.connector is not None:
                request = NewRequest(
                    key=f"{self.call_id}:{act.key}",
                    kind=RequestKind(act.kind),
                    call_id=self.call_id,
                    created_at=self.now(),
                    fields=act.fields,
                    phone=act.phone,
                )
                async with asyncio.timeout(self.filing_timeout_s + self.bounded.limit_s):
                    filed = await self.connector.file(request, self.filing_timeout_s)
                status, number = filed.status, filed.number
        except RequestRefused:
            status = "refused"
        except FilingError as error:
            log.error("call %s: request %s: %s", self.call_id, act.key, error)
        except (RoutingError, TimeoutError) as error:  # it may have arrived: not "failed"
            log.warning("call %s: request %s: %s", self.call_id, act.key, type(error).__name__)
            status = "pending"
        except Exception:
            log.exception("call %s: request %s", self.call_id, act.key)
        return await self._step(Filed(**self._moment(), key=act.key, status=status, number=number))

    async def hand_over(self, act: Transfer) -> None:
        """Put the call into the operator queue, durably."""
        await self._stored(self.store.hand_over, self.call_id, act.queue, act.brief, self.now())

    async def end(self, outcome: str) -> None:
        """Write how the call ended."""
        self._forget_foreseen()
        await self._stored(self.store.end_call, self.call_id, outcome, self.now())

    def _note_question(self, acts: tuple[Act, ...]) -> None:
        for act in acts:
            if isinstance(act, Ask):
                self.expects = act.expects

    def _moment(self) -> Moment:
        at = self.now()
        duty = self.calendar.duty(at)
        return {
            "at": at,
            "on_duty": duty.on_duty,
            "queues": duty.queues,
            "hours": duty.hours,
            "opens": duty.opens,
        }

    async def _step(self, event: Event, parse: Parse | None = None, nlu_ms: float = 0.0) -> Step:
        began = time.perf_counter()
        self.state, acts = self.engine.step(self.state, event)
        self._note_question(acts)
        await self._stored(
            self.store.record_turn,
            self.call_id,
            self.state.turn,
            event_to_json(event),
            self.state.to_json(),
            [act_to_json(act) for act in acts],
        )
        return Step(acts, parse, nlu_ms, (time.perf_counter() - began) * 1000)

    async def _stored(self, write: Callable[..., R], *args: Any) -> R | None:
        """Neither a store that fails nor one that does not answer costs the caller the call."""
        try:
            return await self.bounded.run(write, *args)
        except RoutingError as error:
            log.error("call %s: %s", self.call_id, error)
            return None


def _if_sure(sure: float, understood: Callable[[], None], foreseen: asyncio.Future[Parse]) -> None:
    if foreseen.cancelled() or foreseen.exception() is not None:
        return  # a failure is met by whoever asks for the whole utterance
    parse = foreseen.result()
    if parse.intent is not None and not parse.clarify and parse.confidence >= sure:
        understood()
