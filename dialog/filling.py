"""Fills the slots of a flow from what a caller says: asked, in passing, or between two readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Final

from dialog.events import Heard
from dialog.flows import Action, Flow
from dialog.script import Script
from dialog.slots.choice import ChoiceReader, Option
from dialog.slots.date_span import WISHES
from dialog.slots.readers import BY_KEYS
from dialog.slots.reading import Reading
from dialog.slots.spoken import spoken_options
from dialog.slots.yes_no import hesitates

MOST_OPTIONS: Final = 3
"""An ear keeps no more of them."""
_BY_INTENT: Final = {"affirm": "yes", "deny": "no"}


def answer(script: Script, slot_name: str, event: Heard) -> Reading | None:
    """What the caller answered to the question for a slot, or None."""
    parse, kind = event.parse, script.slots[slot_name].reads
    today = event.at.date()
    heard = (parse.text, *event.alternatives)
    reading = script.readers.read(kind, heard, today, event.asr_confidence)
    if reading is None and kind == "yes_no" and not hesitates(parse.text):
        # Other words for it («так тому и быть») are the interpreter's to know.
        value = _BY_INTENT.get(parse.intent or "")
        if value is not None:
            return Reading(value, parse.text, 0, len(parse.text), parse.confidence)
    return reading


def typed(script: Script, slot_name: str, keys: str, today: date) -> str | None:
    """The value of a slot of digits that was typed on the keypad, or None."""
    kind, digits = script.slots[slot_name].reads, keys.strip("#*")
    if kind not in BY_KEYS or len(digits) < 2 or not digits.isdecimal():
        return None
    reading = script.readers.read(kind, (digits,), today)
    return reading.value if reading is not None and not reading.unsure_between else None


def named(script: Script, flow: Flow, text: str, today: date) -> dict[str, str]:
    """Slots that the caller names in passing: «запишите к хирургу в чусовом на завтра».

    Where two slots of a flow are of one kind, neither is filled: only the question tells them
    apart.
    """
    names = [step.collect for step in flow.steps if not isinstance(step, Action)]
    kinds = {name: script.slots[name].reads for name in names}
    count = Counter(kinds.values())
    found: dict[str, str] = {}
    for name, kind in kinds.items():
        reading = script.readers.spot(kind, text, today) if count[kind] == 1 else None
        if reading is not None:
            found[name] = reading.value
    return found


def changed(script: Script, flow: Flow, slots: Mapping[str, str], event: Heard) -> dict[str, str]:
    """Slots that the caller gives another value: «нет, на среду», «нет, к хирургу».

    Of a day with a time, what is not said anew stays: «нет, в десять» is on the same day.
    """
    text, today = event.parse.text, event.at.date()
    found = named(script, flow, text, today)
    for name, value in slots.items():
        slot = script.slots.get(name)
        if slot is None or slot.reads != "day_and_time":
            continue
        day, _, time = value.partition("T")
        said = script.readers.spot("time", text, today)
        if name not in found and said is not None and day not in WISHES:
            found[name] = f"{day}T{said.value}"
        elif name in found and time and "T" not in found[name]:
            found[name] = f"{found[name]}T{time}"
    return {name: value for name, value in found.items() if slots.get(name, value) != value}


def question(script: Script, slot_name: str, options: tuple[str, ...]) -> str:
    """Asks between values that sound alike: «Уточните, пожалуйста: в Юрле или в Юсьве?»"""
    said = _said(script, slot_name, options)
    return f"Уточните, пожалуйста: {', '.join(said[:-1])} или {said[-1]}?"


def specified(script: Script, slot_name: str, options: tuple[str, ...], event: Heard) -> str | None:
    """The value that the caller means after `question`, or None."""
    kind, today = script.slots[slot_name].reads, event.at.date()
    text = event.parse.text
    reading = script.readers.read(kind, (text, *event.alternatives), today)
    if reading is not None and not reading.unsure_between:
        return reading.value
    entries = script.lists.get(kind)
    known = entries.entries if entries is not None else {}
    choices = []
    for value, said in zip(options, _said(script, slot_name, options), strict=True):
        names = (known[value].name, *known[value].forms) if value in known else _halves(value)
        choices.append(Option(value, (said, *names)))
    chosen = ChoiceReader(choices).read(text, today)
    return chosen.value if chosen is not None else None


def denies(script: Script, event: Heard) -> bool:
    """Whether the caller says "no" and nothing else of use."""
    reading = script.readers.read("yes_no", (event.parse.text,), event.at.date())
    return reading is not None and reading.value == "no"


def _said(script: Script, slot_name: str, options: tuple[str, ...]) -> tuple[str, ...]:
    kind = script.slots[slot_name].reads
    if kind in script.lists:
        return tuple(script.spoken({slot_name: value})[slot_name] for value in options)
    return spoken_options(kind, options)


def _halves(value: str) -> tuple[str, ...]:
    """Words for the half of the day of a time: «утра», «вечером»."""
    time = value.rpartition("T")[2]
    if len(time) != len("07:00") or time[2] != ":":
        return ()
    return ("утро", "утром", "раннее") if time < "12:00" else ("вечер", "вечером", "день", "днем")
