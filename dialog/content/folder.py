"""The content folder as the checks see it: read once, whatever is broken in it set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from dialog.content.findings import Finding, Severity
from dialog.content.nlu_reader import NluData, read_nlu
from dialog.content.responses_reader import PREFIX, Answer, Responses, read_responses
from dialog.content.yaml_files import (
    YamlFile,
    child,
    line_of,
    pairs,
    read_folder,
    scalar,
    scalars_of,
)

OWN_READERS: Final = ("nlu/", "responses/", "tests/nlu/")
"""Folders of formats that have readers of their own."""


@dataclass(frozen=True)
class Topic:
    """What `intents.yml` says of an intent."""

    name: str
    line: int
    does: str
    """``answer``, ``flow``, ``redirect``, ``operator``, ``control``; empty where it is missing."""
    number: str
    """Outside number of a redirect, or empty."""


class ContentFolder:
    """Everything in a content directory that can be read, and what cannot.

    Args:
        path: for example ``nlu_data``.
        today: against which dates are held.
    """

    def __init__(self, path: Path, today: date) -> None:
        self.path = path
        self.today = today

    def name(self, *parts: str) -> str:
        """A file as findings name it: ``nlu_data/responses/health.yml``."""
        return "/".join((self.path.absolute().name, *parts))

    @property
    def files(self) -> Mapping[str, YamlFile]:
        """Every file that is YAML, by its name below the folder."""
        return self._files[0]

    @property
    def unreadable(self) -> tuple[Finding, ...]:
        """Files that are not, in the folders without a reader of their own."""
        return self._files[1]

    @cached_property
    def nlu(self) -> tuple[NluData, tuple[Finding, ...]]:
        """Training phrases of the known topics."""
        return self._phrases("nlu")

    @cached_property
    def test_phrases(self) -> tuple[NluData, tuple[Finding, ...]]:
        """Phrases held back for `voice122 nlu test`; nothing where there are none."""
        if not (self.path / "tests" / "nlu").is_dir():
            return NluData(), ()
        return self._phrases("tests/nlu")

    @cached_property
    def responses(self) -> tuple[Responses, tuple[Finding, ...]]:
        """Answers about the known topics."""
        responses, findings = read_responses(self.path / "responses", set(self.topics) or None)
        return responses, self._under("responses", findings)

    @property
    def answers(self) -> Iterator[Answer]:
        """Every wording of every answer."""
        for wordings in self.responses[0].answers.values():
            yield from wordings

    @cached_property
    def topics(self) -> Mapping[str, Topic]:
        """By name; empty where `intents.yml` cannot be read."""
        file = self.files.get("intents.yml")
        section = child(file.root, "intents") if file is not None else None
        return {
            name: Topic(
                name,
                line_of(node),
                scalar(child(node, "does")) or "",
                scalar(child(node, "number")) or "",
            )
            for name, node in pairs(section)
        }

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Names of answers that topics and flows speak."""
        return frozenset(
            str(node.value)
            for name, file in self.files.items()
            if not name.startswith((*OWN_READERS, "tests/"))
            for node in scalars_of(file.root)
            if re.fullmatch(rf"{PREFIX}\w+", str(node.value))
        )

    def of_answer(
        self, answer: Answer, severity: Severity, message: str, consequence: str, mend: str
    ) -> Finding:
        """A finding at an answer."""
        place = self.name("responses", answer.file)
        return Finding(severity, place, answer.line, message, consequence, mend)

    @cached_property
    def _files(self) -> tuple[dict[str, YamlFile], tuple[Finding, ...]]:
        files, findings = read_folder(self.path)
        mine = (f for f in findings if not f.file.startswith(OWN_READERS))
        return {file.name: file for file in files}, tuple(f.under(self.name()) for f in mine)

    def _phrases(self, folder: str) -> tuple[NluData, tuple[Finding, ...]]:
        data, findings = read_nlu(self.path / folder, set(self.topics) or None)
        return data, self._under(folder, findings)

    def _under(self, folder: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(finding.under(self.name(folder)) for finding in findings)
