"""Reads `nlu_data/hours.yml`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import yaml

from routing.editors_file import EditorsFile, items, scalar
from routing.schedule import ALL_DAY, ALWAYS, CLOSED, USUAL, Hours, Schedule, SpecialDay

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RULES: Final = ("week", "holidays", "moved_workdays", "before_holiday_min", "special")
_SECTIONS: Final = ("timezone", *_RULES, "queues")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})")
_EXAMPLE: Final = 'Пишите: ["08:00", "20:00"], closed (не отвечают) или always (круглосуточно)'
_MAX_SHORTER_MIN: Final = 240


@dataclass(frozen=True)
class HoursFile:
    """What the file says."""

    timezone: str
    default: Schedule
    queues: dict[str, Schedule]


def read_hours(
    path: Path, queues: Collection[str] | None = None
) -> tuple[HoursFile | None, EditorsFile]:
    """Read the file; None where it may not be loaded. The problems are in the second value.

    Args:
        queues: names that exist; where given, hours of any other queue are a problem.
    """
    file = EditorsFile(path.name)
    root = file.root(path, _SECTIONS)
    if file.broken:
        return None, file
    timezone = _timezone(file, root.get("timezone"))
    default = _schedule(file, "расписание", root, None)
    overrides: dict[str, Schedule] = {}
    if "queues" in root:
        for name, node in file.mapping(root["queues"], "queues").items():
            if queues is not None and name not in queues:
                file.error(node, f"нет очереди «{name}»", f"Бывает: {', '.join(sorted(queues))}")
            overrides[name] = _queue(file, name, node, default)
    if file.broken:
        return None, file
    return HoursFile(timezone, default, overrides), file


def _timezone(file: EditorsFile, node: yaml.Node | None) -> str:
    name = scalar(node) or ""
    try:
        if name not in available_timezones():  # ZoneInfo would take files beside the database
            raise ZoneInfoNotFoundError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        wrong = f"неизвестный часовой пояс «{name}»" if name else "не назван часовой пояс"
        file.error(node, wrong, "Напишите: timezone: Asia/Yekaterinburg")
    return name


def _queue(file: EditorsFile, name: str, node: yaml.Node, default: Schedule) -> Schedule:
    if scalar(node) == "always":
        return ALWAYS
    rules = file.mapping(node, f"очередь {name}", _RULES)
    return _schedule(file, f"очередь {name}", rules, default)


def _schedule(
    file: EditorsFile, what: str, rules: dict[str, yaml.Node], default: Schedule | None
) -> Schedule:
    """The schedule of `rules`; what they do not name comes from `default`."""
    if "week" in rules:
        week = read_week(file, f"{what}, week", rules["week"])
    elif default is not None:
        week = default.week
    else:
        file.error(None, "нет раздела week", "Напишите часы каждого дня недели, от mon до sun")
        week = (CLOSED,) * 7
    schedule = Schedule(week=week) if default is None else replace(default, week=week)
    if "holidays" in rules:
        hours = _hours_or(file, f"{what}, holidays", rules["holidays"], (USUAL,))
        schedule = replace(schedule, holidays=cast("Hours | Literal['usual']", hours))
    if "moved_workdays" in rules:
        words = (USUAL, "exchanged")
        hours = _hours_or(file, f"{what}, moved_workdays", rules["moved_workdays"], words)
        moved = cast("Hours | Literal['usual', 'exchanged']", hours)
        schedule = replace(schedule, moved_workdays=moved)
    if "before_holiday_min" in rules:
        shorter = _minutes(file, what, rules["before_holiday_min"])
        schedule = replace(schedule, before_holiday_min=shorter)
    if "special" in rules:
        special = _special(file, what, rules["special"])
        schedule = replace(schedule, special={**schedule.special, **special})
    return schedule


def read_week(
    file: EditorsFile, what: str, node: yaml.Node
) -> tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]:
    """Hours from Monday to Sunday; whatever is wrong with them becomes a problem of `file`."""
    days = file.mapping(node, what, DAYS)
    missing = [day for day in DAYS if day not in days]
    if missing:
        file.error(
            node,
            f"{what}: не хватает дней: {', '.join(missing)}",
            f"Допишите их; {_EXAMPLE[0].lower()}{_EXAMPLE[1:]}",
        )
        return (CLOSED,) * 7
    mon, tue, wed, thu, fri, sat, sun = (_hours(file, f"{what}, {d}", days[d]) for d in DAYS)
    return mon, tue, wed, thu, fri, sat, sun


def _special(file: EditorsFile, what: str, node: yaml.Node) -> dict[date, SpecialDay]:
    found: dict[date, SpecialDay] = {}
    if isinstance(node, yaml.ScalarNode) and scalar(node) is None:
        return found  # a section whose days were all taken out
    for name, value in file.mapping(node, f"{what}, special").items():
        try:
            day = date.fromisoformat(name)
        except ValueError:
            file.error(value, f"{what}, special: «{name}» не дата", "Пишите: 2026-12-31")
            continue
        if not isinstance(value, yaml.MappingNode):
            found[day] = SpecialDay(_hours(file, f"{what}, {name}", value))
            continue
        parts = file.mapping(value, f"{what}, {name}", ("hours", "note"))
        if "hours" not in parts:
            file.error(value, f"{what}, {name}: не сказано, в какие часы", _EXAMPLE)
            continue
        hours = _hours(file, f"{what}, {name}", parts["hours"])
        found[day] = SpecialDay(hours, scalar(parts.get("note")))
    return found


def _minutes(file: EditorsFile, what: str, node: yaml.Node) -> int:
    text = scalar(node) or ""
    if text.isascii() and text.isdecimal() and int(text[:6]) <= _MAX_SHORTER_MIN:
        return int(text)
    file.error(
        node,
        f"{what}, before_holiday_min: «{text}» не годится",
        f"Напишите, на сколько минут раньше закрываетесь: от 0 до {_MAX_SHORTER_MIN}",
    )
    return 0


def _hours_or(file: EditorsFile, what: str, node: yaml.Node, words: tuple[str, ...]) -> Hours | str:
    text = scalar(node)
    return text if text in words else _hours(file, what, node, words)


def _hours(file: EditorsFile, what: str, node: yaml.Node, words: tuple[str, ...] = ()) -> Hours:
    """One span, several spans, ``closed`` (or null), or ``always``."""
    listed = items(node)
    if listed is None:
        text = scalar(node)
        if isinstance(node, yaml.ScalarNode) and text in (None, "closed"):
            return CLOSED
        if text == "always":
            return ALL_DAY
        also = f"; или {', '.join(words)}" if words else ""
        file.error(node, f"{what}: часы непонятны", _EXAMPLE + also)
        return CLOSED
    many = bool(listed) and all(isinstance(item, yaml.SequenceNode) for item in listed)
    spans: list[tuple[int, int]] = []
    for span in listed if many else (node,):
        ends = [_time(scalar(end)) for end in items(span) or ()]
        opens, closes = ends if len(ends) == 2 else (None, None)
        if opens is None or closes is None:
            file.error(span, f"{what}: часы непонятны", _EXAMPLE)
            return CLOSED
        if opens >= closes:
            file.error(
                span,
                f"{what}: открытие должно быть раньше закрытия",
                'Смену через полночь разделите: до "24:00" и на следующий день с "00:00"',
            )
        elif spans and opens < spans[-1][1]:
            file.error(span, f"{what}: промежутки пересекаются", "Напишите их по порядку")
        spans.append((opens, closes))
    return tuple(spans)


def _time(text: str | None) -> int | None:
    """Minutes since midnight of ``08:30``; ``24:00`` is the day's end."""
    match = _TIME.fullmatch(text or "")
    if match is None:
        return None
    minutes = int(match[1]) * 60 + int(match[2])
    return minutes if int(match[2]) < 60 and minutes <= 1440 else None
