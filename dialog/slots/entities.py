"""Entities of free speech: what an utterance names, found by the editors' lists."""

from __future__ import annotations

from collections.abc import Mapping

from dialog.nlu.interpreter import Entity
from dialog.slots.lists import EntryList

_KINDS = {"specialties": "specialty", "municipalities": "municipality"}
"""List -> kind of entity, as the training data calls it."""


class ListEntities:
    """Finds every entry of the lists in a text; where two overlap, the longer one stays."""

    def __init__(self, lists: Mapping[str, EntryList]) -> None:
        self._lists = {kind: lists[name] for name, kind in _KINDS.items() if name in lists}

    def __call__(self, text: str) -> tuple[Entity, ...]:
        """The entities of `text`, in its order, without overlaps."""
        found = [
            Entity(kind, item.entry.id, text[item.start : item.end], item.start, item.end)
            for kind, entries in self._lists.items()
            for item in entries.find(text)
        ]
        kept: list[Entity] = []
        for entity in sorted(found, key=lambda e: (e.start - e.end, e.start)):
            if all(entity.end <= other.start or other.end <= entity.start for other in kept):
                kept.append(entity)
        return tuple(sorted(kept, key=lambda entity: entity.start))
