"""`voice122 requests`: what callers asked for."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from routing.hours import load_hours
from routing.request_records import MAX_LISTED, RequestRecords
from routing.requests import RequestKind, RequestRecord, RequestStatus
from voice122.settings import Settings
from voice122.wiring import open_store

_STATUS = {
    RequestStatus.FILED: "принята",
    RequestStatus.PENDING: "ждёт",
    RequestStatus.REFUSED: "отказ",
}
_KIND = {
    RequestKind.APPOINTMENT: "запись к врачу",
    RequestKind.CANCELLATION: "отмена записи",
    RequestKind.HOME_VISIT: "врач на дом",
    RequestKind.COMPLAINT: "жалоба",
    RequestKind.CALLBACK: "перезвонить",
}
_LONGEST = 60
"""Longer values are cut in the list for people; `--json` has them whole."""


@click.command()
@click.option("--status", type=click.Choice([s.value for s in RequestStatus]), help="Only these.")
@click.option("--kind", type=click.Choice([k.value for k in RequestKind]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, MAX_LISTED), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def requests(status: str | None, kind: str | None, limit: int, as_json: bool) -> None:
    """List the newest requests that callers left, oldest first."""
    settings = Settings()
    zone = load_hours(settings.content_dir / "hours.yml").zone
    store = open_store(settings)
    listing = RequestRecords(store).listing(
        None if status is None else RequestStatus(status),
        None if kind is None else RequestKind(kind),
        limit,
    )
    for record in listing:
        local = record.created_at.astimezone(zone)
        if as_json:
            document = {**asdict(record), "created_at": local.isoformat()}
            print(json.dumps(document, ensure_ascii=False))
        else:
            print(f"{local:%d.%m.%Y %H:%M}  {_line(record)}")
    store.close()


def _line(record: RequestRecord) -> str:
    said = {**record.fields, **({"phone": record.phone} if record.phone else {})}
    fields = ", ".join(f"{name}: {_short(value)}" for name, value in said.items())
    number, status = record.number or "-", _STATUS[record.status]
    return f"{number:6}  {status:8}  {_KIND[record.kind]:14}  {fields}"


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
