"""Slips in hours.yml are named with their line and how to mend them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from routing.errors import HoursError
from routing.hours import check_hours, load_hours
from routing.hours_file import DAYS
from tests.routing.conftest import OFFICE

TODAY = date(2026, 11, 24)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "hours.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_hours_of_the_editors_are_good() -> None:
    path = Path(__file__).parents[2] / "nlu_data" / "hours.yml"
    assert check_hours(path, TODAY) == ()


@pytest.mark.parametrize(
    ("broken", "line", "named"),
    [
        (OFFICE.replace("Yekaterinburg", "Permograd"), 2, "Permograd"),
        (OFFICE.replace("timezone: Asia/Yekaterinburg\n", ""), None, "timezone"),
        (OFFICE.replace("  sun: closed\n", ""), 4, "sun"),
        (OFFICE.replace('"15:00"', '"09:00"'), 9, "sat"),
        (OFFICE.replace("closed", "[25:00, 26:00]"), 10, "sun"),
        (OFFICE.replace("closed", "[08:60, 20:00]"), 10, "sun"),
        (OFFICE.replace("closed", '"08:00-20:00"'), 10, "sun"),
        (OFFICE.replace("closed", "[08:00]"), 10, "sun"),
        (OFFICE.replace("closed", "[]"), 10, "sun"),
        (OFFICE.replace("closed", "{a: b}"), 10, "sun"),
        (OFFICE.replace("closed", "[[08:00, 12:00], [11:00, 20:00]]"), 10, "пересекаются"),
        (OFFICE.replace("closed", "[22:00, 06:00]"), 10, "24:00"),
        (OFFICE.replace("  sun:", "  sunday:"), 10, "«sun»"),
        (OFFICE + "  sun: closed", 11, "дважды"),
        (OFFICE + "holiday: closed", 11, "«holidays»"),
        (OFFICE + "holidays: free", 11, "usual"),
        (OFFICE + "moved_workdays: 8-20", 11, "exchanged"),
        (OFFICE + "before_holiday_min: час", 11, "от 0 до 240"),
        (OFFICE + "before_holiday_min: 99999999999", 11, "от 0 до 240"),
        (OFFICE + "before_holiday_min: -5", 11, "от 0 до 240"),
        (OFFICE + "special:\n  31.12.2026: closed", 12, "2026-12-31"),
        (OFFICE + "special:\n  2026-02-30: closed", 12, "2026-02-30"),
        (OFFICE + "special:\n  2026-12-31: {note: учёба}", 12, "в какие часы"),
        (OFFICE + "special: нет", 11, "special"),
        (OFFICE + "queues:\n  crisis: round the clock", 12, "crisis"),
        (OFFICE + "queues:\n  crisis: {weeks: ~}", 12, "«week»"),
        ("week: [", 1, "YAML"),
        ("- mon", 1, "ключ"),
        ("", None, "пуст"),
        ("timezone: Asia/Yekaterinburg\nweek: &a [*a]", 2, "week"),
        ("timezone: ../etc/passwd\n" + OFFICE.split("\n", 2)[2], 1, "passwd"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, broken: str, line: int | None, named: str) -> None:
    path = write(tmp_path, broken)
    place = "hours.yml: " if line is None else f"hours.yml:{line}: "
    with pytest.raises(HoursError) as caught:
        load_hours(path)
    assert str(caught.value).startswith(place)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)
    found = check_hours(path, TODAY)
    assert all(problem.mend and problem.consequence for problem in found)


def test_every_slip_is_found_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, OFFICE.replace("closed", "open") + "specials: {}\n")
    assert [problem.line for problem in check_hours(path, TODAY)] == [11]
    path = write(tmp_path, OFFICE.replace("closed", "open") + "holidays: maybe\n")
    assert [problem.line for problem in check_hours(path, TODAY)] == [10, 11]
    with pytest.raises(HoursError, match=r"и ещё ошибок: 1"):
        load_hours(path)


@pytest.mark.parametrize("data", ["часы: круглые".encode("cp1251"), b"\x00\x01\x02", b"\xff\xfe"])
def test_what_is_no_text_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hours.yml"
    path.write_bytes(data)
    with pytest.raises(HoursError, match=r"^hours\.yml.*(UTF-8|YAML)"):
        load_hours(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HoursError, match=r"hours\.yml"):
        load_hours(tmp_path / "hours.yml")


def test_a_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, OFFICE + "#" * 1_100_000)
    with pytest.raises(HoursError, match="мегабайта"):
        load_hours(path)


def test_hours_of_a_queue_that_does_not_exist_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, OFFICE + "queues:\n  complains: always\n")
    (found,) = check_hours(path, TODAY, queues={"complaints", "crisis"})
    assert found.line == 12
    assert "complaints" in found.mend
    assert check_hours(path, TODAY) == ()


def test_editors_hear_when_next_year_s_decree_is_not_known(tmp_path: Path) -> None:
    path = write(tmp_path, OFFICE)
    assert check_hours(path, date(2026, 12, 31)) == ()
    (found,) = check_hours(path, date(2039, 12, 1))
    assert found.severity == "warning"
    assert "2040" in found.message


def test_a_service_that_never_answers_is_noticed(tmp_path: Path) -> None:
    days = ", ".join(f"{day}: closed" for day in DAYS)
    path = write(tmp_path, f"timezone: Asia/Yekaterinburg\nweek: {{{days}}}")
    (found,) = check_hours(path, TODAY)
    assert found.severity == "warning"
    load_hours(path)
