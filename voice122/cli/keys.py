"""`voice122 keys`: API keys, made and ended on the server itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta

import click

from routing.access import ApiKey, ApiKeys, Role
from voice122.settings import Settings
from voice122.wiring import open_store


@click.group()
def keys() -> None:
    """Make, list and revoke keys of the HTTP API."""


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", help="Its owner sees only this organisation's; all by default.")
@click.option("--operator", help="For the role operator: the operator's id.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="How long it works; for good by default."
)
def create(
    name: str, role: str, organisation: str | None, operator: str | None, days: int | None
) -> None:
    """Make a key for NAME and print it. It is shown this once: the store has only a digest."""
    until = None if days is None else _now() + timedelta(days=days)
    with _opened() as opened:
        key, text = opened.create(
            name, Role(role), organisation=organisation, operator=operator, expires_at=until
        )
    click.echo(
        f"key {key.id} for {key.name}, role {key.role}; keep it, it is shown once:", err=True
    )
    print(text)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """List keys without their secrets, oldest first."""
    with _opened() as opened:
        listing = opened.listing()
    for key in listing:
        if as_json:
            print(json.dumps(asdict(key), ensure_ascii=False, default=datetime.isoformat))
        else:
            print(_line(key))


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End the key KEY_ID at once."""
    with _opened() as opened:
        key = opened.revoke(key_id)
    if key is None:
        raise click.ClickException(f"there is no key {key_id}; see: voice122 keys list")
    print(_line(key))


@contextmanager
def _opened() -> Iterator[ApiKeys]:
    store = open_store(Settings())
    try:
        yield ApiKeys(store, _now)
    finally:
        store.close()


def _now() -> datetime:
    return datetime.now().astimezone()


def _line(key: ApiKey) -> str:
    if key.revoked_at is not None:
        state = f"revoked {key.revoked_at.astimezone():%d.%m.%Y}"
    elif not key.works(_now()):
        state = "expired"
    elif key.last_used_at is None:
        state = "never used"
    else:
        state = f"used {key.last_used_at.astimezone():%d.%m.%Y %H:%M}"
    whose = key.operator or key.organisation or "all"
    return f"{key.id}  {key.role:10}  {whose:16}  {state:22}  {key.name}"
