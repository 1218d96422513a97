"""`voice122 models`: which speech models there are, and bringing them here."""

from __future__ import annotations

import json

import click
from rich.console import Console

from models.catalogue import Catalogue
from models.choice import fetch_default
from models.fetch import fetch as fetch_model
from models.progress import FetchDisplay, rows, table
from models.store import ModelStore
from voice122.settings import Settings

WIDTH = 150
"""Columns of the catalogue's table, at least."""


@click.group()
def models() -> None:
    """Speech and language models."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_models(as_json: bool) -> None:
    """The catalogue: what is here, what is used for each role, and why."""
    settings = Settings()
    catalogue, store = Catalogue.load(), ModelStore(settings.models_dir)
    if as_json:
        for row in rows(catalogue, store):
            print(json.dumps(row, ensure_ascii=False))
    else:
        # A pipe or a narrow terminal must not cut names in two.
        Console(width=max(Console().width, WIDTH)).print(table(catalogue, store))


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def fetch(names: tuple[str, ...]) -> None:
    """Fetch models and check them; without a NAME, what a call needs."""
    settings = Settings()
    catalogue, store = Catalogue.load(), ModelStore(settings.models_dir)
    entries = [catalogue[name] for name in names]  # an unknown name fails before any download
    with FetchDisplay(Console(stderr=True)) as display:
        for entry in entries:
            fetch_model(entry, store, settings.models_source_dir, display)
        if not names:
            found = fetch_default(catalogue, store, settings.models_source_dir, display)
    if not names:
        console = Console(stderr=True)
        for note in found.notes:
            console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)
        for role, choice in found.choices.items():
            assert choice.entry is not None
            console.print(f"{role}: {choice.entry.name}", highlight=False)
