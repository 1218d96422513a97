"""`voice122 report`: a day or a month of calls."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta

import click

from routing.assistant_figures import AssistantFigures, assistant_figures
from routing.hours import load_hours
from routing.queue.desk import open_desk
from routing.queue.figures import Norms
from routing.queue.invariants import check_store
from routing.queue.statistics import By, Report
from routing.staffing import Need, needs
from routing.store import Store
from voice122.settings import Settings
from voice122.wiring import open_store

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_MONTH = click.DateTime(formats=["%Y-%m"])
_MOST_TOPICS = 15


@click.command()
@click.option("--day", type=_DAY, help="A day, e.g. 2026-11-24. Default: today.")
@click.option("--month", type=_MONTH, help="A month, e.g. 2026-11.")
@click.option("--by", type=click.Choice([by.value for by in By]), help="Figures of each of these.")
@click.option("--organisation", help="Only calls of this organisation.")
@click.option("--target", type=float, default=20.0, show_default=True, help="Norm: seconds.")
@click.option("--share", type=float, default=0.8, show_default=True, help="Norm: share of calls.")
@click.option("--staffing", is_flag=True, help="How many operators each half-hour needs.")
@click.option("--check", is_flag=True, help="Check that no call is lost; exit code 1 if one is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="The table as CSV.")
@click.pass_context
def report(
    context: click.Context,
    day: datetime | None,
    month: datetime | None,
    by: str | None,
    organisation: str | None,
    target: float,
    share: float,
    staffing: bool,
    check: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Report on calls: containment, topics, waits, recognition failures. No personal data."""
    settings = Settings()
    zone = load_hours(settings.content_dir / "hours.yml").zone
    since, until = _span(day, month, datetime.now(zone))
    norms = Norms(target_s=target, target_share=share)
    store = open_store(settings)
    try:
        if check:
            context.exit(_check(store, datetime.now(zone)))
        desk = open_desk(store, lambda: datetime.now(zone))
        if staffing:
            facts = desk.statistics.facts(since, until, organisation)
            _print_needs(needs(facts, zone, max(1, (until - since).days), norms), as_json)
            return
        found = desk.statistics.report(
            since,
            until,
            None if by is None else By(by),
            norms=norms,
            organisation=organisation,
        )
        assistant = assistant_figures(store, since, until)
    finally:
        store.close()
    if as_csv:
        print(found.to_csv(), end="")
    elif as_json:
        document = {**found.to_json(), "assistant": asdict(assistant)}
        print(json.dumps(document, ensure_ascii=False))
    else:
        _print(found, assistant)


def _span(day: datetime | None, month: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From local midnight to local midnight."""
    if day is not None and month is not None:
        raise click.UsageError("name a day or a month, not both")
    if month is not None:
        first = month.date()
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    else:
        first = now.date() if day is None else day.date()
        last = first + timedelta(days=1)
    return _midnight(first, now), _midnight(last, now)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def _check(store: Store, now: datetime) -> int:
    violations = check_store(store, now)
    for violation in violations:
        print(f"{violation.rule}: {violation.id} ({violation.detail})")
    print("потерянных звонков нет" if not violations else f"нарушений: {len(violations)}")
    return 1 if violations else 0


def _print(found: Report, assistant: AssistantFigures) -> None:
    total = found.total
    print(f"С {found.since:%d.%m.%Y} до {found.until:%d.%m.%Y}")
    lines = [
        ("звонков помощнику", str(found.calls)),
        ("решено без оператора", f"{found.contained} ({_percent(found.containment)})"),
        ("передано операторам", str(found.handed_over)),
        ("в очереди за период", str(total.offered)),
        ("отвечено", str(total.answered)),
        ("не дождались", f"{total.abandoned} ({_percent(total.abandonment)})"),
        ("обещано перезвонить", str(total.callbacks)),
        ("ждут сейчас", str(total.waiting)),
        ("в срок, от всех", _percent(total.service_level)),
        ("в срок, от отвеченных", _percent(total.service_level_answered)),
        ("ждали ответа в среднем", _seconds(total.asa_s)),
        ("ждали дольше всех", _seconds(total.longest_wait_s)),
        ("разговор с оформлением", _seconds(total.aht_s)),
        ("занятость операторов", _percent(found.occupancy)),
        ("равномерность (Джейн)", "-" if found.evenness is None else f"{found.evenness:.3f}"),
        ("не расслышано речи", _percent(assistant.recognition_failures)),
        ("не понято фраз", str(assistant.not_understood)),
        ("сбоев на ходу", str(assistant.failed)),
    ]
    for name, value in lines:
        print(f"  {name:24} {value}")
    for name, group in found.groups.items():
        print(
            f"  {name or '-':24} {group.offered:6} вошло {group.answered:6} отвечено"
            f"  в срок {_percent(group.service_level)}  ждали {_seconds(group.asa_s)}"
        )
    for topic, count in list(assistant.topics.items())[:_MOST_TOPICS]:
        print(f"  тема {topic:24} {count}")


def _print_needs(found: list[Need], as_json: bool) -> None:
    if as_json:
        rows = [{**asdict(need), "begins": f"{need.begins:%H:%M}"} for need in found]
        print(json.dumps(rows))
        return
    print("получас  звонков  операторов  в срок  занятость")
    for need in found:
        print(
            f"{need.begins:%H:%M}    {need.calls:7.1f}  {need.operators:10}"
            f"  {_percent(need.service_level):>6}  {_percent(need.occupancy):>9}"
        )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} с"
