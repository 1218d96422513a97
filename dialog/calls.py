"""The call itself: it begins, breaks off and comes back, or its state is lost."""

from __future__ import annotations

from typing import Any

from dialog import asking, handover, requests
from dialog.events import CallStarted
from dialog.slots.documents import phone
from dialog.state import MOST_WORDS_KEPT, Asking
from dialog.turn import Turn


def started(turn: Turn, event: CallStarted) -> None:
    """Greet; what the dialled number tells is known from the first word."""
    script = turn.script
    told = script.dialled.get(_digits(event.dialled), {})
    slots = {name: value for name, value in told.items() if name in script.slots}
    turn.put(
        caller=phone(_digits(event.caller)) if event.caller else None,
        recording=event.recording,
        dialled=bool(slots),
        slots=slots,
    )
    name = "utter_greeting" if event.on_duty else "utter_greeting_after_hours"
    recorded = turn.text("utter_recorded") if event.recording else ""
    greeting = turn.text(name, recorded=recorded)
    if recorded and recorded not in greeting:
        turn.say(recorded)
    asking.ask(turn, greeting, Asking.TOP)


def reconnected(turn: Turn) -> None:
    """A short apology, then go on where the call broke off."""
    turn.say(turn.text("utter_reconnected"))
    if not fits(turn):
        handover.give_up(turn)
    elif turn.state.asking is Asking.FILING:
        requests.again(turn)
    else:
        asking.again(turn)


def redirect_failed(turn: Turn, number: str) -> None:
    """Nobody answers there: another number, a person, or back to where the caller was."""
    topic = next((t for t in turn.script.topics.values() if t.number == number), None)
    other = topic.otherwise if topic is not None else None
    if other is not None and other not in turn.state.redirects:
        turn.redirect(other)
        return
    turn.say(turn.text("utter_redirect_failed"), protected=True)
    queue = topic.queue if topic is not None else handover.GENERAL
    if turn.event.answers(queue) or not fits(turn):
        handover.hand_over(turn, queue)
    else:
        _listen(turn)


def queue_unanswered(turn: Turn, queue: str) -> None:
    """No operator took the call: say so, and offer a call-back instead of another wait."""
    answered = turn.event.answers(queue)
    if answered:  # otherwise the shift is over, which the offer itself tells
        turn.say(turn.text("utter_queue_unanswered"), protected=True)
    if not fits(turn):
        turn.put(frames=(), asking=Asking.TOP, options=())
    if turn.state.asking is Asking.FILING:  # its answer first; a person is one key away
        requests.again(turn)
    elif not handover.offer_callback(turn, unanswered=queue if answered else None):
        _listen(turn)


def lost(turn: Turn, known: dict[str, Any]) -> None:
    """The state cannot be read: a person takes over with what could be saved of it."""
    slots = known.get("slots")
    told = slots if isinstance(slots, dict) else {}
    topic, caller = known.get("topic"), known.get("caller")
    turn.put(
        slots={k: str(v) for k, v in told.items() if k in turn.script.slots},
        topic=topic if topic in turn.script.topics else None,
        last_words=str(known.get("last_words", ""))[:MOST_WORDS_KEPT],
        caller=caller if isinstance(caller, str) else None,
    )
    turn.say(turn.text("utter_reconnected"))
    handover.give_up(turn)


def _listen(turn: Turn) -> None:
    """Back to where the caller was."""
    if turn.state.frames and turn.state.asking is Asking.STEP:
        asking.again(turn)
    else:
        asking.top(turn, "utter_listening")


def fits(turn: Turn) -> bool:
    """Whether this version of the content still knows where the call is."""
    script = turn.script
    steps = all(
        frame.flow in script.flows and frame.step in script.flows[frame.flow].nodes
        for frame in turn.state.frames
    )
    return steps and turn.state.slots.keys() <= script.slots.keys()


def _digits(number: str | None) -> str:
    return "".join(c for c in number or "" if c.isdecimal())
