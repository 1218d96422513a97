"""`voice122 hours`: when operators answer."""

from __future__ import annotations

import json
from datetime import datetime

import click

from routing.hours import load_hours
from voice122.settings import Settings

_MOMENT = click.DateTime(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"])


@click.command()
@click.option("--queue", default="general", show_default=True, help="The queue to speak of.")
@click.option("--at", type=_MOMENT, help="Another moment than now, e.g. 2026-12-31T20:00+05:00.")
@click.option("--json", "as_json", is_flag=True, help="The whole schedule, for the region's site.")
def hours(queue: str, at: datetime | None, as_json: bool) -> None:
    """Say when operators answer, as a caller would hear it."""
    schedule = load_hours(Settings().content_dir / "hours.yml")
    moment = at or datetime.now().astimezone()
    if as_json:
        print(json.dumps(schedule.published(moment), ensure_ascii=False, indent=2))
    else:
        print(schedule.describe(moment, queue))
