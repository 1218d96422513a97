"""Every end that a caller reaches by keys alone, found by pressing them: the proof and the list."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialog.acts import Act, Ask, File, Redirect, Transfer
from dialog.conversation_tests.compare import Spoken, heard
from dialog.conversation_tests.player import happen
from dialog.engine import Engine
from dialog.events import CallStarted, Keys
from dialog.flow.graph import Node
from dialog.flow.schema import Collect
from dialog.menu import leaves
from dialog.script import Script
from dialog.state import State

_ONE_KEY: Final = ("0", "1", "2", "3", "4", "5", "#")
_TYPED: Final = {
    "phone": "89120000000",
    "birth_date": "15081949",
    "age": "67",
    "policy": "1234567890123452",
    "snils": "11223344595",
    "digits": "1234",
}
"""What is typed where digits are asked for."""
_MOST: Final = 200_000
"""Keys pressed in all; a menu that needs more has no end."""


@dataclass(frozen=True)
class KeypadEnd:
    """Something that keys lead to."""

    kind: str
    """``answer``, ``file``, ``transfer``, ``redirect``."""
    name: str
    """The response, the kind of request, the queue, the number."""
    keys: tuple[str, ...]
    """What to press, one item a question; the shortest way."""


def keypad_ends(script: Script, at: datetime) -> tuple[KeypadEnd, ...]:
    """Everything that callers reach from the greeting without a word, in the order of its keys.

    Args:
        script: the content.
        at: when they call; operators answer then.
    """
    found: dict[tuple[str, str], KeypadEnd] = {}
    spoken = Spoken(script.answers)
    for keys, acts in _pressed(script, at):
        for kind, name in _ends(script, spoken, acts):
            found.setdefault((kind, name), KeypadEnd(kind, name, keys))
    return tuple(sorted(found.values(), key=lambda end: (end.keys, end.kind, end.name)))


def unreached(script: Script, found: Iterable[KeypadEnd]) -> tuple[str, ...]:
    """Answers and outside numbers of `script` that are not among the ends that were found."""
    ends = {(end.kind, end.name) for end in found}
    wanted = {("answer", name) for name, words in script.answers.answers.items()
              if words[0].use != "phrase"}  # fmt: skip
    wanted |= {("redirect", topic.number) for topic in script.topics.values() if topic.number}
    return tuple(sorted(f"{kind} {name}" for kind, name in wanted - ends))


def _pressed(script: Script, at: datetime) -> Iterator[tuple[tuple[str, ...], tuple[Act, ...]]]:
    """Breadth first: the keys so far, and what the last of them has led to."""
    engine = Engine(script)
    told = _told(script)
    state, acts = engine.step(State(), CallStarted(at, True))
    waiting: deque[tuple[State, tuple[Act, ...], tuple[str, ...]]] = deque()
    waiting.append((state, acts, ()))
    seen = set()
    for _ in range(_MOST):
        if not waiting:
            return
        state, acts, keys = waiting.popleft()
        yield keys, acts
        for key in _choices(script, state, acts):
            after, more = happen(engine, state, Keys(at, True, keys=key))
            place = _place(after, told)
            if after.ended is not None:
                yield (*keys, key), more
            elif place not in seen:
                seen.add(place)
                waiting.append((after, more, (*keys, key)))
    raise RuntimeError("the keypad has no end: a menu leads back into itself in ever new states")


def _choices(script: Script, state: State, acts: tuple[Act, ...]) -> tuple[str, ...]:
    ask = acts[-1] if acts and isinstance(acts[-1], Ask) else None
    node = _node(script, state)
    if ask is None or ask.keys.most == 1 or node is None or not isinstance(node.step, Collect):
        return _ONE_KEY
    return ("0", _TYPED[script.slots[node.step.collect].reads], "#")


def _node(script: Script, state: State) -> Node | None:
    frame = state.frame
    return None if frame is None else script.flows[frame.flow].nodes.get(frame.step)


def _told(script: Script) -> frozenset[str]:
    """Slots on which the way of some flow depends."""
    return frozenset(
        slot
        for flow in script.flows.values()
        for node in flow.nodes.values()
        for edge in node.edges
        if edge.condition is not None
        for slot in edge.condition.slots
    )


def _place(state: State, told: frozenset[str]) -> tuple[object, ...]:
    """Where a call is: two calls at one place have the same ways before them."""
    frames = tuple((frame.flow, frame.step, frame.after) for frame in state.frames)
    slots = tuple(sorted((n, v) for n, v in state.slots.items() if n in told))
    return frames, state.asking, state.options, state.menu, state.ended, state.answer, slots


def _ends(script: Script, spoken: Spoken, acts: tuple[Act, ...]) -> Iterator[tuple[str, str]]:
    for name in sorted(spoken.names(heard(acts))):
        if script.answers.answers[name][0].use != "phrase":
            yield "answer", name
    for act in acts:
        match act:
            case File(kind=kind):
                yield "file", kind
            case Transfer(queue=queue):
                yield "transfer", queue
            case Redirect(number=number):
                yield "redirect", number


def menu_lines(script: Script) -> Iterator[tuple[str, str]]:
    """Keys and title of every end of the menu."""
    for leaf in leaves(script.menu):
        topic = script.topics.get(leaf.option.topic or "")
        yield leaf.keys, leaf.option.title or (topic.title if topic is not None else "")
