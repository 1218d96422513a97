"""The editors' check: everything in the content directory, read as the service reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from dialog.content.findings import Finding, Severity, errors
from dialog.content.nlu_reader import read_nlu
from dialog.content.responses_reader import check_dates, read_responses
from dialog.errors import DialogError
from dialog.load import load_script
from dialog.nlu.safety import SafetyRules
from routing.errors import RoutingError
from routing.hours import load_hours


def check_content(directory: Path, today: date) -> tuple[Finding, ...]:
    """Everything that is wrong in `directory`, errors first.

    Args:
        directory: for example ``nlu_data``.
        today: against which answers' dates are held.
    """
    findings = list(_findings(directory, today))
    return (*errors(findings), *(f for f in findings if f.severity is not Severity.ERROR))


def _findings(directory: Path, today: date) -> Iterator[Finding]:
    _, in_nlu = read_nlu(directory / "nlu")
    yield from in_nlu
    responses, in_responses = read_responses(directory / "responses")
    yield from in_responses
    yield from check_dates(responses, today)
    if errors(in_responses):
        return  # what follows would only repeat them
    try:
        load_script(directory)
        load_hours(directory / "hours.yml")
        SafetyRules.load(directory / "safety")
    except (DialogError, RoutingError) as error:
        yield Finding(
            Severity.ERROR,
            directory.name,
            None,
            str(error),
            "Изменения не вступят в силу: линия отвечает по прежней версии",
            "Исправьте названное место",
        )
