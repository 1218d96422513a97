"""Conversation tests of a content folder, played against the program as it is; their coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from dialog.content.findings import Finding, Severity
from dialog.content.folder import ContentFolder
from dialog.conversation_tests.compare import Spoken
from dialog.conversation_tests.coverage import (
    ANSWERS,
    BRANCHES,
    FLOWS,
    LEAVES,
    Coverage,
    Item,
    Watch,
    measure,
    report,
)
from dialog.conversation_tests.player import World
from dialog.conversation_tests.reader import FOLDER, read_tests
from dialog.conversation_tests.run import Outcome, run_tests
from dialog.conversation_tests.script_lines import ConversationTest
from dialog.engine import Engine
from dialog.errors import NluError
from dialog.load import load_script
from dialog.nlu.remembered import RememberedInterpreter
from dialog.nlu.safety import SafetyRules
from dialog.nlu.understanding import Understanding, alarm_of
from dialog.script import Script
from routing.hours import load_hours

_NOT_SEEN: Final = "Если это место сломается, никто не заметит, пока не позвонит человек"


@dataclass(frozen=True)
class Rehearsal:
    """How the tests of a content folder went."""

    tests: tuple[ConversationTest, ...]
    outcome: Outcome
    coverage: Coverage
    findings: tuple[Finding, ...]
    """Tests that failed or could not be read, and what no test touches; as seen from inside the
    folder."""


def rehearse(content: ContentFolder, model: Path, cache_dir: Path) -> Rehearsal:
    """Play every conversation test of `content`.

    Args:
        content: the folder; it must load.
        model: what `voice122 train` wrote; where it is missing, only tests are played that give
            every meaning themselves.
        cache_dir: remembers what phrases mean, so that the next time takes some seconds less.

    Raises:
        ContentError, HoursError: the folder does not load.
    """
    script = load_script(content.path)
    tests, unreadable = read_tests(content.files, script.topics, script.answers.answers)
    watch, spoken = Watch(script), Spoken(script.answers)
    remembered = _interpreter(model, cache_dir)
    outcome = run_tests(tests, _world(content.path, watch, remembered), spoken)
    if remembered is not None:
        remembered.save()
    coverage = measure(watch, outcome.calls, spoken)
    findings = [*unreadable, *outcome.findings]
    if outcome.skipped:
        findings.append(_untrained(outcome.skipped))
    elif tests:
        findings += [_untouched(script, item) for item in coverage.missing]
    return Rehearsal(tests, outcome, coverage, tuple(findings))


class ConversationCheck:
    """Plays the tests as one of the editors' checks, and keeps in words how it went."""

    def __init__(self, model: Path, cache_dir: Path) -> None:
        self._model = model
        self._cache_dir = cache_dir
        self.summary = "Разговоры не проверены: сначала исправьте ошибки."

    def __call__(self, content: ContentFolder) -> Iterator[Finding]:
        """The findings, as seen from outside the folder."""
        if not any(name.startswith(FOLDER) for name in content.files):
            self.summary = f"Разговоров в {content.name(FOLDER)} нет."
            return
        played = rehearse(content, self._model, self._cache_dir)
        covered = ", ".join(f"{part} {share}" for part, share in report(played.coverage).items())
        self.summary = f"Разговоров проверено: {len(played.outcome.calls)}. Пройдено: {covered}."
        for finding in played.findings:
            yield finding.under(content.name())


def _world(folder: Path, watch: Watch, interpreter: RememberedInterpreter | None) -> World:
    hours = load_hours(folder / "hours.yml")
    rules = SafetyRules.load(folder / "safety")

    def moment(at: datetime) -> dict[str, Any]:
        return asdict(hours.duty(at))

    understand = Understanding(interpreter, rules).parse if interpreter is not None else None
    return World(Engine(watch.script), hours.zone, moment, partial(alarm_of, rules), understand)


def _interpreter(model: Path, cache_dir: Path) -> RememberedInterpreter | None:
    try:
        return RememberedInterpreter(model, cache_dir / "understood.json")
    except NluError:
        return None


def _untrained(skipped: int) -> Finding:
    return Finding(
        Severity.WARNING,
        FOLDER.rstrip("/"),
        None,
        f"не проверены разговоры: {skipped}, помощник ещё не обучен",
        "Сломанный разговор пройдёт незамеченным",
        "Выполните voice122 train и проверьте ещё раз",
    )


def _untouched(script: Script, item: Item) -> Finding:
    part, *names = item
    if part == ANSWERS:
        answer = script.answers.answers[names[0]][0]
        file, line, what = f"responses/{answer.file}", answer.line, f"ответ {names[0]}"
    elif part == LEAVES and len(names) == 1:
        return _warning("menu.yml", None, f"клавиши {names[0]} кнопочного меню")
    else:
        flow = script.flows[names[0]]
        file, line = f"flows/{flow.file}", flow.line
        what = f"разговор {flow.id}"
        if part != FLOWS:
            line = flow.nodes[names[1]].line
            what = " ".join(_place(part, names))
    return _warning(file, line, what)


def _place(part: str, names: Sequence[str]) -> Iterator[str]:
    yield f"разговор {names[0]}, шаг {names[1]}"
    if part == BRANCHES:
        yield f"ветка {names[2]}"
    elif part == LEAVES:
        yield f"подробность клавишей {names[2]}"


def _warning(file: str, line: int | None, what: str) -> Finding:
    return Finding(
        Severity.WARNING,
        file,
        line,
        f"{what}: ни один разговор из tests/conversations сюда не доходит",
        _NOT_SEEN,
        "Допишите разговор: что скажет или нажмёт звонящий и что услышит",
    )
