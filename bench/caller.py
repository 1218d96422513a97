"""A simulated caller: what he wants, what he answers, when he loses patience."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SILENCE: Final = ""
"""Instead of words: nothing is said."""


@dataclass(frozen=True)
class Persona:
    """A way of calling. Probabilities are per turn."""

    name: str
    silent: float = 0.0
    """Says nothing."""
    keys: float = 0.0
    """Presses a key where one is known."""
    chatter: float = 0.0
    """Wraps the words in other words."""
    corrects: float = 0.0
    """Says something else first, and takes it back at once or in the next turn."""
    asks_again: float = 0.0
    """Wants the question repeated."""
    at_once: float = 0.0
    """Names two things in one sentence."""
    operator: float = 0.0
    """Wants a person instead of answering."""
    wer: float = 5.0
    """How badly the recognizer hears him (word error rate, per cent)."""
    bare: float = 0.0
    """Names things without prepositions and cases: «хирург», «Кунгур»."""
    patience: int = 3
    """Questions that he hears again in vain until he hangs up."""


PERSONAS: Final = (
    Persona("plain"),
    Persona("hurried", at_once=0.6, bare=0.5, patience=2),
    Persona("hard of hearing", asks_again=0.2, silent=0.08, wer=10, patience=5),
    Persona("rambling", chatter=0.6, patience=5),
    Persona("silent", silent=0.35, keys=0.8, patience=6),
    Persona("correcting", corrects=0.35, patience=4),
    Persona("angry", chatter=0.3, operator=0.06, patience=2),
    Persona("child", bare=0.6, silent=0.1, wer=15, patience=3),
    Persona("non-native", bare=0.9, wer=15, patience=4),
    Persona("bad line", wer=25, patience=4),
)

CHATTER: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "rambling": (
        ("ой вы знаете я тут подумала ", ""),
        ("ну как вам сказать ", " вот так вот"),
        ("сейчас сейчас дочка ", " если можно конечно"),
        ("", " а то соседка говорила к вам не дозвониться"),
        ("значит так ", " мне так удобнее будет"),
    ),
    "angry": (
        ("да сколько можно спрашивать ", ""),
        ("", " и побыстрее пожалуйста"),
        ("я же говорю ", ""),
        ("третий раз звоню ", " безобразие"),
    ),
}
AGAIN: Final = ("повторите пожалуйста", "что вы сказали", "не расслышала", "ещё раз скажите", "а")
OPERATOR: Final = ("оператора дайте", "соедините с человеком", "хочу живого человека")
DONE: Final = ("нет спасибо", "спасибо до свидания", "всё больше ничего", "нет")


@dataclass(frozen=True)
class Goal:
    """What a caller wants, and what is true of him."""

    topic: str
    opening: str
    """His first words."""
    truth: Mapping[str, str] = field(default_factory=dict)
    """Slot -> value, as it must arrive in the request."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slot -> ways in which he says its value; the first one is the bare name."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Slot -> keys for its value, where there are any."""
    other: Mapping[str, str] = field(default_factory=dict)
    """Slot -> words for another value, for those who correct themselves."""


class Caller:
    """One call of a persona."""

    def __init__(self, persona: Persona, goal: Goal, source: random.Random) -> None:
        self.persona = persona
        self.goal = goal
        self._random = source
        self._said_wrong: set[str] = set()

    def happens(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return self._random.random() < probability

    def one_of(self, options: tuple[str, ...]) -> str:
        """Any of them."""
        return options[self._random.randrange(len(options))]

    def opens(self) -> str:
        """The first words."""
        return self._wrapped(self.goal.opening)

    def tells(self, slot: str) -> str:
        """An answer to the question for `slot`."""
        words = self.goal.words.get(slot)
        if words is None:
            return "не знаю"
        said = words[0] if self.happens(self.persona.bare) else self.one_of(words)
        may_err = slot in self.goal.other and slot not in self._said_wrong
        if may_err and self.happens(self.persona.corrects):
            self._said_wrong.add(slot)
            return f"{self.goal.other[slot]} ой нет {said}"
        return self._wrapped(said)

    def _wrapped(self, said: str) -> str:
        around = CHATTER.get(self.persona.name, CHATTER["rambling"])
        if not self.happens(self.persona.chatter):
            return said
        before, after = around[self._random.randrange(len(around))]
        return f"{before}{said}{after}"
