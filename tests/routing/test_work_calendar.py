"""The work calendar of 2024 to 2027, as the government decreed it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.work_calendar import DayKind, calendar_day, decreed_until
from tests.routing.conftest import Hours

WORKED = {
    2024: {"04-27": "04-29", "11-02": "04-30", "12-28": "12-30"},
    2025: {"11-01": "11-03"},
    2026: {},
    2027: {"02-20": "02-22"},
}
SHORTER = {
    2024: "02-22 03-07 05-08 06-11 11-02",
    2025: "03-07 04-30 06-11 11-01",
    2026: "04-30 05-08 06-11 11-03",
    2027: "02-20 04-30 06-11 11-03",
}
MOVED = {
    2025: "05-02 05-08 06-13 11-03 12-31",
    2026: "01-09 03-09 05-11 12-31",
    2027: "02-22 05-03 05-10 06-14 11-05 12-31",
}
HOLIDAYS = "01-01 01-02 01-03 01-04 01-05 01-06 01-07 01-08 02-23 03-08 05-01 05-09 06-12 11-04"


def days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0))]


def of_kind(year: int, kind: DayKind) -> str:
    return " ".join(f"{day:%m-%d}" for day in days(year) if calendar_day(day).kind is kind)


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2031])
def test_holidays_of_the_law_come_every_year(year: int) -> None:
    assert of_kind(year, DayKind.HOLIDAY) == HOLIDAYS


@pytest.mark.parametrize("year", MOVED)
def test_days_off_are_where_they_were_moved(year: int) -> None:
    assert of_kind(year, DayKind.MOVED_DAY_OFF) == MOVED[year]


@pytest.mark.parametrize("year", WORKED)
def test_worked_weekends_know_what_they_were_exchanged_for(year: int) -> None:
    found = {day: calendar_day(day) for day in days(year)}
    assert {
        f"{day:%m-%d}": f"{known.exchanged_for:%m-%d}"
        for day, known in found.items()
        if known.kind is DayKind.MOVED_WORKDAY
    } == WORKED[year]


@pytest.mark.parametrize("year", SHORTER)
def test_working_days_before_a_holiday_are_shorter(year: int) -> None:
    """As the official work calendars list them, the exchanged Saturdays among them."""
    shorter = " ".join(f"{day:%m-%d}" for day in days(year) if calendar_day(day).shorter)
    assert shorter == SHORTER[year]


@given(st.dates(date(2005, 1, 1), date(2040, 12, 31)))
def test_a_shorter_day_is_a_working_day(day: date) -> None:
    known = calendar_day(day)
    if known.shorter:
        assert known.kind in (DayKind.BEFORE_HOLIDAY, DayKind.MOVED_WORKDAY)
    if known.kind is DayKind.MOVED_WORKDAY:
        assert day.weekday() >= 5
        assert known.exchanged_for is not None
        assert calendar_day(known.exchanged_for).kind is DayKind.MOVED_DAY_OFF
    if known.kind in (DayKind.HOLIDAY, DayKind.MOVED_DAY_OFF):
        assert known.name


def test_decrees_are_known_for_next_year() -> None:
    assert decreed_until() >= 2027


RULES = """
holidays: [10:00, 16:00]
before_holiday_min: 60
"""


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        *[(f"2026-01-0{n}", 10, 16) for n in range(1, 10)],  # the 9th by decree
        ("2026-01-10", 10, 15),  # Saturday
        ("2026-02-20", 8, 18),  # Friday; the 23rd is a Monday, so nothing is shortened
        ("2026-02-23", 10, 16),
        ("2026-03-08", 10, 16),
        ("2026-03-09", 10, 16),  # instead of Sunday the 8th
        ("2026-04-30", 8, 19),  # Thursday, an hour shorter
        ("2026-05-01", 10, 16),
        ("2026-05-02", 10, 15),  # only a Saturday
        ("2026-05-08", 8, 17),  # a Friday, an hour shorter
        ("2026-05-09", 10, 16),
        ("2026-05-11", 10, 16),
        ("2026-06-11", 8, 19),
        ("2026-06-12", 10, 16),
        ("2026-11-03", 8, 19),
        ("2026-11-04", 10, 16),
        ("2026-12-30", 8, 20),  # not shortened: the 31st is no holiday, only a day off
        ("2026-12-31", 10, 16),
        ("2027-02-20", 8, 19),  # Saturday, worked like Monday the 22nd, an hour shorter
        ("2027-02-22", 10, 16),
        ("2025-11-01", 8, 19),  # Saturday, worked like Monday the 3rd
    ],
)
def test_the_schedule_follows_the_calendar(
    hours_of: Hours, day: str, opens: int, closes: int
) -> None:
    assert hours_of(RULES).day(date.fromisoformat(day)).hours == ((opens * 60, closes * 60),)


def test_moved_workdays_may_keep_their_weekend_hours(hours_of: Hours) -> None:
    hours = hours_of("moved_workdays: usual")
    assert hours.day(date(2027, 2, 20)).hours == ((600, 900),)
    hours = hours_of("moved_workdays: closed")
    assert hours.day(date(2027, 2, 20)).hours == ()


def test_special_days_go_before_holidays(hours_of: Hours) -> None:
    hours = hours_of("holidays: closed\nspecial: {2027-01-02: [09:00, 13:00]}")
    assert hours.day(date(2027, 1, 2)).hours == ((540, 780),)
    assert hours.day(date(2027, 1, 3)).hours == ()


def test_a_day_shorter_than_the_cut_is_closed(hours_of: Hours) -> None:
    week = "{mon: ~, tue: [[08:00, 09:00], [10:00, 10:30]], wed: ~, thu: ~, fri: ~, sat: ~, sun: ~}"
    text = f"timezone: Asia/Yekaterinburg\nweek: {week}\nbefore_holiday_min: "
    assert hours_of("60", text).day(date(2026, 11, 3)).hours == ((480, 510),)
    assert hours_of("120", text).day(date(2026, 11, 3)).hours == ()
