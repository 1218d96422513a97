"""Words about the conversation itself: «назад», «пропустить», «меню» (`nlu_data/commands.yml`).

They count only where they are all that was said, so that an answer is never taken for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from dialog.slots.words import vocabulary, words_of

_LONGEST_TEXT: Final = 100
"""Characters; nothing longer is a command."""
_FILLERS: Final = vocabulary(
    "а ну э эм мм так вот пожалуйста можно мне нам давайте давай хочу хотел хотела бы вы ой ох "
    "девушка милая дочка слушайте будьте добры же то нет извините простите спасибо да ладно"
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
        self._longest = 1
        for command, said in phrases.items():
            for phrase in said:
                words = tuple(word.text for word in words_of(phrase))
                self._exact.setdefault(words, command)
                bare = _bare(words) or words
                self._bare.setdefault(bare, command)
                self._longest = max(self._longest, len(bare))

    def find(self, text: str) -> Command | None:
        """The command that `text` is, or None. «Стоп, я передумал» is one said twice."""
        if len(text) > _LONGEST_TEXT:
            return None
        words = tuple(word.text for word in words_of(text))
        if not words:
            return None
        found = self._exact.get(words)
        return found if found is not None else self._covering(_bare(words))

    def _covering(self, words: tuple[str, ...]) -> Command | None:
        """The one command of whose phrases `words` consist, taken longest first."""
        found: Command | None = None
        at = 0
        while at < len(words):
            for end in range(min(len(words), at + self._longest), at, -1):
                command = self._bare.get(words[at:end])
                if command is not None and found in (None, command):
                    found, at = command, end
                    break
            else:
                return None
        return found


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _FILLERS)
