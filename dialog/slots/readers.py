"""The registry: which reader reads which kind of slot, out of all that the recognizer heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from dialog.slots.address import AddressReader
from dialog.slots.age import AgeReader
from dialog.slots.birth_date import BirthDateReader
from dialog.slots.choice import ListReader
from dialog.slots.dates import DateReader
from dialog.slots.day_and_time import DayAndTimeReader
from dialog.slots.digits import DigitsReader
from dialog.slots.documents import phone_reader, policy_reader, snils_reader
from dialog.slots.free_text import TextReader
from dialog.slots.lists import EntryList
from dialog.slots.person import PersonReader
from dialog.slots.reading import Reading, SlotReader
from dialog.slots.times import TimeReader
from dialog.slots.yes_no import YesNoReader

BY_KEYS: Final = frozenset({"digits", "phone", "snils", "policy", "birth_date", "age"})
"""Kinds that can also be typed on the keypad."""
DOUBTFUL_HEARING: Final = 0.6
"""Confidence of the recognizer below which one of two names that sound alike is asked back."""


def make_readers(lists: Mapping[str, EntryList]) -> dict[str, SlotReader]:
    """Readers of answers to a question, by the kind that a flow's ``reads`` names."""
    return {
        "yes_no": YesNoReader(),
        "digits": DigitsReader(),
        "phone": phone_reader(),
        "snils": snils_reader(),
        "policy": policy_reader(),
        "date": DateReader(),
        "time": TimeReader(),
        "day_and_time": DayAndTimeReader(),
        "birth_date": BirthDateReader(),
        "person": PersonReader(),
        "address": AddressReader(),
        "age": AgeReader(),
        "text": TextReader(),
        **{name: ListReader(entries) for name, entries in lists.items()},
    }


def make_spotters(lists: Mapping[str, EntryList]) -> dict[str, SlotReader]:
    """Readers of what a caller names in passing, unasked: only kinds and words that are clear."""
    return {
        "date": DateReader(asked=False),
        "time": TimeReader(asked=False),
        "day_and_time": DayAndTimeReader(asked=False),
        "age": AgeReader(asked=False),
        **{name: ListReader(entries, asked=False) for name, entries in lists.items()},
    }


class SlotReaders:
    """All readers of one version of the content."""

    def __init__(self, lists: Mapping[str, EntryList]) -> None:
        self._lists = lists
        self._readers = make_readers(lists)
        self._spotters = make_spotters(lists)

    @property
    def kinds(self) -> frozenset[str]:
        """Everything that a flow's ``reads`` may name."""
        return frozenset(self._readers)

    def read(
        self, kind: str, readings: Sequence[str], today: date, asr_confidence: float = 1.0
    ) -> Reading | None:
        """The answer to a question for a slot of `kind`.

        Args:
            kind: one of `kinds`.
            readings: what the recognizer heard, best first; the others help where the best one
                names nothing, or leaves a doubt.
            today: the caller's date.
            asr_confidence: how sure the recognizer was of the best reading, 0 to 1.
        """
        reader = self._readers[kind]
        best = reader.read(readings[0], today) if readings else None
        if kind == "text":
            return best
        others = [r for text in readings[1:] if (r := reader.read(text, today)) is not None]
        clear = [other for other in others if not other.unsure_between]
        if best is not None and self._unlisted(kind, best.value):
            return next((o for o in clear if not self._unlisted(kind, o.value)), best)
        if best is None:
            return next(iter(clear or others), None)
        if best.unsure_between:
            told = {other.value for other in clear} & set(best.unsure_between)
            if len(told) == 1:
                return next(other for other in clear if other.value in told)
            return best
        alike = self._confusable(kind, best.value)
        heard = {other.value for other in others}
        doubted = tuple(v for v in alike if asr_confidence < DOUBTFUL_HEARING or v in heard)
        return replace(best, unsure_between=(best.value, *doubted)) if doubted else best

    def spot(self, kind: str, text: str, today: date) -> Reading | None:
        """What `text` names in passing, where it is clear; None for kinds that are only asked."""
        spotter = self._spotters.get(kind)
        reading = spotter.read(text, today) if spotter is not None else None
        return None if reading is None or reading.unsure_between else reading

    def _unlisted(self, kind: str, value: str) -> bool:
        return kind in self._lists and value not in self._lists[kind].entries

    def _confusable(self, kind: str, value: str) -> tuple[str, ...]:
        entries = self._lists.get(kind)
        return entries.entries[value].confusable_with if entries is not None else ()
