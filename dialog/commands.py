"""Words about the conversation itself: «назад», «пропустить», «меню» (`nlu_data/commands.yml`).

They count only where they are all that was said, so that an answer is never taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from dialog.slots.words import vocabulary, words_of

_LONGEST: Final = 8
"""Words; nothing longer is a command."""
_FILLERS: Final = vocabulary(
    "а ну э эм мм так вот пожалуйста можно мне нам давайте давай хочу хотел хотела бы вы ой ох "
    "девушка милая дочка слушайте будьте добры же то"
)


class Command(StrEnum):
    """What the caller may want of the conversation."""

    REPEAT = "repeat"
    SLOWER = "slower"
    BACK = "back"
    SKIP = "skip"
    CANCEL = "cancel"
    MENU = "menu"
    HELLO = "hello"
    """«Алло?»: is anybody there."""
    WAIT = "wait"
    """«Минутку»: the caller looks for something."""


class CommandsFile(BaseModel):
    """Файл commands.yml: обороты, которыми управляют самим разговором."""

    model_config = ConfigDict(extra="forbid")

    commands: dict[Command, list[str]]


class Commands:
    """All phrases, ready to be looked up."""

    def __init__(self, phrases: Mapping[Command, list[str]]) -> None:
        self._exact: dict[tuple[str, ...], Command] = {}
        self._bare: dict[tuple[str, ...], Command] = {}
        for command, said in phrases.items():
            for phrase in said:
                words = tuple(word.text for word in words_of(phrase))
                self._exact[words] = command
                self._bare.setdefault(_bare(words) or words, command)

    def find(self, text: str) -> Command | None:
        """The command that `text` is, or None."""
        if len(text) > 100:
            return None
        words = tuple(word.text for word in words_of(text))
        if not words or len(words) > _LONGEST + 4:
            return None
        found = self._exact.get(words)
        if found is None:
            bare = _bare(words)
            found = self._bare.get(bare) if bare else None
            if found is None and len(bare) > 1 and len(set(bare)) == 1:  # «алло, алло»
                found = self._bare.get(bare[:1])
        return found


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _FILLERS)
