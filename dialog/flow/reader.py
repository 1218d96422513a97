"""Reads `nlu_data/flows/*.yml`; whatever is wrong becomes a finding with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from dialog.content import yaml_files
from dialog.content.file_text import NOT_LOADED
from dialog.content.findings import Finding, Severity
from dialog.content.yaml_files import YamlFile, child, items, line_of, pairs, scalar
from dialog.flow.conditions import Condition, ConditionError, parse_condition
from dialog.flow.file_schema import FlowModel
from dialog.flow.graph import Edge, Flow, FlowSet, Node
from dialog.flow.schema import END, STEPS, Branch, Collect, Link, Step
from dialog.flow.slot_schema import Slot

Model = TypeVar("Model", bound=BaseModel)
_SECTIONS: Final = ("slots", "flows", "version")


def read_flows(folder: Path) -> tuple[FlowSet, tuple[Finding, ...]]:
    """Every flow and slot of `folder` that can be read, and everything that is wrong with them.

    What only the whole content shows (missing answers, unknown topics) is `dialog.flow.checks`'.
    """
    files, findings = yaml_files.read_folder(folder)
    reader = _Reader(findings)
    for file in files:
        reader.file(file)
    return FlowSet(reader.flows, reader.slots, reader.slot_places), tuple(findings)


class _Reader:
    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.flows: dict[str, Flow] = {}
        self.slots: dict[str, Slot] = {}
        self.slot_places: dict[str, tuple[str, int]] = {}

    def file(self, file: YamlFile) -> None:
        for name, node in pairs(file.root):
            if name not in _SECTIONS:
                self.error(file, line_of(node), f"лишний раздел «{name}:»", "Можно slots и flows")
        for name, node in pairs(child(file.root, "slots")):
            slot = self.model(file, node, Slot, f"слот {name}")
            if slot is None:
                continue
            if name in self.slots:
                place = ":".join(map(str, self.slot_places[name]))
                self.error(
                    file, line_of(node), f"слот {name} уже описан в {place}", "Оставьте один"
                )
                continue
            self.slots[name] = slot
            self.slot_places[name] = (file.name, line_of(node))
        for name, node in pairs(child(file.root, "flows")):
            self.flow(file, name, node)

    def flow(self, file: YamlFile, name: str, node: yaml.Node) -> None:
        if name in self.flows:
            first = self.flows[name]
            self.error(
                file,
                line_of(node),
                f"разговор {name} уже описан в {first.file}:{first.line}",
                "Оставьте один",
            )
            return
        known = len(self.findings)
        for item in items(child(node, "steps")):
            self.step_kinds(file, item)
        if len(self.findings) > known:
            return
        model = self.model(file, node, FlowModel, f"разговор {name}")
        if model is None:
            return
        compiler = _Compiler(self, file, name)
        compiler.block(model.steps, items(child(node, "steps")), None)
        if not compiler.check():
            return
        self.flows[name] = Flow(
            name,
            model.name,
            model.description,
            model.queue,
            compiler.nodes,
            file.name,
            line_of(node),
            model.details,
            model.words,
        )

    def step_kinds(self, file: YamlFile, node: yaml.Node) -> None:
        """Name the step that is of no kind, or of two: the models would say it ten times over."""
        names = [name for name, _ in pairs(node)]
        # `Collect.confirm` is a field, `Confirm.confirm` a kind.
        kinds = [k for k in names if k in STEPS and not (k == "confirm" and "collect" in names)]
        if len(kinds) != 1:
            what = "в шаге нет действия" if not kinds else f"в шаге два действия: {kinds}"
            self.error(file, line_of(node), what, f"В шаге нужно одно из: {', '.join(STEPS)}")
            return
        broken = self.model(file, node, STEPS[kinds[0]], f"шаг {kinds[0]}", nested=False)
        del broken
        for branch in items(child(node, "next")):
            for way in ("then", "else"):
                for inner in items(child(branch, way)):
                    self.step_kinds(file, inner)

    def model(
        self, file: YamlFile, node: yaml.Node, model: type[Model], what: str, nested: bool = True
    ) -> Model | None:
        """`node` as a model; every mistake at its line. Without `nested` steps below are left."""
        document = _plain(node)
        if not nested and isinstance(document, dict) and isinstance(document.get("next"), list):
            document = {**document, "next": [_without_steps(b) for b in document["next"]]}
        try:
            return model.model_validate(document)
        except ValidationError as error:
            for problem in error.errors():
                line = _line_at(node, problem["loc"])
                self.error(file, line, f"{what}: {_in_russian(problem)}", "См. docs/flows.md")
            return None

    def error(self, file: YamlFile, line: int, message: str, mend: str) -> None:
        self.findings.append(Finding(Severity.ERROR, file.name, line, message, NOT_LOADED, mend))


class _Compiler:
    """Steps of one flow, nested ones too, as nodes with edges."""

    def __init__(self, reader: _Reader, file: YamlFile, flow: str) -> None:
        self.reader = reader
        self.file = file
        self.flow = flow
        self.nodes: dict[str, Node] = {}
        self.sound = True

    def block(
        self, steps: Sequence[Step], nodes: Sequence[yaml.Node], after: str | None
    ) -> str | None:
        """Compile `steps`, behind the last of which comes `after`; the id of the first one."""
        ids = [self._id(step, node) for step, node in zip(steps, nodes, strict=True)]
        for index, (step, node) in enumerate(zip(steps, nodes, strict=True)):
            following = ids[index + 1] if index + 1 < len(ids) else after
            edges = self._edges(step, node, following)
            self.nodes[ids[index]] = Node(ids[index], step, line_of(node), edges)
        return ids[0] if ids else after

    def check(self) -> bool:
        """Whether every step that is named is there."""
        for node in self.nodes.values():
            for target in node.targets:
                if target is not None and target not in self.nodes:
                    self._error(
                        node.line,
                        f"разговор {self.flow}: шаг {node.id} ведёт к «{target}», а такого нет",
                        "Исправьте имя или допишите шаг; конец разговора пишется END",
                    )
        return self.sound

    def _id(self, step: Step, node: yaml.Node) -> str:
        kind = type(step).kind
        name = step.id or (step.collect if isinstance(step, Collect) else kind)
        taken = name in self.nodes
        if taken and step.id is not None:
            self._error(line_of(node), f"шаг {name} уже есть", "Назовите этот шаг иначе")
        number = 2
        while taken:
            taken = f"{name}_{number}" in self.nodes
            name = name if taken else f"{name}_{number}"
            number += 1
        self.nodes[name] = Node(name, step, line_of(node))  # keeps the place in the order
        return name

    def _edges(self, step: Step, node: yaml.Node, following: str | None) -> tuple[Edge, ...]:
        if isinstance(step, Link):
            return ()
        if step.next is None:
            return (Edge(None, following),)
        if isinstance(step.next, str):
            return (Edge(None, _target(step.next)),)
        edges: list[Edge] = []
        places = items(child(node, "next"))
        for branch, place in zip(step.next, places, strict=True):
            edges.append(self._edge(branch, place, following))
        if edges[-1].condition is not None:
            self._error(
                line_of(places[-1]),
                f"разговор {self.flow}: развилка без else",
                "Последней веткой поставьте «- else: <шаг>»",
            )
        early = [place for edge, place in zip(edges[:-1], places[:-1], strict=True)
                 if edge.condition is None]  # fmt: skip
        for place in early:
            self._error(
                line_of(place),
                f"разговор {self.flow}: после else ветки недостижимы",
                "Поставьте else последней",
            )
        return tuple(edges)

    def _edge(self, branch: Branch, place: yaml.Node, following: str | None) -> Edge:
        way = "else" if branch.condition is None else "then"
        goal = branch.otherwise if branch.condition is None else branch.then
        if goal is None or (branch.condition is not None and branch.otherwise is not None):
            self._error(
                line_of(place),
                f"разговор {self.flow}: в ветке нужны if с then или один else",
                "Пишите «- if: условие» и под ним «then: шаг», отдельно «- else: шаг»",
            )
            return Edge(None, None)
        condition = self._condition(branch, place)
        if isinstance(goal, str):
            return Edge(condition, _target(goal))
        inner = items(child(place, way))
        return Edge(condition, self.block(goal, inner, following))

    def _condition(self, branch: Branch, place: yaml.Node) -> Condition | None:
        if branch.condition is None:
            return None
        node = child(place, "if")
        try:
            return parse_condition(branch.condition)
        except ConditionError as error:
            line = line_of(node) if node is not None else line_of(place)
            self._error(
                line,
                f"разговор {self.flow}: условие «{branch.condition}»: {error}",
                "Пример: slots.age < 18 and not on_duty",
            )
            return None

    def _error(self, line: int, message: str, mend: str) -> None:
        self.sound = False
        self.reader.error(self.file, line, message, mend)


def _target(name: str) -> str | None:
    return None if name == END else name


def _plain(node: yaml.Node) -> Any:
    """Nodes as dictionaries, lists and text, as the editor wrote them; null as None."""
    if isinstance(node, yaml.MappingNode):
        return {name: _plain(value) for name, value in pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in items(node)]
    return scalar(node)


def _without_steps(branch: Any) -> Any:
    if not isinstance(branch, dict):
        return branch
    return {k: END if isinstance(v, list) else v for k, v in branch.items()}


def _line_at(node: yaml.Node, where: Sequence[int | str]) -> int:
    """The line of the deepest node on the way to a model's mistake."""
    line = line_of(node)
    for part in where:
        below = items(node)
        inner = (
            (below[part] if part < len(below) else None)
            if isinstance(part, int)
            else child(node, part)
        )
        if inner is not None:
            node, line = inner, line_of(inner)
    return line


def _in_russian(problem: Any) -> str:
    where = [str(part) for part in problem["loc"] if isinstance(part, str) and part.islower()]
    name = where[-1] if where else ""
    match problem["type"]:
        case "missing":
            return f"не хватает «{name}»"
        case "extra_forbidden":
            return f"лишнее «{name}»"
        case "literal_error" | "enum":
            return f"«{name}»: «{problem['input']}» нельзя, можно {problem['ctx']['expected']}"
        case "too_short":
            return f"«{name}» пусто"
        case "bool_parsing" | "bool_type":
            return f"«{name}»: нужно yes или no"
        case _:
            return f"«{name}» записано не так"


def scalar_keys(slot: Slot) -> tuple[str, ...]:
    """Values of a slot that are known beforehand."""
    if slot.reads == "yes_no":
        return ("yes", "no")
    return tuple(slot.options)
