"""Opening hours as a caller hears them, and as the region's site shows them: never apart."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from num2words import num2words

from routing.hours import OpeningHours, load_hours
from routing.hours_file import DAYS
from routing.schedule import Schedule
from routing.spoken_numbers import day_and_month, hour_and_minute, hours_end
from tests.routing.conftest import Hours
from tests.routing.test_hours import MOMENTS, NLU_DATA, _schedules

DAILY = load_hours(NLU_DATA / "hours.yml")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+05:00")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-24T10:00", "Операторы отвечают каждый день с восьми до двадцати часов."),
        (
            "2026-11-24T23:59",
            "Операторы отвечают каждый день с восьми до двадцати часов. "
            "Сейчас не отвечают, начнут завтра с восьми часов.",
        ),
        (
            "2026-11-25T00:00",
            "Операторы отвечают каждый день с восьми до двадцати часов. "
            "Сейчас не отвечают, начнут сегодня с восьми часов.",
        ),
    ],
)
def test_daily_hours(moment: str, said: str) -> None:
    assert DAILY.describe(at(moment)) == said


def test_a_round_the_clock_queue_says_so() -> None:
    assert DAILY.describe(at("2026-11-24T03:00"), "crisis") == "Операторы отвечают круглосуточно."


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-24T10:00", "Сегодня операторы отвечают с восьми до двадцати часов."),
        (
            "2026-11-28T16:00",  # Saturday after three
            "Сегодня операторы отвечают с десяти до пятнадцати часов. "
            "Сейчас не отвечают, начнут послезавтра с восьми часов.",
        ),
        ("2026-11-29T12:00", "Сегодня операторы не отвечают. Начнут завтра с восьми часов."),
        (
            "2026-11-03T12:00",
            "Сегодня, в предпраздничный день, операторы отвечают с восьми до девятнадцати часов.",
        ),
        (
            "2026-11-04T12:00",
            "Сегодня, в праздничный день, операторы не отвечают. Начнут завтра с восьми часов.",
        ),
        (
            "2025-12-31T12:00",
            "Сегодня, в выходной день, операторы не отвечают. "
            "Начнут десятого января, в субботу, с десяти часов.",
        ),
        (
            "2027-02-20T12:00",
            "Сегодня, в рабочий день по календарю, операторы отвечают "
            "с восьми до девятнадцати часов.",
        ),
        (
            "2026-12-07T08:15",
            "Сегодня операторы отвечают с восьми тридцати до двенадцати часов "
            "и с тринадцати до семнадцати часов сорока пяти минут. "
            "Сейчас не отвечают, начнут сегодня с восьми часов тридцати минут.",
        ),
    ],
)
def test_an_office_week(hours_of: Hours, moment: str, said: str) -> None:
    hours = hours_of(
        """
holidays: closed
before_holiday_min: 60
special:
  2026-12-07: {hours: [[08:30, 12:00], [13:00, 17:45]], note: учёба}
"""
    )
    assert hours.describe(at(moment)) == said


def test_every_day_is_not_said_when_a_closed_holiday_is_near(hours_of: Hours) -> None:
    week = ", ".join(f"{day}: [08:00, 20:00]" for day in DAYS)
    hours = hours_of("", f"timezone: Asia/Yekaterinburg\nweek: {{{week}}}\nholidays: closed")
    assert "каждый день" in hours.describe(at("2026-11-20T12:00"))
    assert "каждый день" not in hours.describe(at("2026-11-02T12:00"))
    assert hours.describe(at("2026-11-03T21:00")).endswith("начнут послезавтра с восьми часов.")


@settings(max_examples=300, deadline=None)
@given(schedule=_schedules(), moment=MOMENTS)
def test_what_is_said_is_what_is_published(schedule: Schedule, moment: datetime) -> None:
    hours = OpeningHours("Asia/Yekaterinburg", schedule)
    said = hours.describe(moment)
    assert re.fullmatch(r"[А-ЯЁа-яё ,.]+", said), said
    published = json.loads(json.dumps(hours.published(moment)))
    general = published["queues"]["general"]
    assert general["spoken"] == hours.describe(moment.replace(microsecond=0))
    if general["open_now"]:
        assert "не отвечают" not in said
        assert general["next_opening"] is None
    elif general["next_opening"] is None:
        assert "начнут" not in said.lower()
    else:
        assert "начнут" in said.lower()
        assert "не отвечают" in said
        assert general["next_opening"] == general["next_change"]


def test_a_changed_calendar_changes_speech_and_site_alike(hours_of: Hours) -> None:
    moment = at("2026-11-24T16:00")
    before = hours_of()
    after = hours_of("special: {2026-11-24: {hours: [08:00, 15:00], note: авария}}")
    assert before.on_duty(moment)
    assert not after.on_duty(moment)
    assert "пятнадцати часов" in after.describe(moment)
    general = after.published(moment)["queues"]["general"]
    assert general["open_now"] is False
    assert general["exceptions"][0] == {
        "date": "2026-11-24",
        "hours": [["08:00", "15:00"]],
        "kind": "special",
        "note": "авария",
        "as_usual": False,
    }


def test_the_site_shows_exceptions_of_the_next_sixty_days() -> None:
    general = DAILY.published(at("2026-11-24T10:00"))["queues"]["general"]
    dates = [day["date"] for day in general["exceptions"]]
    assert dates == ["2026-12-31", *[f"2027-01-0{n}" for n in range(1, 9)]]
    assert general["week"]["sun"] == [["08:00", "20:00"]]
    assert general["next_change"] == "2026-11-24T20:00:00+05:00"
    assert DAILY.published(at("2026-11-24T10:00"))["timezone"] == "Asia/Yekaterinburg"


def test_times_are_said_in_the_genitive() -> None:
    for minutes in range(1, 1440):
        hours, rest = divmod(minutes, 60)
        words = num2words(hours, lang="ru", case="genitive").replace("ё", "е")
        said = hour_and_minute(minutes).replace("ё", "е")
        assert said.startswith("часа" if minutes == 60 else words)
        if rest:
            tail = num2words(rest, lang="ru", case="genitive", gender="f")
            assert tail.replace("ё", "е") in hours_end(minutes).replace("ё", "е")
    assert hour_and_minute(0) == hour_and_minute(1440) == hours_end(1440) == "полуночи"
    assert hour_and_minute(605) == "десяти ноль пяти"
    assert hours_end(1260) == "двадцати одного часа"
    assert hours_end(661) == "одиннадцати часов одной минуты"


def test_days_are_said_in_the_genitive() -> None:
    for number in range(366):
        day = date(2028, 1, 1) + timedelta(days=number)
        words = num2words(day.day, lang="ru", to="ordinal", case="genitive", gender="n")
        assert day_and_month(day).split(" ")[:-1] == words.split(" "), day
