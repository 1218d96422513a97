"""Flows as the engine walks them: steps with ids, and where each of them leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dialog.flow.conditions import Condition, Scope
from dialog.flow.schema import Collect, Confirm, Detail, Step
from dialog.flow.slot_schema import Slot


@dataclass(frozen=True)
class Edge:
    """One way out of a step."""

    condition: Condition | None
    """None: always taken."""
    target: str | None
    """Id of the next step; None ends the flow."""


@dataclass(frozen=True)
class Node:
    """A step in its flow."""

    id: str
    step: Step
    line: int
    """Where it stands in its file."""
    edges: tuple[Edge, ...] = ()

    def next_id(self, scope: Scope) -> str | None:
        """The step after this one; None ends the flow."""
        for edge in self.edges:
            if edge.condition is None or edge.condition.holds(scope):
                return edge.target
        return None

    @property
    def targets(self) -> Iterator[str | None]:
        """Everywhere that it may lead by itself: edges, and keys that branch."""
        for edge in self.edges:
            yield edge.target
        if isinstance(self.step, Collect):
            for choice in self.step.keys.values():
                if not isinstance(choice, str) and choice.next is not None:
                    yield choice.next


@dataclass(frozen=True)
class Flow:
    """One conversation."""

    id: str
    name: str
    description: str
    queue: str | None
    nodes: Mapping[str, Node]
    """By id, in the order of the file."""
    file: str
    line: int
    details: Mapping[str, Detail] = field(default_factory=dict)
    """Questions that it answers at any of its steps."""
    words: tuple[str, ...] = ()
    """What calls it, where no topic does."""

    @property
    def first(self) -> str:
        """Where it begins."""
        return next(iter(self.nodes))

    @property
    def collects(self) -> tuple[str, ...]:
        """Its slots, in the order of their first questions."""
        steps = (node.step for node in self.nodes.values())
        return tuple(dict.fromkeys(s.collect for s in steps if isinstance(s, Collect)))

    def question_of(self, slot: str) -> str | None:
        """The first step that asks for `slot`."""
        for node in self.nodes.values():
            if isinstance(node.step, Collect) and node.step.collect == slot:
                return node.id
        return None

    def corrected_at(self, confirm: Confirm) -> tuple[str, ...]:
        """Slots that may be corrected where `confirm` reads them back."""
        return confirm.slots or self.collects


@dataclass(frozen=True)
class FlowSet:
    """All flows and slots of a folder."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    slots: Mapping[str, Slot] = field(default_factory=dict)
    slot_places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Slot -> file and line, for findings."""
