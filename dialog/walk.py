"""Walks a flow from step to step, until there is a question or the call leaves the assistant."""

from __future__ import annotations

from typing import Final

from dialog import asking, filling, handover
from dialog.acts import File
from dialog.flow.graph import Flow, Node
from dialog.flow.schema import (
    Action,
    Answer,
    Call,
    Collect,
    Confirm,
    FileRequest,
    Handover,
    Link,
    RedirectStep,
    SetSlots,
)
from dialog.state import MOST_FRAMES, Asking, Frame
from dialog.turn import Turn

_MOST_STEPS: Final = 100
"""Steps between two questions; more are a loop, whatever the checks have said."""


def begin(turn: Turn, name: str, text: str = "", *, after: str = "end") -> None:
    """Start a flow; what `text` names already is not asked.

    Args:
        name: of the flow.
        text: the words that asked for it.
        after: see `Frame.after`; with ``end`` every other flow is dropped.
    """
    flow = turn.script.flows[name]
    below = turn.state.frames[1 - MOST_FRAMES :] if after != "end" else ()
    if turn.state.stale:  # a new request, not what the last one was about
        turn.forget(turn.state.stale)
    turn.put(frames=(*below, Frame(flow.id, flow.first, after=after)), stale=(), menu=None)
    turn.progressed()
    named = filling.named(turn.script, turn.script.collects[name], text, turn.today)
    new = {slot: value for slot, value in named.items() if slot not in turn.state.slots}
    filling.take(turn, new)
    go(turn, flow.first, text)


def go(turn: Turn, step: str | None, text: str = "") -> None:
    """Walk on from `step` of the flow that talks; None is its end."""
    for _ in range(_MOST_STEPS):
        if step is None:
            if not turn.state.frames or not _over(turn):
                return
            step = _next(turn)
            continue
        flow = turn.flow
        node = None if flow is None else flow.nodes.get(step)
        if flow is None or node is None:
            break
        turn.in_frame(step=step)
        if _stops(turn, flow, node, text):
            return
        step = _next(turn)
    handover.give_up(turn)


def _next(turn: Turn) -> str | None:
    node = turn.node
    return None if node is None else node.next_id(turn.scope)


def _stops(turn: Turn, flow: Flow, node: Node, text: str) -> bool:
    """Carry out a step; whether the walk is over."""
    step, state = node.step, turn.state
    match step:
        case Collect(collect=slot):
            if slot in state.slots or slot in state.skipped:
                return False
            question(turn, node)
            return True
        case Confirm():
            question(turn, node)
            return True
        case Action(action=response):
            if not _said(turn, node):
                turn.say(turn.text(response), personal=bool(state.slots))
            return False
        case Answer():
            return answer(turn, node, step, text)
        case FileRequest():
            file(turn, flow, step)
            return True
        case Handover(handover=queue, say=say):
            handover.hand_over(turn, queue, say)
            return True
        case RedirectStep(redirect=number, say=say):
            turn.redirect(number, say)
            return True
        case SetSlots(set_slots=values):
            given = {k: v for k, v in values.items() if v is not None and v != "{caller}"}
            if state.caller is not None:
                given |= {k: state.caller for k, v in values.items() if v == "{caller}"}
            turn.forget(k for k in values if k not in given)
            turn.fill(given)
            return False
        case Call(call=name):
            first = turn.script.flows[name].first
            frames = (*turn.state.frames[1 - MOST_FRAMES :], Frame(name, first, after="next"))
            turn.put(frames=frames)
            go(turn, first, text)
            return True
        case Link(link=name):
            first = turn.script.flows[name].first
            after = turn.state.frames[-1].after
            frame = Frame(name, first, after=after)
            turn.put(frames=(*turn.state.frames[:-1], frame))
            go(turn, first, text)
            return True
        case _:
            return False


def question(turn: Turn, node: Node) -> None:
    """Ask what a step asks."""
    frame = turn.state.frame
    assert frame is not None
    asked = (*(a for a in frame.asked if a != node.id), node.id)
    turn.in_frame(step=node.id, asked=asked)
    if isinstance(node.step, Confirm):
        response = node.step.confirm
    else:
        assert isinstance(node.step, Collect)
        response = node.step.ask or f"utter_ask_{node.step.collect}"
    asking.ask(turn, turn.text(response), Asking.STEP)


def answer(turn: Turn, node: Node, step: Answer, text: str) -> bool:
    """Tell an answer, or the detail of it that was asked for; whether a question follows."""
    said = tell(turn, step, text)
    if said is None:  # expired: never spoken, an operator knows
        handover.give_up(turn)
        return True
    if not step.details:
        return False
    if text and said != step.answer:  # the detail itself was asked for
        question = turn.text("utter_anything_else")
    elif step.ask is not None:
        question = turn.text(step.ask)
    else:
        titles = [detail.title for detail in step.details.values()]
        question = turn.text("utter_offer_details", options=asking.either(titles))
    asking.ask(turn, question, Asking.DETAILS)
    return True


def tell(turn: Turn, step: Answer, text: str) -> str | None:
    """Say the answer, or the detail that `text` asks for; its name, None where it has expired."""
    detail = filling.detail(step.details, text)
    name = step.answer if detail is None else step.details[detail].answer
    if turn.script.answer(name, turn.today) is None:
        name = step.answer
        if turn.script.answer(name, turn.today) is None:
            return None
    turn.say(turn.text(name))
    return name


def file(turn: Turn, flow: Flow, step: FileRequest) -> None:
    """Send a request; the caller hears that it is on its way."""
    key = f"{step.file if step.file == 'callback' else flow.id}:{len(turn.state.requests) + 1}"
    wait = step.wait or "utter_filing"
    turn.say(turn.text(wait), protected=True)
    turn.put(asking=Asking.FILING, options=(), requests=(*turn.state.requests, f"{key} sent"))
    turn.acts.append(request(turn, step, key))


def request(turn: Turn, step: FileRequest, key: str) -> File:
    """The request as it is filed; the same as long as the call knows no more."""
    state, flow = turn.state, turn.flow
    assert flow is not None
    names = step.fields or turn.script.collects[flow.id]
    told = state.slots if step.file == "callback" else {}
    fields = {name: state.slots[name] for name in (*names, *told) if name in state.slots}
    if state.topic is not None:
        fields["topic"] = state.topic
    if step.file == "callback" and state.last_words:
        fields["last_words"] = state.last_words
    phone = state.slots.get(step.phone or "") or state.caller
    return File(step.file, key, fields, phone)


def _said(turn: Turn, node: Node) -> bool:
    """Whether a step has spoken before this correction; it is noted that it has now."""
    frame = turn.state.frame
    assert frame is not None
    if turn.correcting and node.id in frame.said:
        return True
    if node.id not in frame.said:
        turn.in_frame(said=(*frame.said, node.id))
    return False


def _over(turn: Turn) -> bool:
    """The flow that talks is over; whether the one below goes on walking."""
    *below, frame = turn.state.frames
    names = turn.script.collects.get(frame.flow, ())
    passing = {n for n in names if not turn.script.slots[n].persisted}
    kept = {n for f in below for n in turn.script.collects.get(f.flow, ())}
    if frame.after not in ("next", "again"):
        stale = tuple(dict.fromkeys((*turn.state.stale, *sorted(passing - kept))))
        turn.put(stale=stale)
    turn.put(frames=tuple(below))
    if not below or frame.after == "end":
        asking.top(turn, "utter_anything_else")
        return False
    if frame.after == "next":
        return True
    if frame.after == "again":
        go(turn, below[-1].step)
        return False
    resume(turn)
    return False


def resume(turn: Turn) -> None:
    """Go back to the flow that was interrupted."""
    flow, step = turn.flow, turn.state.step
    if flow is None or step is None:
        asking.top(turn, "utter_anything_else")
        return
    node = turn.node
    if node is not None and isinstance(node.step, Handover):  # nobody came: nothing is left to do
        go(turn, None)
        return
    turn.say(turn.text("utter_return", flow=flow.name))
    go(turn, step)
