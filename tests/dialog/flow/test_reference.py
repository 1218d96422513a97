"""The editors' reference of the flow language is generated, and up to date."""

from __future__ import annotations

from pathlib import Path

from dialog.flow.reference import reference

DOCUMENT = Path(__file__).parents[3] / "docs" / "flows.md"


def test_reference_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), (
        "run: voice122 content reference > docs/flows.md"
    )
