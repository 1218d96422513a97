"""Opening hours decide whether an operator may be promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.hours import OpeningHours, load_hours
from routing.schedule import ALL_DAY, CLOSED, Hours, Schedule, SpecialDay
from tests.routing.conftest import Hours as HoursOf

NLU_DATA = Path(__file__).parents[2] / "nlu_data"
EVERY_DAY = """
timezone: Asia/Yekaterinburg
week: {mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always}
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "on_duty"),
    [
        ("2026-11-23T08:00:00+05:00", True),
        ("2026-11-23T07:59:59.999+05:00", False),
        ("2026-11-23T19:59:59.999+05:00", True),
        ("2026-11-23T20:00:00+05:00", False),
        ("2026-11-27T19:00:00+05:00", False),  # a short Friday
        ("2026-11-29T12:00:00+05:00", False),  # Sunday
        ("2026-11-23T04:00:00+00:00", True),  # nine in the morning in Perm
        ("2026-11-22T23:59:59+03:00", False),  # Monday, 01:59 in Perm
    ],
)
def test_duty_is_judged_in_the_region_s_time(hours_of: HoursOf, moment: str, on_duty: bool) -> None:
    assert hours_of().on_duty(at(moment)) is on_duty


def test_a_moment_without_a_zone_is_refused(hours_of: HoursOf) -> None:
    with pytest.raises(ValueError, match=r"\+05:00"):
        hours_of().on_duty(datetime(2026, 11, 23, 12))


@pytest.mark.parametrize(
    ("moment", "on_duty"),
    [
        ("2026-11-23T23:59:59+05:00", True),
        ("2026-11-24T00:00:00+05:00", True),
        ("2026-11-24T07:59:59+05:00", True),
        ("2026-11-24T08:00:00+05:00", False),
        ("2026-11-23T22:00:00+05:00", True),
        ("2026-11-23T21:59:59+05:00", False),
        ("2026-11-25T00:00:00+05:00", False),  # Tuesday night is not served
    ],
)
def test_a_night_shift_goes_through_midnight(hours_of: HoursOf, moment: str, on_duty: bool) -> None:
    night = """
timezone: Asia/Yekaterinburg
week: {mon: [22:00, 24:00], tue: [00:00, 08:00], wed: closed, thu: ~, fri: ~, sat: ~, sun: ~}
"""
    hours = hours_of(text=night)
    assert hours.on_duty(at(moment)) is on_duty
    assert hours.next_change(at("2026-11-23T23:00+05:00")) == at("2026-11-24T08:00+05:00")


def test_a_dinner_break_is_no_duty(hours_of: HoursOf) -> None:
    text = EVERY_DAY.replace("mon: always", "mon: [[08:00, 12:00], [13:00, 20:00]]")
    hours = hours_of(text=text)
    assert hours.on_duty(at("2026-11-23T11:59+05:00"))
    assert not hours.on_duty(at("2026-11-23T12:30+05:00"))
    assert hours.next_opening(at("2026-11-23T12:30+05:00")) == at("2026-11-23T13:00+05:00")


def test_a_queue_has_its_own_hours_and_others_the_general_ones(hours_of: HoursOf) -> None:
    hours = hours_of(
        """
queues:
  crisis: always
  complaints:
    week: {mon: [09:00, 17:00], tue: ~, wed: ~, thu: ~, fri: ~, sat: ~, sun: ~}
"""
    )
    night, morning = at("2026-11-23T03:00+05:00"), at("2026-11-23T08:30+05:00")
    assert hours.on_duty(night, "crisis")
    assert not hours.on_duty(night, "appointments")
    assert not hours.on_duty(morning, "complaints")
    assert hours.on_duty(morning, "appointments")
    assert hours.on_duty(morning)


def test_a_queue_takes_over_what_it_does_not_say(hours_of: HoursOf) -> None:
    hours = hours_of(
        """
special: {2026-11-25: closed}
holidays: closed
queues:
  complaints: {special: {2026-11-26: [10:00, 11:00]}}
  crisis: always
"""
    )
    assert not hours.on_duty(at("2026-11-25T12:00+05:00"), "complaints")
    assert not hours.on_duty(at("2026-11-26T12:00+05:00"), "complaints")
    assert hours.on_duty(at("2026-11-26T12:00+05:00"))
    assert not hours.on_duty(at("2027-01-01T12:00+05:00"), "complaints")
    assert hours.on_duty(at("2027-01-01T12:00+05:00"), "crisis")


def test_a_queue_that_never_closes_has_no_next_change(hours_of: HoursOf) -> None:
    hours = hours_of("queues: {crisis: always}")
    moment = at("2026-11-23T23:00+05:00")
    assert hours.next_change(moment, "crisis") is None
    assert hours.next_opening(moment, "crisis") == moment


def test_nobody_ever_answers_where_every_day_is_closed(hours_of: HoursOf) -> None:
    hours = hours_of(text=EVERY_DAY.replace("always", "closed"))
    moment = at("2026-11-23T12:00+05:00")
    assert hours.next_opening(moment) is None
    assert hours.next_change(moment) is None


def test_the_next_opening_skips_the_whole_new_year_holidays(hours_of: HoursOf) -> None:
    hours = hours_of("holidays: closed\n")
    # 2026: 31 December to 8 January and, by decree, 9 January; Saturday the 10th is served.
    assert hours.next_opening(at("2025-12-31T12:00+05:00")) == at("2026-01-10T10:00+05:00")


def test_the_editors_hours_keep_the_crisis_line_open() -> None:
    hours = load_hours(NLU_DATA / "hours.yml")
    assert hours.on_duty(at("2027-01-01T03:00+05:00"), "crisis")
    assert not hours.on_duty(at("2027-01-01T03:00+05:00"))


MINUTES = st.integers(0, 1440)
SPANS = st.lists(MINUTES, max_size=6, unique=True).map(
    lambda ends: tuple(zip(*[iter(sorted(ends))] * 2, strict=False))
)
HOURS: st.SearchStrategy[Hours] = st.one_of(st.just(CLOSED), st.just(ALL_DAY), SPANS)
DATES = st.dates(date(2024, 12, 20), date(2028, 1, 20))


@st.composite
def _schedules(draw: st.DrawFn) -> Schedule:
    days = [draw(HOURS) for _ in range(7)]
    return Schedule(
        week=(days[0], days[1], days[2], days[3], days[4], days[5], days[6]),
        holidays=draw(st.one_of(st.just("usual"), HOURS)),
        moved_workdays=draw(st.one_of(st.sampled_from(["usual", "exchanged"]), HOURS)),
        before_holiday_min=draw(st.integers(0, 240)),
        special=draw(st.dictionaries(DATES, HOURS.map(SpecialDay), max_size=5)),
    )


MOMENTS = st.builds(
    lambda day, second, shift: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second, hours=shift)
    ),
    DATES,
    st.one_of(st.integers(0, 86_399), st.sampled_from([0, 68_399, 68_400, 68_401, 86_399])),
    st.integers(-12, 12),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    schedule=_schedules(),
    moment=MOMENTS,
    zone=st.sampled_from(["Asia/Yekaterinburg", "Europe/Kaliningrad", "Asia/Kamchatka"]),
)
def test_the_next_change_is_where_duty_changes(
    schedule: Schedule, moment: datetime, zone: str
) -> None:
    hours = OpeningHours(zone, schedule)
    now = hours.on_duty(moment)
    change = hours.next_change(moment)
    opening = hours.next_opening(moment)
    if now:
        assert opening == moment
    if change is None:
        assert now == (opening is not None)
        end = moment + timedelta(days=120)
    else:
        assert change > moment
        assert change.utcoffset() == hours.local(change).utcoffset()
        assert hours.on_duty(change) is not now
        end = change
        if not now:
            assert opening == change
    # Nothing happens before the change: looked at every 31 minutes, and just before it.
    steps = [moment + timedelta(minutes=31 * n) for n in range(400)]
    assert all(hours.on_duty(step) is now for step in steps if step < end)
    assert hours.on_duty(end - timedelta(seconds=1)) is now or end - moment < timedelta(seconds=1)


@settings(max_examples=200, deadline=None)
@given(schedule=_schedules(), day=DATES)
def test_hours_of_any_day_are_in_order_and_inside_it(schedule: Schedule, day: date) -> None:
    ends = [minute for span in schedule.day(day).hours for minute in span]
    assert ends == sorted(ends)
    assert all(0 <= minute <= 1440 for minute in ends)
    assert all(opens < closes for opens, closes in schedule.day(day).hours)


@settings(max_examples=100, deadline=None)
@given(schedule=_schedules(), moment=MOMENTS)
def test_the_same_moment_is_judged_alike_in_every_zone(
    schedule: Schedule, moment: datetime
) -> None:
    hours = OpeningHours("Asia/Yekaterinburg", schedule)
    for shift in (-11, 0, 3, 5, 12):
        elsewhere = moment.astimezone(timezone(timedelta(hours=shift)))
        assert hours.on_duty(elsewhere) is hours.on_duty(moment)
        assert hours.next_change(elsewhere) == hours.next_change(moment)


def test_clocks_that_change_do_not_confuse_the_next_change() -> None:
    """No Russian zone changes its clocks, but a schedule must not break in one that does."""
    night = ((0, 150), (200, 400))  # 00:00-02:30 and 03:20-06:40
    hours = OpeningHours("Europe/Berlin", Schedule(week=(night,) * 7))
    for moment in (at("2026-03-28T23:30+00:00"), at("2026-10-24T22:30+00:00")):
        change = moment
        for _ in range(8):
            now = hours.on_duty(change)
            following = hours.next_change(change)
            assert following is not None
            assert following > change
            assert (
                hours.on_duty(following) is not now or following.utcoffset() != change.utcoffset()
            )
            change = following
