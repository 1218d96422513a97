"""What happens when it does not work: a quick second try, then help and keys, then a person.

At most two failures a question and three a call are answered with another question.
"""

from __future__ import annotations

from typing import Final

from dialog import asking, handover, walk
from dialog.flow.schema import Collect
from dialog.state import Asking
from dialog.turn import Turn

MAX_STEP_FAILURES: Final = 2
"""After so many failures at one question the caller gets a person."""
MAX_CALL_FAILURES: Final = 3
"""And after so many in the whole call."""


def no_match(turn: Turn) -> None:
    """The words answer nothing, or there were none."""
    fail(turn, "no_match")


def no_input(turn: Turn) -> None:
    """The caller said nothing."""
    state = turn.state
    served = state.tried and state.asking in (Asking.TOP, Asking.DETAILS) and not turn.busy
    if served and state.menu is None and state.question:
        if state.step_failures:  # answered, and gone quiet: nobody to hand over
            turn.goodbye()
            return
        turn.put(step_failures=1)
        asking.put(turn, turn.text("utter_still_there"))
        return
    fail(turn, "no_input")


def lost(turn: Turn) -> None:
    """A turn was lost by a fault of ours."""
    fail(turn, "apology")


def fail(turn: Turn, why: str) -> None:
    """One more turn without progress: the next rung of the ladder."""
    turn.failed()
    if exhausted(turn):
        if turn.state.call_failures > MAX_CALL_FAILURES or not _left_open(turn):
            handover.give_up(turn)
        return
    if turn.state.step_failures <= 1 and not (why == "no_match" and turn.bad_line):
        text = turn.text("utter_apology" if why == "apology" else f"utter_{why}_1")
        if turn.state.asking is Asking.TOP and turn.state.menu is None:
            asking.put(turn, text, protected_s=asking.PROTECTED_ERROR_S)
        else:
            asking.again(turn, text, protected_s=asking.PROTECTED_ERROR_S)
        return
    if turn.bad_line and why == "no_match":
        turn.say(turn.text("utter_bad_line"))
    else:
        turn.say(
            example(turn) or turn.text(f"utter_{'no_input' if why == 'no_input' else 'no_match'}_2")
        )
    by_keys(turn)


def _left_open(turn: Turn) -> bool:
    """Go on without an answer, where the question may stay open: a person asks for it later."""
    node = turn.node
    if turn.state.asking is not Asking.STEP or node is None:
        return False
    if not isinstance(node.step, Collect) or not node.step.optional:
        return False
    turn.progressed()
    turn.say(turn.text("utter_left_open"))
    turn.put(skipped=(*turn.state.skipped, node.step.collect))
    walk.go(turn, node.id)
    return True


def exhausted(turn: Turn) -> bool:
    """Whether another question would be one too many."""
    state = turn.state
    return state.step_failures > MAX_STEP_FAILURES or state.call_failures > MAX_CALL_FAILURES


def example(turn: Turn) -> str:
    """The step's own example of an answer."""
    node = turn.node
    if turn.state.asking is not Asking.STEP or node is None:
        return ""
    if not isinstance(node.step, Collect):
        return ""
    response = node.step.help or f"utter_help_{node.step.collect}"
    return turn.text(response) if turn.script.has(response) else ""


def by_keys(turn: Turn) -> None:
    """The question by keys; where keys cannot answer it, the question itself."""
    if turn.state.asking is Asking.TOP:
        asking.menu(turn, turn.state.menu or ())
        return
    keys = asking.keypad_help(turn)
    if keys:
        asking.put(turn, keys, personal=bool(turn.state.slots))
    else:
        asking.again(turn)
