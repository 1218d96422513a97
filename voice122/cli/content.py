"""`voice122 content check`: what editors run before their change goes live."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime

import click

from dialog.content.findings import Finding, Severity
from dialog.flow.reference import reference as flow_reference
from dialog.load import load_script
from routing.hours import load_hours
from voice122.content import check_content
from voice122.conversations import ConversationCheck
from voice122.keypad_page import keypad_page
from voice122.settings import Settings


@click.group()
def content() -> None:
    """The editors' files."""


@content.command()
@click.option("--strict", is_flag=True, help="Предупреждения тоже считать ошибками.")
@click.option("--json", "as_json", is_flag=True, help="Одна находка - одна строка JSON.")
@click.option("--quick", is_flag=True, help="Без разговоров из tests/conversations: секунды.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d"]),
    help="День, на который проверить сроки ответов, например 2027-01-01; иначе сегодня.",
)
@click.pass_context
def check(
    context: click.Context, strict: bool, as_json: bool, quick: bool, at: datetime | None
) -> None:
    """Проверить всё, что написали редакторы: файл, строка, что не так, что услышит звонящий.

    Разговоры из tests/conversations проигрываются с обученным помощником.

    Код возврата 1, если есть ошибки (с --strict и предупреждения), иначе 0.
    """
    settings = Settings()
    played = None if quick else ConversationCheck(settings.nlu_model, settings.cache_dir)
    today = at.date() if at else date.today()
    findings = check_content(settings.content_dir, today, rehearsal=played)
    for finding in findings:
        _print(json.dumps(finding.to_json(), ensure_ascii=False) if as_json else finding.to_text())
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if not as_json:
        if played is not None:
            _print(played.summary)
        _print(_summary(findings, errors))
    if errors or (strict and findings):
        context.exit(1)


@content.command()
def reference() -> None:
    """Справочник языка разговоров (docs/flows.md), составленный из схемы."""
    sys.stdout.buffer.write(flow_reference().encode())


@content.command()
def leaves() -> None:
    """Всё, до чего звонящий доходит одними кнопками, и какими (docs/keypad.md)."""
    settings = Settings()
    script = load_script(settings.content_dir)
    _print(keypad_page(script, load_hours(settings.content_dir / "hours.yml").zone))


def _summary(findings: tuple[Finding, ...], errors: int) -> str:
    if not findings:
        return "Всё в порядке: ошибок и предупреждений нет."
    counts = f"Ошибок: {errors}, предупреждений: {len(findings) - errors}."
    return counts if errors else f"{counts} Содержание можно включать."


def _print(text: str) -> None:
    """UTF-8 whatever the terminal says: a check must not fail on the words that it reports."""
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
