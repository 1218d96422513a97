"""Requests on their way: what became of one, told truthfully; the same one again, never twice."""

from __future__ import annotations

from dialog import handover, walk
from dialog.events import Filed
from dialog.flow.schema import FileRequest
from dialog.slots.spoken import spoken
from dialog.state import Asking
from dialog.turn import Turn


def filed(turn: Turn, event: Filed) -> None:
    """Tell what became of the request, and go on."""
    step, key = _step(turn), _key(turn)
    if turn.state.asking is not Asking.FILING or key != event.key or step is None:
        return  # of a request that the call no longer waits for
    number = f" {event.number}" if event.number else ""
    turn.put(
        asking=Asking.STEP,
        requests=(*turn.state.requests[:-1], f"{key} {event.status}{number}"),
    )
    response = {
        "filed": step.filed,
        "pending": step.pending,
        "refused": step.refused,
        "failed": step.failed,
    }[event.status]
    said = spoken("digits", event.number) if event.number else ""
    turn.say(turn.text(response, number=said), protected=True, personal=True)
    if event.status in ("refused", "failed"):
        _to_a_person(turn, step)
        return
    turn.progressed()
    if step.file == "callback":  # whatever waited below is in the request
        turn.put(frames=turn.state.frames[-1:])
        turn.in_frame(after="end")
    node = turn.node
    walk.go(turn, None if node is None else node.next_id(turn.scope))


def again(turn: Turn) -> None:
    """The call still waits for its request: send it again under the same key."""
    step, key = _step(turn), _key(turn)
    if step is None or key is None:
        handover.give_up(turn)
        return
    turn.acts.append(walk.request(turn, step, key))


def _to_a_person(turn: Turn, step: FileRequest) -> None:
    flow = turn.flow
    if step.queue is not None:
        handover.hand_over(turn, step.queue)
    elif flow is not None and flow.queue is not None:
        handover.hand_over(turn, flow.queue)
    else:
        handover.give_up(turn)


def _step(turn: Turn) -> FileRequest | None:
    node = turn.node
    return node.step if node is not None and isinstance(node.step, FileRequest) else None


def _key(turn: Turn) -> str | None:
    return turn.state.requests[-1].split()[0] if turn.state.requests else None
