"""Entity annotations inside an example, as Rasa 3 reads them.

``[лору](specialty)``, ``[лору](specialty:lor)``, ``[лору]{"entity": "specialty", "value": "lor"}``
and ``[Иван Петров][{"entity": "name"}, {"entity": "surname"}]``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

_ANNOTATION: Final = re.compile(
    r"\[(?P<text>[^\[\]]+)\]"
    r"(?:\((?P<entity>[^:()]+)(?::(?P<value>[^()]+))?\)"
    r"|(?P<object>\{[^{}]*\})"
    r"|(?P<list>\[\s*\{[^\[\]]*\}\s*\]))"
)
_LEFTOVERS: Final = re.compile(r"[\[\]{}]")


@dataclass(frozen=True)
class EntityAnnotation:
    """A marked stretch of an example."""

    entity: str
    value: str
    """What the stretch means; the stretch itself unless the editor says otherwise."""
    start: int
    """Characters from the beginning of the plain text."""
    end: int
    role: str | None = None
    group: str | None = None


class AnnotationError(ValueError):
    """A bracket is missing, or what follows it is not an annotation. In Russian, for editors."""


def read(example: str) -> tuple[str, tuple[EntityAnnotation, ...]]:
    """The plain text and its annotations.

    Raises:
        AnnotationError: the brackets do not make annotations.
    """
    plain: list[str] = []
    entities: list[EntityAnnotation] = []
    length = last = 0
    for match in _ANNOTATION.finditer(example):
        before = example[last : match.start()]
        length += len(before)
        text = match["text"]
        plain += [before, text]
        entities.extend(_entity(part, text, length) for part in _parts(match))
        length += len(text)
        last = match.end()
    plain.append(example[last:])
    outside = _ANNOTATION.sub("", example)
    if _LEFTOVERS.search(outside):
        raise AnnotationError("скобки разметки не закрыты или стоят не на месте")
    return "".join(plain), tuple(entities)


def _parts(match: re.Match[str]) -> list[dict[str, Any]]:
    if match["entity"] is not None:
        return [{"entity": match["entity"].strip(), "value": match["value"]}]
    try:
        document = json.loads(match["object"] or match["list"])
    except json.JSONDecodeError as error:
        raise AnnotationError(f"фигурные скобки разметки не читаются ({error.msg})") from error
    return document if isinstance(document, list) else [document]


def _entity(part: object, text: str, start: int) -> EntityAnnotation:
    if not isinstance(part, dict) or not isinstance(part.get("entity"), str):
        raise AnnotationError('в фигурных скобках нет "entity"')
    value = part.get("value")
    return EntityAnnotation(
        entity=part["entity"],
        value=text if value is None else str(value),
        start=start,
        end=start + len(text),
        role=part.get("role"),
        group=part.get("group"),
    )
