"""Words about the conversation itself: repeat, slower, back, skip, cancel, the menu, «алло?»."""

from __future__ import annotations

from dialog import asking, handover, ladder, topics, walk
from dialog.acts import Ask
from dialog.commands import Command
from dialog.events import Heard
from dialog.flow.schema import Collect
from dialog.nlu.interpreter import Parse
from dialog.script import AFTER_HOURS
from dialog.state import Asking
from dialog.turn import Turn


def obey(turn: Turn, command: Command) -> bool:
    """Do what the caller wants of the conversation; False where it makes no sense here."""
    match command:
        case Command.REPEAT:
            repeat(turn)
        case Command.SLOWER:
            slower(turn)
        case Command.BACK:
            back(turn)
        case Command.SKIP:
            if turn.state.asking is not Asking.STEP or not _is_question(turn):
                return False
            skip(turn)
        case Command.CANCEL:
            if not turn.busy:
                return False
            cancel(turn)
        case Command.MENU:
            leave(turn)
            asking.menu(turn, ())
        case Command.HELLO:
            _still_here(turn, "utter_listening")
        case Command.WAIT:
            _still_here(turn, "utter_waiting")
    return True


def by_intent(turn: Turn, parse: Parse) -> bool:
    """The same wishes in words that only the interpreter knows."""
    if parse.confidence < topics.DIGRESSION_CONFIDENCE or parse.clarify:
        return False
    if parse.intent == "repeat":
        repeat(turn)
    elif parse.intent == "slower":
        slower(turn)
    else:
        return False
    return True


def repeat(turn: Turn, intro: str = "utter_repeat_intro") -> None:
    """Everything that was said last, and the question again."""
    answer = turn.state.answer
    turn.say(f"{turn.text(intro)} {answer}".strip(), personal=bool(turn.state.slots))
    asking.again(turn)


def slower(turn: Turn) -> None:
    """From now on slower; and the last words again."""
    turn.put(slow=True)
    repeat(turn, "utter_slower_intro")


def back(turn: Turn) -> None:
    """One question back; before the first one is the menu."""
    state, frame = turn.state, turn.state.frame
    if frame is None or state.asking is Asking.DETAILS:
        above = (state.menu or ())[:-1]
        leave(turn)
        asking.menu(turn, above)
        return
    if state.asking in (Asking.UNSURE, Asking.DOUBT, Asking.WRONG, Asking.CHOOSING):
        walk.go(turn, frame.step)
        return
    flow = turn.flow
    earlier = [a for a in frame.asked if a != frame.step and flow is not None and a in flow.nodes]
    if not earlier:
        if frame.after == "end":
            leave(turn)
            asking.menu(turn, ())
        else:
            turn.put(frames=state.frames[:-1])
            walk.go(turn, turn.state.step if frame.after != "next" else _before(turn))
        return
    assert flow is not None
    step = earlier[-1]
    asked = frame.asked[: frame.asked.index(step) + 1]
    turn.in_frame(step=step, asked=asked)
    node = flow.nodes[step]
    if isinstance(node.step, Collect):
        turn.forget([node.step.collect])
    turn.correcting = True
    walk.go(turn, step)


def _before(turn: Turn) -> str | None:
    """The last question of a flow before it called another one."""
    frame, flow = turn.state.frame, turn.flow
    if frame is None or flow is None or not frame.asked:
        return frame.step if frame is not None else None
    step = frame.asked[-1]
    node = flow.nodes.get(step)
    if node is not None and isinstance(node.step, Collect):
        turn.forget([node.step.collect])
    return step


def skip(turn: Turn) -> None:
    """Leave the question open, where that may be."""
    node = turn.node
    assert node is not None
    assert isinstance(node.step, Collect)
    if not node.step.optional:
        turn.failed()
        if ladder.exhausted(turn):
            handover.give_up(turn)
            return
        turn.say(ladder.example(turn) or turn.text("utter_required"))
        ladder.by_keys(turn)
        return
    turn.progressed()
    turn.put(skipped=(*turn.state.skipped, node.step.collect))
    walk.go(turn, node.id)


def cancel(turn: Turn) -> None:
    """Drop the flow in progress; what waits below it goes on."""
    frames = list(turn.state.frames)
    while frames and frames[-1].after in ("next", "again"):  # part of what is cancelled
        frames.pop()
    name = frames[-1].flow if frames else ""
    below = frames[:-1] if frames and frames[-1].after == "resume" else []
    leave(turn)
    flow = turn.script.flows.get(name)
    if name != AFTER_HOURS:
        turn.say(turn.text("utter_cancelled", flow=flow.name if flow is not None else ""))
    if below:
        turn.put(frames=tuple(below), stale=())
        walk.resume(turn)
    else:
        asking.top(turn, "utter_anything_else")


def leave(turn: Turn) -> None:
    """No flow is in progress any more."""
    names = {n for f in turn.state.frames for n in turn.script.collects.get(f.flow, ())}
    gone = {n for n in names if not turn.script.slots[n].persisted}
    turn.forget(gone)
    turn.progressed()
    turn.put(frames=(), asking=Asking.TOP, options=(), menu=None)


def neither(turn: Turn, event: Heard) -> None:
    """Words in a flow that are no answer and no sure topic."""
    parse = event.parse
    sure = parse.confidence >= topics.DIGRESSION_CONFIDENCE and not parse.clarify
    if parse.intent == "goodbye" and sure:
        turn.goodbye()
    elif parse.intent == "thanks" and sure and not turn.state.step_failures:
        turn.failed(in_call=False)
        asking.again(turn, turn.text("utter_thanks"))
    elif parse.intent == "out_of_scope" and sure and turn.state.step_failures == 0:
        turn.failed()
        if ladder.exhausted(turn):
            handover.give_up(turn)
        else:
            asking.again(turn, turn.text("utter_no_match_1"))
    else:
        ladder.no_match(turn)


def operator(turn: Turn) -> None:
    """A person, at the first request and without persuasion."""
    if handover.offering(turn) and not turn.event.answers(handover.helping(turn)):
        _insist(turn)
    else:
        handover.operator(turn)


def _insist(turn: Turn) -> None:
    """A person was asked for once more, while the call-back is being offered: the caller wants
    one, so the offer is taken; elsewhere the question again, since nobody is there."""
    node = turn.node
    if turn.state.asking is Asking.STEP and node is not None and not turn.state.step_failures:
        step = node.step
        turn.failed(in_call=False)
        if isinstance(step, Collect) and turn.script.slots[step.collect].reads == "yes_no":
            turn.fill({step.collect: "yes"})
            walk.go(turn, node.next_id(turn.scope))
        else:
            asking.again(turn)
        return
    handover.give_up(turn)


def _still_here(turn: Turn, response: str) -> None:
    """Says that it is there; «алло» without end is a failure like any other."""
    turn.failed(in_call=False)
    if ladder.exhausted(turn):
        handover.give_up(turn)
        return
    text = turn.text(response)
    if response == "utter_waiting":
        turn.acts.append(
            Ask(text, *asking.expectation(turn), keys=asking.key_input(turn), rate=turn.rate)
        )
    elif turn.busy:
        asking.again(turn, text)
    else:
        asking.put(turn, text)


def _is_question(turn: Turn) -> bool:
    node = turn.node
    return node is not None and isinstance(node.step, Collect)
