"""Hands the call to a person, with a brief; after hours honestly to a call-back instead."""

from __future__ import annotations

from typing import Any, Final

from dialog.acts import Transfer
from dialog.script import AFTER_HOURS
from dialog.turn import Turn

CALLBACK_QUEUE: Final = "callback"
"""Where hand-overs wait when nobody is on duty."""
GENERAL: Final = "general"
_GOOD_LINE_DB: Final = 15.0


def give_up(turn: Turn) -> None:
    """The assistant cannot help: a person can."""
    hand_over(turn, helping(turn))


def helping(turn: Turn) -> str:
    """The queue whose operators help with what the call is about."""
    topic, flow = turn.topic, turn.flow
    named = (
        turn.state.unanswered if offering(turn) else None,
        None if flow is None else flow.queue,
        None if topic is None else topic.queue,
    )
    return next((queue for queue in named if queue and queue != CALLBACK_QUEUE), GENERAL)


def offering(turn: Turn) -> bool:
    """Whether a call-back is being offered in place of a person."""
    return any(frame.flow == AFTER_HOURS for frame in turn.state.frames)


def offer_callback(turn: Turn, *, unanswered: str | None = None) -> bool:
    """Offer to call back; False where the content has no such flow.

    Args:
        turn: goes on with the offer.
        unanswered: the queue where the caller waited in vain; None where nobody is on duty.
    """
    if AFTER_HOURS not in turn.script.flows:
        return False
    names = [frame.flow for frame in turn.state.frames]
    if AFTER_HOURS in names:  # that offer is over, and what was answered to it
        gone = turn.script.collects[AFTER_HOURS]
        turn.forget(name for name in gone if not turn.script.slots[name].persisted)
        turn.put(frames=turn.state.frames[: names.index(AFTER_HOURS)])
    turn.put(unanswered=unanswered)
    turn.diverted = AFTER_HOURS
    return True


def operator(turn: Turn) -> None:
    """The caller asks for a person; what the call is about decides which."""
    if turn.state.topic is None:
        turn.tried("operator")
    give_up(turn)


def hand_over(
    turn: Turn, queue: str, say: str | None = None, *, always_answered: bool = False
) -> None:
    """To the operators of `queue` if they answer, otherwise to a call-back."""
    if queue == CALLBACK_QUEUE:  # nobody listens there: whoever is at work takes the call
        queue = helping(turn)
    if always_answered or turn.event.answers(queue):
        turn.say(turn.text(say or "utter_transfer_operator"), protected=True)
        turn.end(Transfer(queue, brief(turn)), "handed_over")
        return
    if not offering(turn) and offer_callback(turn):
        return
    # Also the offer has failed. Whoever left no number cannot be called back: no promise then.
    known = turn.state.caller or any(
        turn.script.slots[name].reads == "phone" for name in turn.state.slots
    )
    text = turn.text("utter_transfer_after_hours" if known else "utter_closed")
    turn.say(text, protected=True)
    turn.end(Transfer(CALLBACK_QUEUE, brief(turn)), "handed_over")


def brief(turn: Turn) -> dict[str, Any]:
    """What the operator reads when the call arrives, so that nobody has to repeat himself."""
    state, topic = turn.state, turn.topic
    return {
        "topic": state.topic,
        "title": None if topic is None else topic.title,
        "slots": dict(state.slots),
        "spoken": turn.script.spoken(state.slots),
        "tried": list(state.tried),
        "last_words": state.last_words,
        "snr_db": state.snr_db,
        "line": _line(state.snr_db),
        "failures": state.call_failures,
        "attempts": state.turn,
        "flow": state.flow,
        "step": state.step,
        "question": state.question or None,
        "requests": [_request(text) for text in state.requests],
    }


def _line(snr_db: float | None) -> str | None:
    if snr_db is None:
        return None
    return "good" if snr_db >= _GOOD_LINE_DB else "noisy"


def _request(text: str) -> dict[str, str | None]:
    key, status, number = (*text.split(), None, None)[:3]
    return {"key": key, "status": status, "number": number}
