"""What Rasa 3 answers to ``POST /model/parse``, checked: it comes from another process."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dialog.errors import NluError
from dialog.nlu.interpreter import Entity

FALLBACK: Final = "nlu_fallback"
"""Rasa's name for "too unsure". Nothing that a caller may mean: never ranked, never offered."""


@dataclass(frozen=True)
class RasaAnswer:
    """How Rasa understands one text."""

    chances: Mapping[str, float]
    """Probability of each intent, 0 to 1, of sum 1."""
    unsure: bool
    """Whether Rasa's fallback threshold rejected it."""
    entities: tuple[Entity, ...]


def read_answer(document: Any, text: str) -> RasaAnswer:
    """Read the JSON document of an answer about `text`.

    Raises:
        NluError: it is not such an answer; the message says where, without the text.
    """
    try:
        intent = document["intent"]["name"]
        chances = {
            _name(item["name"]): _chance(item["confidence"])
            for item in document["intent_ranking"]
            if item["name"] != FALLBACK
        }
        found = tuple(_entity(item, text) for item in document["entities"])
    except (KeyError, TypeError, ValueError) as error:
        kind = type(error).__name__
        raise NluError(f"Rasa's answer is not one of /model/parse ({kind})") from None
    total = sum(chances.values())
    if not total > 0:
        raise NluError("Rasa's answer ranks no intents; run: make rasa")
    shares = {name: chance / total for name, chance in chances.items()}
    return RasaAnswer(shares, intent == FALLBACK, _without_overlaps(found))


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _chance(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NluError("Rasa's answer has a confidence that is not a number")
    if not math.isfinite(value) or not 0 <= value <= 1 + 1e-6:
        raise NluError("Rasa's answer has a confidence outside 0 to 1")
    return float(value)


def _entity(item: Mapping[str, Any], text: str) -> Entity:
    kind, start, end = item["entity"], item["start"], item["end"]
    if not (isinstance(kind, str) and isinstance(start, int) and isinstance(end, int)):
        raise TypeError
    if not 0 <= start < end <= len(text):
        raise ValueError
    return Entity(kind, str(item["value"]), text[start:end], start, end)


def _without_overlaps(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """In the order of the text; of two that overlap the earlier stays."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start, -e.end)):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return tuple(kept)
