"""Loads the script from `nlu_data/`: all of it, checked, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from dialog.errors import ContentError
from dialog.flows import load_flows
from dialog.script import Script, Topic
from dialog.slots.lists import load_lists

Model = TypeVar("Model", bound=BaseModel)


class _Metadata(BaseModel):
    # What else an answer's metadata must say is the content check's business.
    model_config = ConfigDict(extra="allow")

    valid_until: date | None = None


class _Variation(BaseModel):
    model_config = ConfigDict(extra="allow")

    text: str
    metadata: _Metadata = _Metadata()


class _ResponseFile(BaseModel):
    model_config = ConfigDict(extra="allow")

    responses: dict[str, list[_Variation]]


@dataclass(frozen=True)
class Response:
    """One approved text."""

    text: str
    valid_until: date | None
    """The last day on which it may be spoken; None: until it is changed."""


class Responses:
    """Approved texts by name; an expired one is never spoken."""

    def __init__(self, responses: dict[str, Response]) -> None:
        self._responses = responses

    def text(self, name: str, on: str) -> str | None:
        """See `dialog.script.Answers.text`; an empty `on` asks for the text whatever the day."""
        response = self._responses[name]
        if on and response.valid_until is not None:
            return response.text if date.fromisoformat(on) <= response.valid_until else None
        return response.text

    def __contains__(self, name: object) -> bool:
        return name in self._responses

    def texts(self) -> tuple[str, ...]:
        """Every text without slot values: what can be spoken beforehand into the prompt cache."""
        return tuple(r.text for r in self._responses.values() if "{" not in r.text)


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
    script = Script(
        topics=topics.intents,
        menu=topics.menu,
        answers=load_responses(directory / "responses"),
        flows=flows,
        slots=slots,
        lists=load_lists(directory / "lists"),
    )
    script.check()
    return script


def load_responses(directory: Path) -> Responses:
    """Read every file of `nlu_data/responses/`.

    Raises:
        ContentError: a file is broken, or two define one answer.
    """
    found: dict[str, Response] = {}
    for path in sorted(directory.glob("*.yml")):
        for name, variations in _read(path, _ResponseFile).responses.items():
            if name in found:
                raise ContentError(
                    f"{path.name}: ответ {name} уже есть в другом файле; оставьте один"
                )
            if len(variations) != 1:
                raise ContentError(f"{path.name}: у ответа {name} должен быть ровно один текст")
            first = variations[0]
            found[name] = Response(first.text, first.metadata.valid_until)
    return Responses(found)


def _read(path: Path, model: type[Model]) -> Model:
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return model.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ContentError(f"{path.name}: {' '.join(str(error).split())}") from error
