"""What conversation tests have touched: flows, steps, branches, answers, ends of the keypad menu.

Steps are watched from inside: the flows that the tests are played with note where they are walked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final

from dialog.conversation_tests.compare import Spoken, heard
from dialog.conversation_tests.player import Played
from dialog.conversation_tests.script_lines import Does
from dialog.flow.conditions import Scope
from dialog.flow.graph import Flow, Node
from dialog.flow.schema import Answer, Collect, KeyBranch
from dialog.menu import leaves
from dialog.script import SESSION_RESPONSES, Script
from dialog.state import Asking, State

FLOWS: Final = "разговоры"
STEPS: Final = "шаги"
BRANCHES: Final = "ветки"
ANSWERS: Final = "ответы"
LEAVES: Final = "кнопки"
PARTS: Final = (FLOWS, STEPS, BRANCHES, ANSWERS, LEAVES)

Item = tuple[str, ...]
"""A thing to cover: the part it belongs to, then its names."""


@dataclass(frozen=True)
class Coverage:
    """What there is, and what of it the tests have touched."""

    there_is: frozenset[Item]
    touched: frozenset[Item]

    def part(self, name: str) -> tuple[int, int]:
        """How many of a part are touched, and how many there are."""
        there_is = {item for item in self.there_is if item[0] == name}
        return len(there_is & self.touched), len(there_is)

    @property
    def missing(self) -> tuple[Item, ...]:
        """What no test touches, in a steady order."""
        return tuple(sorted(self.there_is - self.touched))


class Watch:
    """A script whose flows note where they are walked."""

    def __init__(self, script: Script) -> None:
        self.walked: set[Item] = set()
        self.script = replace(
            script, flows={name: self._watched(flow) for name, flow in script.flows.items()}
        )

    def _watched(self, flow: Flow) -> Flow:
        nodes = {
            name: _WatchedNode(
                **{f.name: getattr(node, f.name) for f in fields(Node)},
                flow=flow.id,
                walked=self.walked,
            )
            for name, node in flow.nodes.items()
        }
        return replace(flow, nodes=nodes)


@dataclass(frozen=True)
class _WatchedNode(Node):
    flow: str = ""
    walked: set[Item] = field(default_factory=set)

    def next_id(self, scope: Scope) -> str | None:
        self.walked.add((STEPS, self.flow, self.id))
        for number, edge in enumerate(self.edges, start=1):
            if edge.condition is None or edge.condition.holds(scope):
                self.walked.add((BRANCHES, self.flow, self.id, str(number)))
                return edge.target
        return None


def measure(watch: Watch, calls: Iterable[Sequence[Played]], spoken: Spoken) -> Coverage:
    """Coverage of `watch.script` after `calls` were played with it."""
    script = watch.script
    touched = set(watch.walked)
    for call in calls:
        before = State()
        for played in call:
            touched |= {(ANSWERS, name) for name in spoken.names(heard(played.acts))}
            touched |= {(STEPS, frame.flow, frame.step) for frame in played.state.frames}
            if played.line.does is Does.PRESSES:
                touched |= set(_pressed(script, before, played.line.words))
            before = played.state
    touched |= {(FLOWS, item[1]) for item in touched if item[0] == STEPS}
    return Coverage(frozenset(_there_is(script)), frozenset(touched))


def _there_is(script: Script) -> Iterator[Item]:
    for name, flow in script.flows.items():
        yield FLOWS, name
        for node in flow.nodes.values():
            yield STEPS, name, node.id
            if len(node.edges) > 1:
                for number in range(1, len(node.edges) + 1):
                    yield BRANCHES, name, node.id, str(number)
            yield from _ways_by_key(name, node)
    for answer in script.answers.answers.keys() - SESSION_RESPONSES:
        yield ANSWERS, answer
    for leaf in leaves(script.menu):
        yield LEAVES, leaf.keys


def _ways_by_key(flow: str, node: Node) -> Iterator[Item]:
    match node.step:
        case Collect(keys=keys):
            for key, choice in keys.items():
                if isinstance(choice, KeyBranch):
                    yield BRANCHES, flow, node.id, f"клавиша {key}"
        case Answer(details=details):
            for number in range(1, len(details) + 1):
                yield LEAVES, flow, node.id, str(number)


def _pressed(script: Script, before: State, keys: str) -> Iterator[Item]:
    """What `keys` have chosen in the state before them."""
    frame = before.frame
    if frame is not None and before.asking in (Asking.STEP, Asking.DETAILS):
        yield LEAVES, frame.flow, frame.step, keys
        yield BRANCHES, frame.flow, frame.step, f"клавиша {keys}"
    if before.asking is Asking.TOP:
        path = "".join(str(index + 1) for index in before.menu or ())
        for end in range(1, len(keys) + 1):
            yield LEAVES, f"{path}{keys[:end]}"


def report(coverage: Coverage) -> Mapping[str, str]:
    """Part -> «12 из 12, 100 %»."""
    said = {}
    for name in PARTS:
        touched, there_is = coverage.part(name)
        share = 100 * touched // there_is if there_is else 100
        said[name] = f"{touched} из {there_is}, {share} %"
    return said
