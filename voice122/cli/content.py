"""`voice122 content check`: what editors run before their change goes live."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime

import click

from dialog.content.findings import Finding, Severity
from dialog.flow.reference import reference as flow_reference
from voice122.content import check_content
from voice122.settings import Settings


@click.group()
def content() -> None:
    """The editors' files."""


@content.command()
@click.option("--strict", is_flag=True, help="Предупреждения тоже считать ошибками.")
@click.option("--json", "as_json", is_flag=True, help="Одна находка - одна строка JSON.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d"]),
    help="День, на который проверить сроки ответов, например 2027-01-01; иначе сегодня.",
)
@click.pass_context
def check(context: click.Context, strict: bool, as_json: bool, at: datetime | None) -> None:
    """Проверить всё, что написали редакторы: файл, строка, что не так, что услышит звонящий.

    Код возврата 1, если есть ошибки (с --strict и предупреждения), иначе 0.
    """
    findings = check_content(Settings().content_dir, at.date() if at else date.today())
    for finding in findings:
        _print(json.dumps(finding.to_json(), ensure_ascii=False) if as_json else finding.to_text())
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if not as_json:
        _print(_summary(findings, errors))
    if errors or (strict and findings):
        context.exit(1)


@content.command()
def reference() -> None:
    """Справочник языка разговоров (docs/flows.md), составленный из схемы."""
    sys.stdout.buffer.write(flow_reference().encode())


def _summary(findings: tuple[Finding, ...], errors: int) -> str:
    if not findings:
        return "Всё в порядке: ошибок и предупреждений нет."
    counts = f"Ошибок: {errors}, предупреждений: {len(findings) - errors}."
    return counts if errors else f"{counts} Содержание можно включать."


def _print(text: str) -> None:
    """UTF-8 whatever the terminal says: a check must not fail on the words that it reports."""
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
