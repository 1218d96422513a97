"""Outside numbers: a wrong one is never said, and never dialled."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from routing.destinations import Destinations
from routing.destinations_file import check_destinations, load_destinations
from routing.errors import DestinationsError
from routing.spoken_numbers import digits_of

ZONE = "Asia/Yekaterinburg"
TODAY = date(2026, 11, 24)
NLU_DATA = Path(__file__).parents[2] / "nlu_data"
ONE = """
destinations:
  clinic:
    title: справочная
    number: "2120000"
    spoken: ["двести двенадцать, ноль ноль, ноль ноль"]
    connect: yes
    hours: {mon: [08:00, 20:00], tue: ~, wed: ~, thu: ~, fri: ~, sat: ~, sun: closed}
    use: answer
    owner: служба 122
    checked: 2026-11-01
    review_by: 2027-06-01
    valid_until: 2027-07-01
    facts: [invented]
    sources:
      - {title: "Страница", url: "https://example.org", date: 2026-11-01}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "destinations.yml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def ours() -> Destinations:
    return load_destinations(NLU_DATA / "destinations.yml", ZONE)


def test_the_editors_numbers_are_good() -> None:
    assert check_destinations(NLU_DATA / "destinations.yml", ZONE, TODAY) == ()


def test_emergency_numbers_are_connected_day_and_night(ours: Destinations) -> None:
    night = datetime.fromisoformat("2027-01-01T03:00+05:00")
    for number in ("103", "112"):
        item = ours.by_number(number)
        assert item is not None
        assert item.answers(night)
        assert ours.may_connect(number, night.date())


def test_every_number_that_a_topic_redirects_to_is_there(ours: Destinations) -> None:
    topics = yaml.safe_load((NLU_DATA / "intents.yml").read_text(encoding="utf-8"))["intents"]
    numbers = {topic["number"] for topic in topics.values() if "number" in topic}
    assert numbers
    assert all(ours.may_connect(number, TODAY) for number in numbers)


def test_numbers_that_may_only_be_said_are_not_connected(ours: Destinations) -> None:
    assert ours.by_number("2173370") is not None
    assert not ours.may_connect("2173370", TODAY)
    assert not ours.may_connect("122", TODAY)
    assert not ours.may_connect("911", TODAY)
    assert "двести семнадцать, тридцать три, семьдесят" in ours.spoken_numbers(TODAY)


def test_every_number_rests_on_facts_that_are_known(ours: Destinations) -> None:
    """The covid line of 2022 is not among them."""
    assert all(item.facts and item.sources for item in ours.items.values())
    assert ours.by_number("3422580787") is None
    assert "complaint_perm_minzdrav_hotline" not in {
        fact for item in ours.items.values() for fact in item.facts
    }


def test_hours_and_dates_hold(tmp_path: Path) -> None:
    found = load_destinations(write(tmp_path, ONE), ZONE)
    item = found.items["clinic"]
    assert item.answers(datetime.fromisoformat("2026-11-23T12:00+05:00"))
    assert not item.answers(datetime.fromisoformat("2026-11-24T12:00+05:00"))
    assert found.may_connect("2120000", date(2027, 7, 1))
    assert not found.may_connect("2120000", date(2027, 7, 2))
    assert found.spoken_numbers(date(2027, 7, 2)) == frozenset()


@pytest.mark.parametrize(
    ("today", "named"),
    [
        (date(2026, 11, 24), None),
        (date(2027, 6, 1), None),
        (date(2027, 6, 2), "пора было проверить"),
        (date(2027, 6, 30), "действует до 01.07.2027"),
        (date(2027, 7, 2), "действовал до 01.07.2027"),
    ],
)
def test_numbers_that_grow_old_are_named(tmp_path: Path, today: date, named: str | None) -> None:
    text = ONE.replace("valid_until: 2027-07-01", "valid_until: 2027-07-01")
    found = [str(problem) for problem in check_destinations(write(tmp_path, text), ZONE, today)]
    if named is None:
        assert found == []
    else:
        assert named in found[0]


@pytest.mark.parametrize(
    ("old", "new", "line", "named"),
    [
        ('"2120000"', '"212-00-00"', 5, "не номер"),
        ('"2120000"', '"2120001"', 6, "это 2120000, а не 2120001"),
        ("двести двенадцать", "двести тринадцать", 6, "это 2130000"),
        ("двести двенадцать", "двести двенадцатый", 6, "не числа"),
        ('["двести двенадцать, ноль ноль, ноль ноль"]', "[]", 6, "как звучит"),
        ("connect: yes", "connect: maybe", 7, "yes или no"),
        ("{mon: [08:00, 20:00], tue: ~,", "{mon: [08:00, 20:00],", 8, "tue"),
        ("sun: closed}", "sun: [20:00, 08:00]}", 8, "sun"),
        ("use: answer", "use: never", 9, "caveat"),
        ("owner: служба 122", "owner: ''", 10, "owner"),
        ("checked: 2026-11-01", "checked: вчера", 11, "вчера"),
        ("checked: 2026-11-01", "checked: ~", 11, "проверки"),
        ("    title: справочная\n", "", 4, "title"),
        ("    owner:", "    ouner:", 10, "«owner»"),
        ("valid_until: 2027-07-01", "valid_until: 2027-13-01", 13, "2027-13-01"),
        (ONE[ONE.index("    sources:") :], "", 4, "откуда номер"),
        ("destinations:", "destination:", 2, "«destinations»"),
        ("destinations:", "destinations: [", 4, "YAML"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, old: str, new: str, line: int, named: str) -> None:
    assert old in ONE
    path = write(tmp_path, ONE.replace(old, new, 1))
    with pytest.raises(DestinationsError) as caught:
        load_destinations(path, ZONE)
    found = check_destinations(path, ZONE, TODAY)
    assert any(problem.line == line and named in str(problem) for problem in found), found
    assert str(caught.value).startswith("destinations.yml:")


def test_a_number_stands_there_once(tmp_path: Path) -> None:
    second = ONE.split("destinations:\n")[1].replace("  clinic:", "  other:")
    with pytest.raises(DestinationsError, match="уже есть у «clinic»"):
        load_destinations(write(tmp_path, ONE + second), ZONE)


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5))
def test_numbers_said_in_groups_come_back(groups: list[int]) -> None:
    said = ", ".join(num2words(group, lang="ru") for group in groups)
    assert digits_of(said) == "".join(map(str, groups))


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("восемь восемьсот, две тысячи, сто двадцать два", "88002000122"),
        ("восемь-восемьсот, пятьсот пятьдесят, девяносто девять, ноль три", "88005509903"),
        ("сто двадцать четыре", "124"),
        ("ноль ноль семь", "007"),
        ("двадцать двенадцать", "2012"),
        ("сто пятнадцать тридцать", "11530"),
        ("Сто три", "103"),
        ("сто третий", None),
        ("", ""),
    ],
)
def test_groups_of_words_are_read(said: str, digits: str | None) -> None:
    assert digits_of(said) == digits
