"""Loads the script from `nlu_data/`: all of it, checked, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from dialog.content.responses_reader import load_responses
from dialog.errors import ContentError
from dialog.flows import load_flows
from dialog.script import Script, Topic
from dialog.slots.list_files import load_lists
from dialog.slots.readers import SlotReaders

Model = TypeVar("Model", bound=BaseModel)


class _IntentsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    intents: dict[str, Topic]
    menu: dict[str, str]


def load_script(directory: Path) -> Script:
    """Read topics, answers, flows and lists of a content directory.

    Raises:
        ContentError: names the file and what is wrong with it; nothing is loaded then.
    """
    topics = _read(directory / "intents.yml", _IntentsFile)
    flows, slots = load_flows(directory / "flows")
    lists = load_lists(directory / "lists")
    script = Script(
        topics=topics.intents,
        menu=topics.menu,
        answers=load_responses(directory / "responses", topics.intents),
        flows=flows,
        slots=slots,
        lists=lists,
        readers=SlotReaders(lists),
    )
    script.check()
    return script


def _read(path: Path, model: type[Model]) -> Model:
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return model.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ContentError(f"{path.name}: {' '.join(str(error).split())}") from error
