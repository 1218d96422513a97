"""The engine: one step of a conversation, `step(state, event) -> (state, acts)`.

Pure: no I/O, no clock, no randomness. The same script, state and event always give the same acts,
so that a journalled call replays exactly.
"""

from __future__ import annotations

from typing import Final

from dialog import calls, keys, ladder, listening, manners, requests, walk
from dialog.acts import Act, Hangup
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
)
from dialog.script import Script
from dialog.state import Asking, State
from dialog.turn import Turn

_BACK: Final = (Reconnected, RedirectFailed, QueueUnanswered)
"""Events that bring back a caller who had left the assistant."""


class Engine:
    """Leads conversations by one script. Holds no state of any call."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def step(self, state: State, event: Event) -> tuple[State, tuple[Act, ...]]:
        """Answer one event.

        Returns:
            The state after it, and the acts to carry out in order. After a call has ended
            (`state.ended`), only events that bring the caller back give acts.
        """
        if state.ended is not None and not isinstance(event, _BACK):
            return state, ()
        turn = Turn(self.script, state, event)
        _answer(turn, event)
        if turn.diverted is not None:
            flow, turn.diverted = turn.diverted, None
            walk.begin(turn, flow, after="resume" if turn.busy else "end")
        return turn.state, tuple(turn.acts)


def _answer(turn: Turn, event: Event) -> None:
    match event:
        case HungUp():
            turn.end(Hangup("caller_hung_up"), "caller_hung_up")
        case CallStarted():
            calls.started(turn, event)
        case Reconnected():
            calls.reconnected(turn)
        case RedirectFailed(number=number):
            calls.redirect_failed(turn, number)
        case QueueUnanswered(queue=queue):
            calls.queue_unanswered(turn, queue)
        case StateLost(known=known):
            calls.lost(turn, known)
        case Filed():
            requests.filed(turn, event)
        case _ if turn.state.asking is Asking.FILING:
            _while_filing(turn, event)
        case EngineFailed():
            ladder.lost(turn)
        case Silence():
            ladder.no_input(turn)
        case Keys():
            keys.pressed(turn, event)
        case Heard():
            listening.heard(turn, event)
        case _:
            raise TypeError(f"unknown event {type(event).__name__}")


def _while_filing(turn: Turn, event: Event) -> None:
    """A request is on its way: danger and a person go first, all else waits for its answer."""
    if isinstance(event, Keys) and event.keys.startswith("0"):
        manners.operator(turn)
    elif isinstance(event, Heard) and event.parse.safety is not None:
        intent = event.parse.intent
        if intent is not None and intent in turn.script.topics:
            listening.alarmed(turn, intent)
            return
        requests.again(turn)
    else:
        requests.again(turn)
