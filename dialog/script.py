"""The script: everything that editors wrote and the engine reads, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dialog.acts import AnswerKind
from dialog.content.responses_reader import Responses
from dialog.errors import ContentError
from dialog.flows import Flow, Slot
from dialog.slots.lists import EntryList
from dialog.slots.readers import SlotReaders
from dialog.slots.spoken import spoken


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
    always_answered: bool = False
    """Whether its queue is answered around the clock."""
    say: str | None = None
    """Response spoken before a redirect or a hand-over, where it is not the usual one."""


REQUIRED_RESPONSES = (
    "utter_greeting",
    "utter_greeting_after_hours",
    "utter_listening",
    "utter_anything_else",
    "utter_goodbye",
    "utter_no_input_1",
    "utter_no_input_2",
    "utter_no_match_1",
    "utter_no_match_2",
    "utter_bad_line",
    "utter_menu",
    "utter_apology",
    "utter_reconnected",
    "utter_transfer_operator",
    "utter_transfer_after_hours",
    "utter_out_of_scope",
)
"""Responses that the engine itself speaks; every content must have them."""


@dataclass(frozen=True)
class Script:
    """One version of the content. Calls finish on the version they began with."""

    topics: Mapping[str, Topic]
    menu: Mapping[str, str]
    """Key -> intent."""
    answers: Responses
    flows: Mapping[str, Flow]
    slots: Mapping[str, Slot]
    lists: Mapping[str, EntryList]
    readers: SlotReaders
    """Reads slot values out of what callers say."""

    def check(self) -> None:
        """Refuse content that would leave a caller without an answer.

        Raises:
            ContentError: says what is missing and what would happen to a caller.
        """
        for name in REQUIRED_RESPONSES:
            self._need(name, "помощнику нечего будет сказать")
        for intent, topic in self.topics.items():
            if topic.does == "answer":
                self._need(f"utter_{intent}", f"на вопрос «{topic.title}» не будет ответа")
            if topic.does == "flow" and intent not in self.flows:
                raise ContentError(f"intents.yml: для темы {intent} нет разговора в flows/")
            if topic.does == "redirect" and topic.number is None:
                raise ContentError(f"intents.yml: у темы {intent} не указан номер (number)")
            if topic.say is not None:
                self._need(topic.say, f"тема {intent} останется без слов")
        for key, intent in self.menu.items():
            if len(key) != 1 or key not in "123456789" or intent not in self.topics:
                raise ContentError(f"intents.yml: в меню неверная строка {key}: {intent}")
        for flow_name, flow in self.flows.items():
            for step in flow.steps:
                if hasattr(step, "ask"):
                    self._need(step.ask, f"разговор {flow_name} не сможет спросить")
        for slot_name, slot in self.slots.items():
            if slot.reads not in self.readers.kinds:
                known = ", ".join(sorted(self.readers.kinds))
                raise ContentError(
                    f"слот {slot_name}: reads: {slot.reads} - нет такого вида и нет списка"
                    f" lists/{slot.reads}.yml; есть {known}"
                )

    def _need(self, response: str, otherwise: str) -> None:
        if response not in self.answers.answers:
            raise ContentError(f"responses/: нет ответа {response}; {otherwise}")

    def answer(self, name: str, today: date) -> str | None:
        """The text of answer `name`, or None where it has expired: then it is never spoken."""
        spoken = self.answers.spoken(name, today)
        return spoken[0].text if spoken else None

    def prompt(self, name: str) -> str:
        """The text of a prompt of the assistant itself; these do not expire."""
        return self.answers.answers[name][0].text

    def fixed_texts(self) -> tuple[str, ...]:
        """Every text without slot values: what can be spoken beforehand into the prompt cache."""
        wordings = (w for answer in self.answers.answers.values() for w in answer)
        return tuple(w.text for w in wordings if "{" not in w.text)

    def hints(self, slot: Slot) -> tuple[str, ...]:
        """Words that are likely in an answer about this slot."""
        if slot.expects is AnswerKind.YES_NO:
            return ("да", "нет")
        entries = self.lists.get(slot.reads)
        return () if entries is None else entries.hints()

    def spoken(self, slots: Mapping[str, str]) -> dict[str, str]:
        """Slot values as the assistant says them inside a sentence."""
        said = dict(slots)
        for name, value in slots.items():
            slot = self.slots.get(name)
            entries = self.lists.get(slot.reads) if slot is not None else None
            if entries is not None and value in entries.entries:
                said[name] = entries.entries[value].spoken
            elif slot is not None:
                said[name] = spoken(slot.reads, value)
        return said
