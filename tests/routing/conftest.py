"""Hours as an editor would write them, and a way to write others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing.hours import OpeningHours, load_hours

OFFICE = """
timezone: Asia/Yekaterinburg
week:
  mon: ["08:00", "20:00"]
  tue: ["08:00", "20:00"]
  wed: ["08:00", "20:00"]
  thu: ["08:00", "20:00"]
  fri: ["08:00", "18:00"]
  sat: ["10:00", "15:00"]
  sun: closed
"""
"""An office: a short Friday, half a Saturday, free on Sunday."""

Hours = Callable[..., OpeningHours]


@pytest.fixture
def hours_of(tmp_path: Path) -> Hours:
    """Opening hours of a text, by default those of the office; more lines come after it."""

    def load(more: str = "", text: str = OFFICE) -> OpeningHours:
        path = tmp_path / "hours.yml"
        path.write_text(text + more, encoding="utf-8")
        return load_hours(path)

    return load
