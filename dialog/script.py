"""The script: everything that editors wrote and the engine reads, checked and frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from dialog.acts import AnswerKind
from dialog.commands import Commands
from dialog.content.responses_reader import Responses
from dialog.flow.graph import Flow
from dialog.flow.schema import Answer, Call, Collect
from dialog.flow.slot_schema import Slot
from dialog.menu import MenuOption, at, numbered
from dialog.slots.lists import EntryList
from dialog.slots.readers import SlotReaders
from dialog.slots.spoken import spoken, spoken_options


class Topic(BaseModel):
    """What the assistant does with an intent (`nlu_data/intents.yml`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    does: Literal["answer", "flow", "redirect", "operator", "control"]
    title: str
    """As the assistant names it: «Вы хотите <title>?»."""
    queue: str = "general"
    """Operator queue of the topic."""
    number: str | None = None
    """Outside number of a redirect."""
    otherwise: str | None = None
    """Outside number to try when nobody answers at `number`."""
    always_answered: bool = False
    """Whether its queue is answered around the clock."""
    say: str | None = None
    """Response spoken before a redirect or a hand-over, where it is not the usual one."""


AFTER_HOURS: Final = "after_hours"
"""The flow that takes the place of a hand-over while nobody answers."""
SESSION_RESPONSES: Final = ("utter_voice_failed", "utter_overload")
"""Responses that a call speaks outside of the conversation: no event of the engine brings them."""
REQUIRED_RESPONSES: Final = (
    "utter_greeting",
    "utter_greeting_after_hours",
    "utter_recorded",
    "utter_listening",
    "utter_anything_else",
    "utter_still_there",
    "utter_goodbye",
    "utter_thanks",
    "utter_waiting",
    "utter_no_input_1",
    "utter_no_input_2",
    "utter_no_match_1",
    "utter_no_match_2",
    "utter_bad_line",
    "utter_apology",
    "utter_reconnected",
    "utter_repeat_intro",
    "utter_slower_intro",
    "utter_return",
    "utter_cancelled",
    "utter_required",
    "utter_left_open",
    "utter_choose",
    "utter_which",
    "utter_check_value",
    "utter_number_unseen",
    "utter_what_wrong",
    "utter_offer_details",
    "utter_keypad",
    "utter_keypad_digits",
    "utter_filing",
    "utter_filed",
    "utter_filed_pending",
    "utter_filed_refused",
    "utter_filed_failed",
    "utter_transfer_operator",
    "utter_transfer_after_hours",
    "utter_closed",
    "utter_redirect_failed",
    "utter_queue_unanswered",
    "utter_ask_operator",
    "utter_out_of_scope",
    *SESSION_RESPONSES,
)
"""Responses that the assistant itself speaks; every content must have them."""
PLACES: Final = frozenset(
    {"hours", "opens", "options", "value", "number", "flow", "recorded", "title"}
)
"""What may stand in braces besides slots: «{opens}» is when operators answer next."""

_PLACE: Final = re.compile(r"\{(\w+)\}")
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Script:
    """One version of the content. Calls finish on the version they began with."""

    topics: Mapping[str, Topic]
    menu: tuple[MenuOption, ...]
    answers: Responses
    flows: Mapping[str, Flow]
    slots: Mapping[str, Slot]
    lists: Mapping[str, EntryList]
    readers: SlotReaders
    """Reads slot values out of what callers say."""
    commands: Commands = field(default_factory=lambda: Commands({}))
    dialled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Dialled number (digits) -> slots that it tells."""

    @cached_property
    def collects(self) -> Mapping[str, tuple[str, ...]]:
        """Flow -> slots that it asks for, with those of the flows that it calls."""
        return {name: tuple(dict.fromkeys(self._collects(name, ()))) for name in self.flows}

    def _collects(self, name: str, above: tuple[str, ...]) -> list[str]:
        found: list[str] = []
        for node in self.flows[name].nodes.values():
            if isinstance(node.step, Collect):
                found.append(node.step.collect)
            elif isinstance(node.step, Call):
                called = node.step.call
                if called in self.flows and called not in (*above, name):
                    found += self._collects(called, (*above, name))
        return found

    @cached_property
    def plain_answers(self) -> frozenset[str]:
        """Flows that only answer, so that they may be told in the middle of another one."""
        return frozenset(
            name
            for name, flow in self.flows.items()
            if all(node.step.kind in ("answer", "action", "noop") for node in flow.nodes.values())
            and any(isinstance(node.step, Answer) for node in flow.nodes.values())
        )

    @cached_property
    def called_by(self) -> Mapping[str, tuple[str, ...]]:
        """Flows that have words of their own, and these."""
        return {name: flow.words for name, flow in self.flows.items() if flow.words}

    def has(self, response: str) -> bool:
        """Whether there is such a response."""
        return response in self.answers.answers

    def answer(self, name: str, today: date) -> str | None:
        """The text of answer `name`, or None where it has expired: then it is never spoken."""
        said = self.answers.spoken(name, today)
        return said[0].text if said else None

    def prompt(self, name: str, values: Mapping[str, str] | None = None) -> str:
        """The text of a prompt of the assistant itself, with `values` in its braces.

        A sentence whose slots have no value is left out, as is any other place without one.
        Prompts do not expire.
        """
        text = self.answers.answers[name][0].text
        if "{" not in text:
            return text
        given = values or {}
        if self.slots.keys() & set(_PLACE.findall(text)) - given.keys():
            text = self._without_open(text, given)
        said = _PLACE.sub(lambda match: given.get(match[1], ""), text)
        said = " ".join(said.split()).replace(" .", ".").replace(" ,", ",")
        return said[:1].upper() + said[1:]

    def menu_text(self, path: tuple[int, ...] = ()) -> str:
        """The keys of the menu at `path`, as they are read out."""
        titles = (
            option.title or self.topics[option.topic or ""].title for option in at(self.menu, path)
        )
        return self.prompt("utter_keypad", {"options": numbered(tuple(titles))})

    def overload_text(self) -> str:
        """What greets a caller whom overload leaves the keypad only."""
        return f"{self.prompt('utter_overload')} {self.menu_text()}"

    def _without_open(self, text: str, given: Mapping[str, str]) -> str:
        kept = []
        for sentence in _SENTENCE.split(text):
            named = [name for name in _PLACE.findall(sentence) if name in self.slots]
            if not named or any(name in given for name in named):
                kept.append(sentence)
        return " ".join(kept)

    def fixed_texts(self) -> tuple[str, ...]:
        """Every text without slot values: what can be spoken beforehand into the prompt cache."""
        wordings = (w for answer in self.answers.answers.values() for w in answer)
        fixed = [w.text for w in wordings if "{" not in w.text]
        recorded = self.answers.answers["utter_recorded"][0].text
        for name in ("utter_greeting", "utter_greeting_after_hours"):
            fixed += [self.prompt(name), self.prompt(name, {"recorded": recorded})]
        return tuple(dict.fromkeys(text for text in fixed if "{" not in text))

    def hints(self, slot: Slot) -> tuple[str, ...]:
        """Words that are likely in an answer about this slot."""
        if slot.kind is AnswerKind.YES_NO:
            return ("да", "нет")
        if slot.options:
            return tuple(name for names in slot.options.values() for name in names)
        entries = self.lists.get(slot.reads)
        return () if entries is None else entries.hints()

    def spoken_value(self, name: str, value: str) -> str:
        """A slot's value as the assistant says it inside a sentence."""
        slot = self.slots.get(name)
        if slot is None:
            return value
        if value in slot.options:
            return slot.options[value][0]
        entries = self.lists.get(slot.reads)
        if entries is not None and value in entries.entries:
            return entries.entries[value].spoken
        return spoken(slot.reads, value)

    def told_apart(self, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """Values of a slot in words by which an ear tells them apart: «семь утра»."""
        slot = self.slots[name]
        if slot.reads in self.lists or slot.options:
            return tuple(self.spoken_value(name, value) for value in values)
        return spoken_options(slot.reads, values)

    def spoken(self, slots: Mapping[str, str]) -> dict[str, str]:
        """Slot values as the assistant says them inside a sentence."""
        return {name: self.spoken_value(name, value) for name, value in slots.items()}
