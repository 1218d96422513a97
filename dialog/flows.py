"""Flows: conversations with questions, as editors write them in `nlu_data/flows/*.yml`.

The syntax follows Rasa's flows (`collect`, `action`), with `ask`, `if_no` and `queue` of our own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialog.acts import AnswerKind
from dialog.errors import ContentError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(_Strict):
    """Something that the caller tells."""

    reads: str
    """How its value is read: a kind of `dialog.slots.readers` (``yes_no``, ``day_and_time``, ...,
    ``text``) or the name of a list in `nlu_data/lists/`."""
    expects: AnswerKind
    """What kind of answer it is; the ear waits accordingly."""


class Collect(_Strict):
    """Ask until the slot has a value."""

    collect: str
    """Name of the slot."""
    ask: str
    """Name of the response that asks."""
    if_no: str | None = None
    """For a yes/no slot: the slot from which to ask again after a "no"."""


class Action(_Strict):
    """Do something that is not a question; the last step of a flow."""

    action: Literal["handover"]
    queue: str
    """Operator queue."""


Step = Annotated[Collect | Action, Field(union_mode="left_to_right")]


class Flow(_Strict):
    """One conversation."""

    name: str
    description: str
    steps: tuple[Step, ...] = Field(min_length=1)

    def next_step(self, slots: dict[str, str]) -> Collect | Action:
        """The first step whose question is still open, else the closing action."""
        for step in self.steps:
            if isinstance(step, Action) or step.collect not in slots:
                return step
        raise AssertionError("a checked flow ends in an action")


class FlowFile(_Strict):
    """A file of `nlu_data/flows/`."""

    slots: dict[str, Slot] = {}
    flows: dict[str, Flow]


def load_flows(directory: Path) -> tuple[dict[str, Flow], dict[str, Slot]]:
    """Read every flow and slot of `directory`.

    Raises:
        ContentError: names the file and what is wrong with it.
    """
    flows: dict[str, Flow] = {}
    slots: dict[str, Slot] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            content = FlowFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValidationError, OSError, UnicodeDecodeError) as error:
            raise ContentError(f"{path.name}: {' '.join(str(error).split())}") from error
        for name in content.flows.keys() & flows.keys():
            raise ContentError(f"{path.name}: разговор {name} уже описан в другом файле")
        slots.update(content.slots)
        flows.update(content.flows)
    for name, flow in flows.items():
        _check(name, flow, slots)
    return flows, slots


def _check(name: str, flow: Flow, slots: dict[str, Slot]) -> None:
    asked: set[str] = set()
    for step in flow.steps[:-1]:
        if isinstance(step, Action):
            raise ContentError(f"разговор {name}: после {step.action} шаги недостижимы")
        if step.collect not in slots:
            raise ContentError(f"разговор {name}: слот {step.collect} не описан в slots")
        if step.if_no is not None and step.if_no not in asked:
            raise ContentError(f"разговор {name}: if_no ведёт к {step.if_no}, но его раньше нет")
        asked.add(step.collect)
    if not isinstance(flow.steps[-1], Action):
        raise ContentError(
            f"разговор {name}: последний шаг должен быть action, иначе он не кончится"
        )
