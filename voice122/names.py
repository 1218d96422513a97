"""What the ids in briefs are called, for people who read them."""

from __future__ import annotations

from pathlib import Path

from dialog.script import Script
from dialog.slots.list_files import load_lists


def content_names(directory: Path, script: Script) -> dict[str, str]:
    """Names of topics and of the entries of all lists, by id.

    Raises:
        ContentError: a list is broken.
    """
    names = {name: topic.title for name, topic in script.topics.items()}
    for each in load_lists(directory / "lists").values():
        names |= {entry.id: entry.name for entry in each.entries.values()}
    return names
