"""Conversation tests of a content folder, played against the program as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dialog.content.findings import Finding
from dialog.content.folder import ContentFolder
from dialog.conversation_tests.compare import Spoken
from dialog.conversation_tests.player import World
from dialog.conversation_tests.reader import read_tests
from dialog.conversation_tests.run import Outcome, run_tests
from dialog.conversation_tests.script_lines import ConversationTest
from dialog.engine import Engine
from dialog.errors import NluError
from dialog.load import load_script
from dialog.nlu.remembered import RememberedInterpreter
from dialog.nlu.safety import SafetyRules
from dialog.nlu.understanding import Alarm, Understanding
from dialog.script import Script
from routing.hours import load_hours


@dataclass(frozen=True)
class Rehearsal:
    """How the tests of a content folder went."""

    script: Script
    tests: tuple[ConversationTest, ...]
    outcome: Outcome
    unreadable: tuple[Finding, ...]
    """Tests that could not be read."""


def rehearse(content: ContentFolder, model: Path, cache_dir: Path) -> Rehearsal:
    """Play every conversation test of `content`.

    Args:
        content: the folder; it must load.
        model: what `voice122 train` wrote; where it is missing, only tests are played that give
            every meaning themselves.
        cache_dir: remembers what phrases mean, so that the next time takes a second.

    Raises:
        ContentError, HoursError: the folder does not load.
    """
    script = load_script(content.path)
    tests, unreadable = read_tests(content.files, script.topics, script.answers.answers)
    hours = load_hours(content.path / "hours.yml")
    rules = SafetyRules.load(content.path / "safety")

    def alarm(text: str) -> Alarm | None:
        match = rules.check(text)
        return None if match is None else Alarm(match.rule_id, match.kind)

    def moment(at: datetime) -> dict[str, Any]:
        return asdict(hours.duty(at))

    remembered = _interpreter(model, cache_dir)
    understand = Understanding(remembered, alarm).parse if remembered is not None else None
    world = World(Engine(script), hours.zone, moment, alarm, understand)
    outcome = run_tests(tests, world, Spoken(script.answers))
    if remembered is not None:
        remembered.save()
    return Rehearsal(script, tests, outcome, unreadable)


def _interpreter(model: Path, cache_dir: Path) -> RememberedInterpreter | None:
    try:
        return RememberedInterpreter(model, cache_dir / "understood.json")
    except NluError:
        return None
