"""Runs conversation tests and says what is wrong, as an editor reads it: place, got, expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dialog.content.findings import Finding, Severity
from dialog.conversation_tests.compare import Spoken, differences, heard
from dialog.conversation_tests.player import NeedsInterpreter, Played, World, play
from dialog.conversation_tests.script_lines import ConversationTest, Does

_MEND: Final = "Исправьте содержание, а если прав помощник, то ожидание в этом шаге"


@dataclass(frozen=True)
class Outcome:
    """How the tests went."""

    findings: tuple[Finding, ...]
    """Each test that failed, with its first wrong line."""
    calls: tuple[tuple[Played, ...], ...]
    """What happened in those that could be played."""
    skipped: int = 0
    """Tests that need an interpreter, where there is none."""


def run_tests(
    tests: Sequence[ConversationTest],
    world: World,
    spoken: Spoken,
    on_test: Callable[[ConversationTest], None] = lambda test: None,
) -> Outcome:
    """Play every test."""
    findings: list[Finding] = []
    calls: list[tuple[Played, ...]] = []
    skipped = 0
    for test in tests:
        on_test(test)
        try:
            played = play(test, world)
        except NeedsInterpreter:
            skipped += 1
            continue
        calls.append(played)
        findings += _wrong(test, played, spoken)
    return Outcome(tuple(findings), tuple(calls), skipped)


def _wrong(test: ConversationTest, played: Sequence[Played], spoken: Spoken) -> Iterable[Finding]:
    """The first line at which the call went wrong: what follows it follows from it."""
    for n, step in enumerate(played):
        wrong = list(differences(step, spoken))
        if wrong:
            message = f"разговор «{test.name}»: {'; '.join(wrong)}"
            line = step.line.line or test.line
            return [
                Finding(Severity.ERROR, test.file, line, message, _told(played[: n + 1]), _MEND)
            ]
    return []


def _told(played: Sequence[Played]) -> str:
    """The last turns, as they would sound."""
    said = []
    for step in played[-2:]:
        does = step.line.does
        words = {
            Does.SAYS: f"«{step.line.words}»",
            Does.PRESSES: f"клавиши {step.line.words}",
            Does.IS_SILENT: "молчит",
        }.get(does, does.value)
        said.append(f"{words} - «{heard(step.acts)}»" if heard(step.acts) else f"{words} - тишина")
    return f"Звонящий: {'; '.join(said)}"
