"""Entities of free speech: what an utterance names, found by the editors' lists and by grammars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from dialog.nlu.interpreter import Entity
from dialog.slots.lists import EntryList
from dialog.slots.readers import make_spotters
from dialog.slots.reading import Reading, SlotReader

_KINDS: Final = {
    "specialties": "specialty",
    "districts": "district",
    "municipalities": "municipality",
    "clinics": "clinic",
}
"""List -> kind of entity, as the training data calls it. Where two kinds claim the same words, the
first one stands: «Закамск» is a district before it is Perm."""
_GRAMMARS: Final = ("date", "time", "age")
_MOST: Final = 10
"""Values of one kind in a text; more are not speech."""


class ListEntities:
    """Finds what a text names; where two finds overlap, the longer one stays."""

    def __init__(
        self, lists: Mapping[str, EntryList], today: Callable[[], date] | None = None
    ) -> None:
        """`today`: tells the callers' date, from which «завтра» counts; without it neither dates
        nor times nor ages are found."""
        self._lists = {kind: lists[name] for name, kind in _KINDS.items() if name in lists}
        spotters = make_spotters({})
        self._grammars = {kind: spotters[kind] for kind in _GRAMMARS}
        self._today = today

    def __call__(self, text: str) -> tuple[Entity, ...]:
        """The entities of `text`, in its order, without overlaps."""
        found = [
            Entity(kind, item.entry.id, text[item.start : item.end], item.start, item.end)
            for kind, entries in self._lists.items()
            for item in entries.find(text, asked=False)
            if not item.rivals
        ]
        if self._today is not None:
            today = self._today()
            for kind, reader in self._grammars.items():
                found += [
                    Entity(kind, r.value, r.text, r.start, r.end) for r in _all(reader, text, today)
                ]
        kept: list[Entity] = []
        for entity in sorted(found, key=lambda e: (e.start - e.end, e.start)):
            if all(entity.end <= other.start or other.end <= entity.start for other in kept):
                kept.append(entity)
        return tuple(sorted(kept, key=lambda entity: entity.start))


def _all(reader: SlotReader, text: str, today: date) -> Iterable[Reading]:
    """Every value, last one first: a reader gives the last, then the text before it is read."""
    for _ in range(_MOST):
        reading = reader.read(text, today)
        if reading is None:
            return
        if not reading.unsure_between:
            yield reading
        text = text[: reading.start]
