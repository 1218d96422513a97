"""Opening hours decide whether an operator may be promised."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from routing.errors import HoursError
from routing.hours import OpeningHours, load_hours

WEEK = """
timezone: Asia/Yekaterinburg
week:
  mon: ["08:00", "20:00"]
  tue: ["08:00", "20:00"]
  wed: ["08:00", "20:00"]
  thu: ["08:00", "20:00"]
  fri: ["08:00", "18:00"]
  sat: ["10:00", "15:00"]
  sun: null
"""


@pytest.fixture
def hours(tmp_path: Path) -> OpeningHours:
    path = tmp_path / "hours.yml"
    path.write_text(WEEK)
    return load_hours(path)


@pytest.mark.parametrize(
    ("at", "on_duty"),
    [
        ("2026-11-23T08:00:00+05:00", True),
        ("2026-11-23T07:59:59+05:00", False),
        ("2026-11-23T19:59:59+05:00", True),
        ("2026-11-23T20:00:00+05:00", False),
        ("2026-11-27T19:00:00+05:00", False),  # a short Friday
        ("2026-11-29T12:00:00+05:00", False),  # Sunday
        ("2026-11-23T04:00:00+00:00", True),  # nine in the morning in Perm
        ("2026-11-22T23:59:59+03:00", False),  # Monday, 01:59 in Perm
    ],
)
def test_duty_is_judged_in_the_region_s_time(hours: OpeningHours, at: str, on_duty: bool) -> None:
    assert hours.on_duty(datetime.fromisoformat(at)) is on_duty


def test_hours_of_the_editors_are_good() -> None:
    load_hours(Path(__file__).parents[2] / "nlu_data" / "hours.yml")


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (WEEK.replace("Asia/Yekaterinburg", "Asia/Permograd"), "Permograd"),
        (WEEK.replace("  sun: null\n", ""), "sun"),
        (WEEK.replace('"15:00"', '"09:00"'), "sat"),
        (WEEK.replace("null", "[25:00, 26:00]"), "sun"),
        ("week: [", "hours.yml"),
        ("", "hours.yml"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, broken: str, named: str) -> None:
    path = tmp_path / "hours.yml"
    path.write_text(broken)
    with pytest.raises(HoursError, match=named):
        load_hours(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HoursError, match=r"hours\.yml"):
        load_hours(tmp_path / "hours.yml")
