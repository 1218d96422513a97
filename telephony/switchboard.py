"""Where calls meet: announced by the dialplan, carried by an edge, led by a session, sent on.

The dialplan announces a call (`announce`), connects its audio (`connect`, by an edge), and when
that ends asks where the caller goes (`where_next`). A caller whom nobody answered there comes back
(`returned`), and the conversation goes on at the same place.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from telephony.admission import Admission, Mode
from telephony.edge import Edge
from telephony.errors import PeerError
from telephony.events import Observer
from telephony.turn import Outcome

log = logging.getLogger(__name__)

_REMEMBERED: Final = 10_000
"""Calls of which the switchboard remembers where they go."""
_CLOSING_S: Final = 3.0
"""A session ends within this time after its audio (s)."""
_QUIET_S: Final = 1.0
"""After the last call its dialplan asks where the caller goes, and nothing of it is in use (s)."""
_MOST_RETRIES: Final = 2
"""A call that broke off more often goes to a person."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What is known of a call when its audio begins."""

    call_id: str
    caller: str | None = field(default=None, repr=False)
    """Number of the caller, where the dialplan told it."""
    dialled: str | None = None
    """Number that was dialled, where the dialplan told it."""
    mode: Mode = Mode.SPEECH
    redirect_failed: str | None = None
    """The outside number where nobody answered: the caller is back from there."""
    unanswered_queue: str | None = None
    """The operator queue where nobody took the call: the caller is back from there."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the dialplan does with the caller now."""

    action: str
    """``queue``, ``redirect``, ``hangup``, or ``again``: the same call id once more."""
    target: str | None = None

    def __str__(self) -> str:
        return self.action if self.target is None else f"{self.action},{self.target}"


class Session(Protocol):
    """Leads one call."""

    async def run(self) -> Outcome:
        """Serve the call to its end."""
        ...


OpenSession = Callable[[IncomingCall, Edge], Session]


@dataclass(frozen=True, slots=True)
class _Record:
    """What the switchboard remembers of a call."""

    call: IncomingCall
    next_step: NextStep = NextStep("again")
    broken: int = 0
    """How often it broke off."""


class Switchboard:
    """Belongs to one event loop.

    Args:
        open_session: makes the session of a call.
        admission: decides who is served.
        observer: told what happens.
        fallback_queue: where calls go that cannot be served.
        on_quiet: called some time after the last call has ended.
    """

    def __init__(
        self,
        open_session: OpenSession,
        admission: Admission,
        observer: Observer,
        fallback_queue: str = "general",
        on_quiet: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_session = open_session
        self._admission = admission
        self._observer = observer
        self._fallback = NextStep("queue", fallback_queue)
        self._on_quiet = on_quiet
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._active: dict[str, asyncio.Task[None]] = {}

    @property
    def active(self) -> int:
        """Calls that are being served."""
        return len(self._active)

    def announce(self, call_id: str, caller: str | None, dialled: str | None) -> Mode | None:
        """A call is about to come; a place is held for it.

        Returns:
            How it will be served; None: not here, ask `where_next`.
        """
        record = self._records.get(call_id) or _Record(IncomingCall(call_id))
        call = replace(record.call, caller=caller, dialled=dialled)
        mode = self._admission.promise(call_id)
        if mode is None:
            self._refuse(call)
        else:
            self._remember(replace(record, call=call))
        return mode

    def connect(self, call_id: str, edge: Edge) -> None:
        """Audio of a call is here: lead it, announced or not.

        Raises:
            PeerError: this call is connected already; the connection is to be dropped.
        """
        if call_id in self._active:
            self._observer.refused(call_id, "duplicate")
            raise PeerError("duplicate", "this call is connected already")
        record = self._records.get(call_id) or _Record(IncomingCall(call_id))
        mode = self._admission.take(call_id)
        if mode is None:
            self._refuse(record.call)
            edge.close()
            return
        record = replace(record, call=replace(record.call, mode=mode))
        self._active[call_id] = asyncio.create_task(self._lead(record, edge))

    async def where_next(self, call_id: str) -> NextStep:
        """Where the caller goes now; ``again`` for a call that is not known (any more)."""
        if call_id in self._active:  # the audio has ended, and the session is about to notice
            await asyncio.wait({self._active[call_id]}, timeout=_CLOSING_S)
        record = self._records.get(call_id)
        return NextStep("again") if record is None else record.next_step

    def returned(self, call_id: str) -> None:
        """Nobody answered where the call was sent: it will connect once more."""
        record = self._records.get(call_id)
        if record is None:
            return
        call = record.call
        match record.next_step:
            case NextStep("redirect", number):
                call = replace(call, redirect_failed=number)
            case NextStep("queue", queue):
                call = replace(call, unanswered_queue=queue)
        self._remember(replace(record, call=call, next_step=NextStep("again")))

    async def drain(self, limit_s: float) -> None:
        """Take no new calls, wait for the present ones; after `limit_s` (s) they go to a person."""
        self._admission.draining = True
        if self._active:
            log.info("draining: %d calls go on, for %g s at most", self.active, limit_s)
            await asyncio.wait(self._active.values(), timeout=limit_s)
        for task in self._active.values():
            task.cancel()
        await asyncio.gather(*self._active.values(), return_exceptions=True)

    async def _lead(self, record: _Record, edge: Edge) -> None:
        call = record.call
        next_step = self._fallback  # if the service stops in the middle
        try:
            outcome = await self._open_session(call, edge).run()
            next_step = self._after(outcome, record)
        except Exception:
            log.exception("call %s: the session failed", call.call_id)
            next_step = self._broken(record)
        finally:
            broken = record.broken + 1 if next_step.action == "again" else 0
            done = replace(call, redirect_failed=None, unanswered_queue=None)
            self._remember(_Record(done, next_step, broken))
            del self._active[call.call_id]
            self._admission.release(call.call_id)
            edge.close()
            if not self._active:
                asyncio.get_running_loop().call_later(_QUIET_S, self._quiet)

    def _quiet(self) -> None:
        if not self._active:
            self._on_quiet()

    def _after(self, outcome: Outcome, record: _Record) -> NextStep:
        match outcome:
            case Outcome("handed_over", target):
                return NextStep("queue", target)
            case Outcome("redirected", target):
                return NextStep("redirect", target)
            case Outcome("caller_hung_up"):
                # Whoever asks for the next step is still on the line: it was the connection.
                return self._broken(record)
            case _:
                return NextStep("hangup")

    def _broken(self, record: _Record) -> NextStep:
        return NextStep("again") if record.broken < _MOST_RETRIES else self._fallback

    def _refuse(self, call: IncomingCall) -> None:
        reason = "draining" if self._admission.draining else "overloaded"
        log.warning("call %s is not served here: %s", call.call_id, reason)
        self._observer.refused(call.call_id, reason)
        self._remember(_Record(call, self._fallback))

    def _remember(self, record: _Record) -> None:
        self._records[record.call.call_id] = record
        self._records.move_to_end(record.call.call_id)
        while len(self._records) > _REMEMBERED:
            self._records.popitem(last=False)
