"""`voice122 content check`: what editors run before their change goes live."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import click

from dialog.content.findings import Severity
from voice122.content import check_content
from voice122.settings import Settings


@click.group()
def content() -> None:
    """The editors' files."""


@content.command()
@click.option("--strict", is_flag=True, help="Предупреждения тоже считать ошибками.")
@click.option("--json", "as_json", is_flag=True, help="Одна находка - одна строка JSON.")
@click.pass_context
def check(context: click.Context, strict: bool, as_json: bool) -> None:
    """Проверить всё, что написали редакторы: файл, строка, что не так, что услышит звонящий."""
    findings = check_content(Settings().content_dir, date.today())
    for finding in findings:
        print(json.dumps(asdict(finding), ensure_ascii=False) if as_json else str(finding))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if not as_json:
        print(f"Ошибок: {errors}, предупреждений: {len(findings) - errors}.")
    if errors or (strict and findings):
        context.exit(1)
