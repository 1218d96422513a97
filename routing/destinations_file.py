"""Reads `nlu_data/destinations.yml`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

import yaml

from routing.destinations import Destination, Destinations, Source
from routing.editors_file import EditorsFile, Problem, items, line_of, scalar
from routing.errors import DestinationsError
from routing.hours import OpeningHours
from routing.hours_file import read_week
from routing.schedule import ALWAYS, Schedule
from routing.spoken_numbers import digits_of

_KEYS: Final = (
    "title", "number", "spoken", "connect", "hours", "use", "owner", "checked", "review_by",
    "valid_until", "facts", "sources",
)  # fmt: skip
_NEEDED: Final = ("title", "number", "spoken", "connect", "hours", "use", "owner", "checked")
_MAX_DIGITS: Final = 11
_REVIEW_AHEAD: Final = timedelta(days=28)
_YES: Final = {"yes": True, "да": True, "true": True, "no": False, "нет": False, "false": False}


def load_destinations(path: Path, timezone: str) -> Destinations:
    """Read the file.

    Args:
        timezone: the region's, in which hours are meant; that of `hours.yml`.

    Raises:
        DestinationsError: names the file, the line, what is wrong and how to mend it.
    """
    found, _, file = _read(path, timezone)
    broken = [problem for problem in file.problems if problem.severity == "error"]
    if broken:
        others = f" (и ещё ошибок: {len(broken) - 1})" if len(broken) > 1 else ""
        raise DestinationsError(f"{broken[0]}{others}")
    return found


def check_destinations(path: Path, timezone: str, today: date) -> tuple[Problem, ...]:
    """Everything that is wrong with the file, and numbers that are due for review."""
    found, nodes, file = _read(path, timezone)
    for item in found.items.values():
        node, last = nodes[item.id], item.valid_until
        if last is not None and last < today:
            file.warning(
                node,
                f"номер {item.number} ({item.title}) действовал до {last:%d.%m.%Y}",
                "Помощник его не называет и не соединяет с ним",
                "Проверьте номер и впишите новый срок в valid_until",
            )
        elif last is not None and last < today + _REVIEW_AHEAD:
            file.warning(
                node,
                f"номер {item.number} ({item.title}) действует до {last:%d.%m.%Y}",
                "После этого дня помощник перестанет его называть",
                "Проверьте номер и впишите новый срок в valid_until",
            )
        elif item.review_by is not None and item.review_by < today:
            file.warning(
                node,
                f"номер {item.number} ({item.title}) пора было проверить {item.review_by:%d.%m.%Y}",
                "Звонящий может услышать номер, который уже не отвечает",
                "Проверьте номер, впишите checked и новый срок в review_by",
            )
    return tuple(file.problems)


def _read(path: Path, timezone: str) -> tuple[Destinations, dict[str, yaml.Node], EditorsFile]:
    file = EditorsFile(path.name)
    root = file.root(path, ("destinations",))
    found: dict[str, Destination] = {}
    nodes: dict[str, yaml.Node] = {}
    if root:
        for name, node in file.mapping(root["destinations"], "destinations").items():
            item = _destination(file, name, node, timezone)
            if item is None:
                continue
            other = next((seen for seen in found.values() if seen.number == item.number), None)
            if other is not None:
                file.error(
                    node, f"номер {item.number} уже есть у «{other.id}»", "Оставьте одну запись"
                )
            found[name], nodes[name] = item, node
    return Destinations(found), nodes, file


def _destination(
    file: EditorsFile, name: str, node: yaml.Node, timezone: str
) -> Destination | None:
    parts = file.mapping(node, name, _KEYS)
    missing = [key for key in _NEEDED if key not in parts]
    if missing:
        file.error(node, f"{name}: не хватает {', '.join(missing)}", "Допишите эти строки")
        return None
    number = scalar(parts["number"]) or ""
    if not (number.isascii() and number.isdecimal() and 2 <= len(number) <= _MAX_DIGITS):
        file.error(
            parts["number"],
            f"{name}: «{number}» не номер",
            'Только цифры, в кавычках, без пробелов и скобок: "88002000122"',
        )
    checked = file.day(parts["checked"], f"{name}, checked")
    if checked is None:
        file.error(parts["checked"], f"{name}: нет дня проверки", "Впишите checked: 2026-11-23")
    return Destination(
        id=name,
        title=_text(file, name, "title", parts),
        number=number,
        spoken=_spoken(file, name, parts["spoken"], number),
        connect=_connect(file, name, parts["connect"]),
        hours=_hours(file, name, parts["hours"], timezone),
        use=_use(file, name, parts["use"]),
        owner=_text(file, name, "owner", parts),
        checked=checked or date.min,
        review_by=file.day(parts.get("review_by"), f"{name}, review_by"),
        valid_until=file.day(parts.get("valid_until"), f"{name}, valid_until"),
        facts=tuple(filter(None, map(scalar, items(parts.get("facts")) or ()))),
        sources=_sources(file, name, parts, node),
    )


def _text(file: EditorsFile, name: str, key: str, parts: dict[str, yaml.Node]) -> str:
    text = (scalar(parts[key]) or "").strip()
    if not text:
        file.error(parts[key], f"{name}: пусто в {key}", "Напишите несколько слов")
    return text


def _spoken(file: EditorsFile, name: str, node: yaml.Node, number: str) -> tuple[str, ...]:
    forms = tuple(scalar(item) or "" for item in items(node) or ())
    if not forms:
        file.error(
            node, f"{name}: не сказано, как звучит номер", "Напишите: spoken: [сто двенадцать]"
        )
    for form in forms:
        digits = digits_of(form)
        if digits != number:
            heard = "не числа" if not digits else f"это {digits}, а не {number}"
            file.error(node, f"{name}: «{form}» - {heard}", "Исправьте слова или номер")
    return forms


def _connect(file: EditorsFile, name: str, node: yaml.Node) -> bool:
    word = (scalar(node) or "").lower()
    if word not in _YES:
        file.error(node, f"{name}, connect: «{word}» непонятно", "Напишите yes или no")
    return _YES.get(word, False)


def _use(file: EditorsFile, name: str, node: yaml.Node) -> Literal["answer", "caveat"]:
    word = scalar(node)
    if word == "answer":
        return "answer"
    if word != "caveat":
        file.error(node, f"{name}, use: «{word}» непонятно", "Напишите answer или caveat")
    return "caveat"


def _hours(file: EditorsFile, name: str, node: yaml.Node, timezone: str) -> OpeningHours | None:
    word = scalar(node)
    if word == "always":
        return OpeningHours(timezone, ALWAYS)
    if word == "unknown":
        return None
    if not isinstance(node, yaml.MappingNode):
        file.error(
            node,
            f"{name}, hours: «{word}» непонятно",
            "Напишите always, unknown или часы каждого дня недели",
        )
        return None
    return OpeningHours(timezone, Schedule(read_week(file, f"{name}, hours", node)))


def _sources(
    file: EditorsFile, name: str, parts: dict[str, yaml.Node], node: yaml.Node
) -> tuple[Source, ...]:
    listed = items(parts.get("sources"))
    if not listed:
        file.error(
            parts.get("sources", line_of(node)),
            f"{name}: не сказано, откуда номер",
            "Впишите в sources хотя бы одну страницу с названием и днём",
        )
        return ()
    sources = []
    for source in listed:
        found = file.mapping(source, f"{name}, sources", ("title", "url", "date"))
        day = file.day(found.get("date"), f"{name}, sources")
        sources.append(Source(scalar(found.get("title")) or "", scalar(found.get("url")), day))
    return tuple(sources)
