"""Loads the script from `nlu_data/`: all of it, checked, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialog.commands import Commands, CommandsFile
from dialog.content.findings import Finding, refuse_broken
from dialog.content.responses_reader import load_responses
from dialog.errors import ContentError
from dialog.flow.checks import check_script
from dialog.flow.graph import FlowSet
from dialog.flow.reader import read_flows
from dialog.menu import MenuFile
from dialog.script import Script, Topic
from dialog.slots.list_files import load_lists
from dialog.slots.readers import SlotReaders

Model = TypeVar("Model", bound=BaseModel)


class _IntentsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    intents: dict[str, Topic]


class DialledFile(BaseModel):
    """Файл dialled.yml: что известно по номеру, который набрали."""

    model_config = ConfigDict(extra="forbid")

    dialled: dict[str, dict[str, str]] = Field(
        default={},
        description="Номер цифрами -> слоты: звонок на номер поликлиники уже называет её.",
        examples=[{"73422000000": {"clinic": "gkp2", "municipality": "perm"}}],
    )


def load_script(directory: Path) -> Script:
    """Read topics, answers, flows and lists of a content directory.

    Raises:
        ContentError: names the file and what is wrong with it; nothing is loaded then.
    """
    flows, findings = read_flows(directory / "flows")
    refuse_broken(finding.under("flows") for finding in findings)
    script = _script(directory, flows)
    refuse_broken(check_script(script, flows.slot_places))
    return script


def script_findings(directory: Path) -> tuple[Finding, ...]:
    """Everything that is wrong with flows, topics and the menu, not just the first of it.

    Of the rest only what can be said without the files that do not load.
    """
    flows, findings = read_flows(directory / "flows")
    found = tuple(finding.under("flows") for finding in findings)
    if found:  # topics whose flow was not read would seem to have none
        return found
    try:
        script = _script(directory, flows)
    except ContentError:
        return ()  # said by the loader itself
    return tuple(check_script(script, flows.slot_places))


def _script(directory: Path, flows: FlowSet) -> Script:
    topics = _read(directory / "intents.yml", _IntentsFile).intents
    lists = load_lists(directory / "lists")
    dialled = directory / "dialled.yml"
    return Script(
        topics=topics,
        menu=_read(directory / "menu.yml", MenuFile).menu,
        answers=load_responses(directory / "responses", topics),
        flows=flows.flows,
        slots=flows.slots,
        lists=lists,
        readers=SlotReaders(lists),
        commands=Commands(_read(directory / "commands.yml", CommandsFile).commands),
        dialled=_read(dialled, DialledFile).dialled if dialled.exists() else {},
    )


def _read(path: Path, model: type[Model]) -> Model:
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return model.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ContentError(f"{path.name}: {' '.join(str(error).split())}") from error
