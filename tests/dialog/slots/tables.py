"""Tables of what callers say: one case a line, ``words -> value``; ``-`` where nothing is read."""

from __future__ import annotations

from datetime import date

import pytest

from dialog.slots.reading import SlotReader

TODAY = date(2026, 11, 24)
"""A Tuesday."""
NOTHING = "-"


def cases(table: str) -> pytest.MarkDecorator:
    """Parametrises a test by (said, expected); lines that begin with # are for the reader."""
    rows = [line.split(" -> ") for line in table.strip().splitlines() if " -> " in line]
    said = [row[0].strip() for row in rows]
    assert len(set(said)) == len(said), "a case twice"
    return pytest.mark.parametrize(
        ("said", "expected"), [(row[0].strip(), row[1].strip()) for row in rows], ids=said
    )


def value(reader: SlotReader, said: str) -> str:
    """What `reader` reads, as the tables write it: ``a | b`` where it is unsure between two."""
    reading = reader.read(said, TODAY)
    if reading is None:
        return NOTHING
    assert said[reading.start : reading.end] == reading.text
    assert reading.text
    assert 0 < reading.confidence <= 1
    if reading.unsure_between:
        assert reading.value == reading.unsure_between[0]
        return " | ".join(reading.unsure_between)
    return reading.value
