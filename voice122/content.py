"""The editors' check: everything in the content directory, read as the service reads it.

A check is a function from the `ContentFolder` to findings; a new one is added to `CHECKS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from dialog.content import answer_checks, claims, phone_numbers, phrase_checks
from dialog.content.findings import Finding, Severity, errors
from dialog.content.folder import ContentFolder
from dialog.errors import DialogError
from dialog.load import load_script
from dialog.nlu.safety import SafetyRules
from dialog.script import REQUIRED_RESPONSES
from routing.errors import RoutingError
from routing.hours import load_hours

log = logging.getLogger(__name__)

Check = Callable[[ContentFolder], Iterable[Finding]]

_LINE_STAYS: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"


def check_unreadable(content: ContentFolder) -> Iterator[Finding]:
    """Files that are no YAML, or no text."""
    yield from content.unreadable


CHECKS: Final[tuple[Check, ...]] = (
    check_unreadable,
    phrase_checks.check_phrases,
    phrase_checks.check_topics_have_phrases,
    phrase_checks.check_entities,
    phrase_checks.check_near,
    phrase_checks.check_leaks,
    answer_checks.check_readable,
    answer_checks.check_spoken,
    answer_checks.check_sourced,
    answer_checks.check_missing,
    answer_checks.unused_answers(REQUIRED_RESPONSES),
    phone_numbers.check_numbers,
    claims.check_claims,
)


def check_content(
    directory: Path, today: date, checks: Iterable[Check] = CHECKS
) -> tuple[Finding, ...]:
    """Everything that is wrong in `directory`: errors first, each once, in the order of files.

    Args:
        directory: for example ``nlu_data``.
        today: against which answers' dates are held.
        checks: what to look for, in this order.
    """
    content = ContentFolder(directory, today)
    found = [finding for check in checks for finding in _carried_out(check, content)]
    if not errors(found):  # the service's own loaders stop at the first
        found += _loaded(content)
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _order(finding: Finding) -> tuple[bool, str, int]:
    return finding.severity is not Severity.ERROR, finding.file, finding.line or 0


def _carried_out(check: Check, content: ContentFolder) -> list[Finding]:
    """What the check finds. One that breaks must not hide what the others have found."""
    try:
        return list(check(content))
    except Exception as error:
        name = getattr(check, "__name__", repr(check))
        log.exception("check %s failed", name)
        return [
            Finding(
                Severity.ERROR,
                content.name(),
                None,
                f"проверка {name} не справилась с содержанием ({type(error).__name__}: {error})",
                "Что услышит звонящий, неизвестно",
                "Сначала исправьте остальные находки; не поможет - покажите это разработчику",
            )
        ]


def _loaded(content: ContentFolder) -> Iterator[Finding]:
    """What the service itself would refuse on loading."""
    directory = content.path
    for part, load in (
        ("", lambda: load_script(directory)),
        ("hours.yml", lambda: load_hours(directory / "hours.yml")),
        ("safety", lambda: SafetyRules.load(directory / "safety")),
    ):
        try:
            load()
        except (DialogError, RoutingError) as error:
            yield Finding(
                Severity.ERROR,
                content.name(*filter(None, (part,))),
                None,
                str(error),
                _LINE_STAYS,
                "Исправьте названное место",
            )
