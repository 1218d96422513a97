"""The editors' check: everything in the content directory, read as the service reads it.

A check is a function from the `ContentFolder` to findings; a new one is added to `CHECKS`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from dialog.content import answer_checks, claims, phone_numbers, phrase_checks, topic_checks
from dialog.content.findings import Finding, Severity, errors
from dialog.content.folder import ContentFolder
from dialog.content.yaml_files import child, line_of, pairs, scalars_of
from dialog.errors import DialogError
from dialog.load import load_script, script_findings
from dialog.nlu.safety import SafetyRules
from dialog.script import REQUIRED_RESPONSES
from routing.errors import RoutingError
from routing.hours import load_hours

log = logging.getLogger(__name__)

Check = Callable[[ContentFolder], Iterable[Finding]]

_SCRIPT: Final = (
    "responses", "intents.yml", "flows", "lists", "menu.yml", "commands.yml", "dialled.yml",
)  # fmt: skip
"""What conversations are made of."""
_PLACE: Final = re.compile(r"(?P<path>\S*\.ya?ml)(?::(?P<line>\d+))?:\s*")
_NAMES: Final = re.compile(r"«([^»]+)»|(\w+)")
_MEND: Final = "Исправьте названное место"
_LINE_STAYS: Final = "Изменения не вступят в силу: линия отвечает по прежней версии"


def check_unreadable(content: ContentFolder) -> Iterator[Finding]:
    """Files that are no YAML, or no text."""
    yield from content.unreadable


def check_flows(content: ContentFolder) -> Iterator[Finding]:
    """Flows, topics and the menu as a whole: steps that lead nowhere, no ladder, no exit."""
    for finding in script_findings(content.path):
        line = finding.line or _named_at(content, finding)
        yield replace(finding, line=line).under(content.name())


def _named_at(content: ContentFolder, finding: Finding) -> int | None:
    """Where the topic or the item of the menu stands that the message names."""
    file = content.files.get(finding.file)
    if file is None:
        return None
    named = {match[1] or match[2] for match in _NAMES.finditer(finding.message)}
    topics = dict(pairs(child(file.root, "intents")))
    nodes = [topics[name] for name in sorted(named & topics.keys())]
    nodes += [node for node in scalars_of(file.root) if node.value in named]
    return line_of(nodes[0] if nodes else file.root)


CHECKS: Final[tuple[Check, ...]] = (
    check_unreadable,
    check_flows,
    topic_checks.check_topics,
    topic_checks.check_lists,
    topic_checks.check_letters,
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
    directory: Path,
    today: date,
    checks: Iterable[Check] = CHECKS,
    rehearsal: Check | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong in `directory`: errors first, each once, in the order of files.

    Args:
        directory: for example ``nlu_data``.
        today: against which answers' dates are held.
        checks: what to look for, in this order.
        rehearsal: plays the conversation tests, where the content loads; None: they are not
            played.
    """
    content = ContentFolder(directory, today)
    if not directory.is_dir():
        return content.unreadable
    found = [finding for check in checks for finding in _carried_out(check, content)]
    found += _loaded(content, errors(found))
    if rehearsal is not None and not errors(found):
        found += _carried_out(rehearsal, content)
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


def _loaded(content: ContentFolder, broken: tuple[Finding, ...]) -> Iterator[Finding]:
    """What the service itself would refuse on loading, where nothing of it is known to be broken.

    The loaders stop at the first error, so they come last.
    """
    directory = content.path
    for parts, load in (
        (_SCRIPT, lambda: load_script(directory)),
        (("hours.yml",), lambda: load_hours(directory / "hours.yml")),
        (("safety",), lambda: SafetyRules.load(directory / "safety")),
    ):
        if any(finding.file.startswith(tuple(map(content.name, parts))) for finding in broken):
            continue
        try:
            load()
        except (DialogError, RoutingError) as error:
            yield _refused(content, str(error))
        except Exception as error:  # content that its loader has not reckoned with
            log.exception("loading %s failed", parts)
            yield _refused(content, f"{parts[0]}: {type(error).__name__}: {error}")


def _refused(content: ContentFolder, message: str) -> Finding:
    """A loader's error, with its place where it names one: ``lists/clinics.yml:7: ...``."""
    named = _PLACE.match(message)
    if named is None:
        return Finding(Severity.ERROR, content.name(), None, message, _LINE_STAYS, _MEND)
    path = named["path"]
    ends = [name for name in content.files if f"/{path}".endswith(f"/{name}")]
    loaded = (name for name in content.files if not name.startswith("tests/"))
    ends = ends or [name for name in loaded if f"/{name}".endswith(f"/{path}")]
    place = content.name(ends[0] if len(ends) == 1 else path)
    line = int(named["line"]) if named["line"] else None
    rest = message[named.end() :]
    return Finding(Severity.ERROR, place, line, rest, _LINE_STAYS, _MEND)
