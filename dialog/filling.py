"""Fills slots from what a caller says: asked, in passing, between two readings, by keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final

from dialog.acts import AnswerKind
from dialog.events import Heard
from dialog.flow.schema import Detail
from dialog.flow.slot_schema import Slot
from dialog.script import Script
from dialog.slots.choice import ChoiceReader, Option
from dialog.slots.date_span import WISHES
from dialog.slots.morphology import lemmas_of
from dialog.slots.readers import BY_KEYS
from dialog.slots.reading import Reading
from dialog.slots.words import fold, vocabulary, words_of
from dialog.slots.yes_no import hesitates
from dialog.turn import Turn

MOST_OPTIONS: Final = 3
"""An ear keeps no more of them."""
_BY_INTENT: Final = {"affirm": "yes", "deny": "no"}
_VOLUNTEERED: Final = frozenset({"person", "phone", "policy", "snils", "birth_date"})
"""Kinds whose words leave no doubt, so that they are also taken where something else was asked."""
DIGITS: Final = frozenset({"phone", "policy", "snils", "digits"})
"""Kinds of which one may be read in the digits of another."""
_VOLUNTEERED_SURE: Final = 0.85

_OF_ANYBODY: Final = vocabulary("я мне меня себе себя сам сама самому самой")
_PADDING: Final = re.compile(r"\b(это самое|самое это|как его|как ее|так сказать)\b")
"""Words that mean nothing, and look like the name of something."""
_FEW_WORDS: Final = 6


def reading(turn: Turn, slot_name: str, event: Heard) -> Reading | None:
    """What the caller answered to the question for a slot; read once in a step."""
    if slot_name not in turn.readings:
        turn.readings[slot_name] = answer(turn.script, slot_name, event)
    return turn.readings[slot_name]


def answer(script: Script, slot_name: str, event: Heard) -> Reading | None:
    """What the caller answered to the question for a slot, or None."""
    parse, slot = event.parse, script.slots[slot_name]
    kind, today = slot.reads, event.at.date()
    heard = (parse.text, *event.alternatives)
    if slot.options:
        return _chosen(slot, heard, today)
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
    if kind not in BY_KEYS or not digits.isdecimal() or (len(digits) < 2 and kind != "age"):
        return None
    if kind == "birth_date" and len(digits) == 8:  # as it is written: day, month, year
        try:
            return date(int(digits[4:]), int(digits[2:4]), int(digits[:2])).isoformat()
        except ValueError:
            return None
    reading = script.readers.read(kind, (digits,), today)
    return reading.value if reading is not None and not reading.unsure_between else None


def named(script: Script, names: Iterable[str], text: str, today: date) -> dict[str, str]:
    """Slots that the caller names in passing: «запишите к хирургу в чусовом на завтра».

    Where two slots of a flow are of one kind, only the question tells them apart, or their
    prepositions where both are named (`both_named`): else neither is filled.
    """
    if not text:
        return {}
    names = tuple(names)
    slots = {name: script.slots[name] for name in names}
    count = Counter(slot.reads for slot in slots.values() if not slot.options)
    found: dict[str, str] = {}
    for name, slot in slots.items():
        if slot.kind is AnswerKind.YES_NO:
            continue  # whose «да» is it
        if slot.options:
            value = _mentioned(slot, text, unasked=True)
            if value is not None:
                found[name] = value
        elif count[slot.reads] == 1:
            reading = script.readers.spot(slot.reads, text, today)
            if reading is not None:
                found[name] = reading.value
    return found | both_named(script, names, text, today)


def both_named(script: Script, names: Iterable[str], text: str, today: date) -> dict[str, str]:
    """Slots of one kind that are named together, each with its preposition («с пятницы на
    понедельник»); none where but one of them is."""
    marked = {name: slot for name in names if (slot := script.slots[name]).after}
    marks = [
        (word.start, name)
        for word in words_of(text)
        for name, slot in marked.items()
        if word.text in slot.after
    ]
    found: dict[str, str] = {}
    for (start, name), (end, _) in pairwise([*marks, (len(text), "")]):
        reading = script.readers.spot(marked[name].reads, text[start:end], today)
        if reading is not None:
            found.setdefault(name, reading.value)
    kinds = Counter(marked[name].reads for name in found)
    return {name: value for name, value in found.items() if kinds[marked[name].reads] > 1}


def volunteered(
    script: Script,
    names: Iterable[str],
    slots: Mapping[str, str],
    event: Heard,
    *,
    anew: bool = False,
) -> dict[str, str]:
    """Numbers and birthdays that were told before they were asked for; with `anew` also those
    that are known already."""
    text, today = event.parse.text, event.at.date()
    found: dict[str, str] = {}
    if len(text) < 8 or event.asr_confidence < 0.5:
        return found
    for name in names:
        kind = script.slots[name].reads
        if (name in slots and not anew) or kind not in _VOLUNTEERED:
            continue
        reading = script.readers.read(kind, (text,), today)
        if reading is None or (kind == "person" and "patronymic" not in (reading.note or "")):
            continue  # «на Ленина» is nobody's name
        if reading.confidence >= _VOLUNTEERED_SURE and not reading.unsure_between:
            found[name] = reading.value
    return found


def changed(
    script: Script, names: Iterable[str], slots: Mapping[str, str], event: Heard
) -> dict[str, str]:
    """Slots that the caller gives another value: «нет, на среду», «нет, к хирургу».

    Of a day with a time, what is not said anew stays: «нет, в десять» is on the same day.
    """
    text, today = event.parse.text, event.at.date()
    found = named(script, names, text, today)
    for name, value in slots.items():
        slot = script.slots.get(name)
        if slot is None or slot.reads != "day_and_time" or name not in names:
            continue
        day, _, time = value.partition("T")
        said = script.readers.spot("time", text, today)
        if name not in found and said is not None and day not in WISHES:
            found[name] = f"{day}T{said.value}"
        elif name in found and time and "T" not in found[name]:
            found[name] = f"{found[name]}T{time}"
    return {name: value for name, value in found.items() if slots.get(name, value) != value}


def called(script: Script, names: Iterable[str], text: str) -> str | None:
    """The slot that the caller speaks about: «телефон неправильный»; None for none or several."""
    said = {lemma for word in words_of(text) for lemma in lemmas_of(word.text)}
    found = []
    for name in names:
        slot = script.slots[name]
        for phrase in (slot.title, *slot.called):
            wanted = words_of(phrase)
            if wanted and all(said & lemmas_of(word.text) for word in wanted):
                found.append(name)
                break
    return found[0] if len(found) == 1 else None


def take(turn: Turn, values: Mapping[str, str]) -> None:
    """Put values into slots; the next question repeats them where that is the manner."""
    if not values:
        return
    turn.fill(dict(values))
    turn.echo += [n for n in values if turn.script.slots[n].confirmation == "implicit"]


def specified(turn: Turn, slot_name: str, options: tuple[str, ...], event: Heard) -> str | None:
    """The value that the caller means after a question between `options`, or None."""
    script = turn.script
    slot, today, text = script.slots[slot_name], event.at.date(), event.parse.text
    if not slot.options:
        reading = script.readers.read(slot.reads, (text, *event.alternatives), today)
        if reading is not None and not reading.unsure_between:
            return reading.value
    entries = script.lists.get(slot.reads)
    known = entries.entries if entries is not None else {}
    said = script.told_apart(slot_name, options)
    choices = []
    for value, title in zip(options, said, strict=True):
        names = (known[value].name, *known[value].forms) if value in known else _halves(value)
        choices.append(Option(value, (title, *names)))
    chosen = _reader(tuple(choices)).read(text, today)
    return chosen.value if chosen is not None else None


def choice(titles: Mapping[str, str], event: Heard) -> str | None:
    """Which of `titles` (value -> how it is called) the caller names, by name or number."""
    options = tuple(Option(value, (title,)) for value, title in titles.items())
    chosen = _reader(options).read(event.parse.text, event.at.date())
    return chosen.value if chosen is not None else None


def yes_or_no(script: Script, event: Heard) -> Reading | None:
    """A yes or a no, by words or by the interpreter."""
    parse = event.parse
    reading = script.readers.read("yes_no", (parse.text, *event.alternatives), event.at.date())
    if reading is None and not hesitates(parse.text) and parse.intent in _BY_INTENT:
        value = _BY_INTENT[parse.intent]
        return Reading(value, parse.text, 0, len(parse.text), parse.confidence)
    return reading


def detail(details: Mapping[str, Detail], text: str) -> str | None:
    """The detail whose words stand in `text`; the one with most of them."""
    if not text or not details:
        return None
    said = [lemmas_of(word.text) | {word.text} for word in words_of(text)]
    best, most = None, 0
    for name, item in details.items():
        hits = sum(_stands(words, said) for words in _phrases(item.words))
        if hits > most:
            best, most = name, hits
    return best


def called_flow(script: Script, text: str) -> str | None:
    """The flow whose own words `text` says, in few words; None for a story that has them."""
    words = words_of(text)
    if len(words) > _FEW_WORDS:
        return None
    said = [lemmas_of(word.text) | {word.text} for word in words]
    for name, phrases in script.called_by.items():
        if any(_stands(phrase, said) for phrase in _phrases(phrases)):
            return name
    return None


def told_again(turn: Turn, text: str) -> bool:
    """Whether `text` names what an option of this flow holds already: «отменить», in a
    cancellation, does not cancel it."""
    name = turn.state.flow
    slots, known = turn.script.slots, turn.state.slots
    options = (s for s in turn.script.collects.get(name or "", ()) if slots[s].options)
    return any(s in known and _mentioned(slots[s], text) == known[s] for s in options)


@lru_cache(maxsize=512)
def _phrases(phrases: tuple[str, ...]) -> tuple[tuple[frozenset[str], ...], ...]:
    return tuple(
        tuple(lemmas_of(word.text) | {word.text} for word in words_of(phrase)) for phrase in phrases
    )


def _stands(phrase: tuple[frozenset[str], ...], said: list[frozenset[str]]) -> int:
    """How many words of `phrase` stand in a text, in their order; 0 where one is missing."""
    at = 0
    for wanted in phrase:
        while at < len(said) and not (wanted & said[at]):
            at += 1
        if at == len(said):
            return 0
        at += 1
    return len(phrase)


@lru_cache(maxsize=256)
def _reader(options: tuple[Option, ...]) -> ChoiceReader:
    return ChoiceReader(options)


def _options(slot: Slot) -> tuple[Option, ...]:
    return tuple(Option(value, names) for value, names in slot.options.items())


def _chosen(slot: Slot, heard: Iterable[str], today: date) -> Reading | None:
    for text in heard:
        reading = _reader(_options(slot)).read(text, today)
        if reading is not None:
            return reading
        value = _mentioned(slot, text)
        if value is not None:
            return Reading(value, text, 0, len(text), 0.9)
    return None


def _mentioned(slot: Slot, text: str, unasked: bool = False) -> str | None:
    """The one option whose name stands in `text`, word for word but for its endings.

    Unasked, a bare pronoun names none: «мне в Березниках» does not say for whom.
    """
    said = [lemmas_of(w.text) | {w.text} for w in words_of(_PADDING.sub(" ", fold(text)))]
    best: list[str] = []
    most = 0
    for value, names in slot.options.items():
        told = tuple(name for name in names if not (unasked and name in _OF_ANYBODY))
        hits = max((_stands(words, said) for words in _phrases(told)), default=0)
        if hits > most:
            best, most = [value], hits
        elif hits == most and hits:
            best.append(value)
    return best[0] if len(best) == 1 else None


def _halves(value: str) -> tuple[str, ...]:
    """Words for the half of the day of a time: «утра», «вечером»."""
    time = value.rpartition("T")[2]
    if len(time) != len("07:00") or time[2] != ":":
        return ()
    return ("утро", "утром", "раннее") if time < "12:00" else ("вечер", "вечером", "день", "днем")
