"""Compares what followed a line with what the test expects; says what differs in Russian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from dialog.acts import Act, Ask, File, Hangup, Redirect, Say, Transfer
from dialog.content.responses_reader import Responses
from dialog.conversation_tests.player import Played
from dialog.conversation_tests.script_lines import Expected
from dialog.script import PLACES

NOTHING: Final = "none"
_GAP: Final = r"\s*"
_ANY: Final = ("true", "yes", "да")


class Spoken:
    """Finds responses in what was said, by their texts."""

    def __init__(self, responses: Responses) -> None:
        self._patterns = {
            name: tuple(_pattern(wording.text) for wording in wordings)
            for name, wordings in responses.answers.items()
        }

    def names(self, text: str) -> frozenset[str]:
        """The responses that `text` contains."""
        return frozenset(name for name in self._patterns if self.contains(text, name))

    def contains(self, text: str, name: str) -> bool:
        """Whether `text` contains the response called `name`."""
        return any(pattern.search(text) for pattern in self._patterns.get(name, ()))


def _pattern(text: str) -> re.Pattern[str]:
    """Finds `text` whatever stands in its braces; a phrase whose slots are empty is not spoken."""
    phrases = re.split(r"(?<=[.!?]) ", text)
    parts = []
    for phrase in phrases:
        slots = set(re.findall(r"\{(\w+)\}", phrase)) - PLACES
        part = f"{_phrase(phrase)}{_GAP}"
        parts.append(f"(?:{part})?" if slots and len(phrases) > 1 else part)
    return re.compile("".join(parts), re.DOTALL | re.IGNORECASE)


def _phrase(phrase: str) -> str:
    return ".*?".join(map(re.escape, re.split(r"\{\w+\} ?", phrase)))


def heard(acts: tuple[Act, ...]) -> str:
    """Everything that the caller hears, in order."""
    return " ".join(act.text for act in acts if isinstance(act, Say | Ask))


def differences(played: Played, spoken: Spoken) -> Iterator[str]:
    """What is otherwise than expected, one sentence each."""
    expected, acts = played.line.expected, played.acts
    said, asked = heard(acts), _asked(acts)
    if expected.topic is not None and expected.topic != played.state.topic:
        yield f"ждали тему {expected.topic}, а разговор о {played.state.topic or 'непонятном'}"
    for name in expected.answer:
        if not spoken.contains(said, name):
            yield f"не прозвучал ответ {name}"
    for question in expected.asks:
        if not _is_in(question, asked, spoken):
            yield f"ждали вопрос {_quoted(question)}, а последний вопрос: «{asked}»"
    for fragment in expected.says:
        if not _is_in(fragment, said, spoken):
            yield f"не прозвучало «{fragment}»"
    for fragment in expected.not_says:
        if _is_in(fragment, said, spoken):
            yield f"прозвучало {_quoted(fragment)}, а не должно"
    yield from _slots(expected, played)
    yield from _acts(expected, acts)


def _asked(acts: tuple[Act, ...]) -> str:
    return next((act.text for act in reversed(acts) if isinstance(act, Ask)), "")


def _is_in(fragment: str, text: str, spoken: Spoken) -> bool:
    if fragment.startswith("utter_"):
        return spoken.contains(text, fragment)
    return _plain(fragment) in _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


def _quoted(fragment: str) -> str:
    return fragment if fragment.startswith("utter_") else f"«{fragment}»"


def _slots(expected: Expected, played: Played) -> Iterator[str]:
    slots = played.state.slots
    for name, value in expected.slots.items():
        if slots.get(name) != value:
            got = f"«{slots[name]}»" if name in slots else "ничего"
            yield f"в {name} ждали {f'«{value}»' if value is not None else 'ничего'}, а там {got}"


def _acts(expected: Expected, acts: tuple[Act, ...]) -> Iterator[str]:
    filed = next((act for act in acts if isinstance(act, File)), None)
    if expected.files is not None:
        kind = filed.kind if filed is not None else NOTHING
        if kind != expected.files:
            yield f"ждали заявку {expected.files}, а подана {kind}"
    transfers = [act for act in acts if isinstance(act, Transfer)]
    queues = [act.queue for act in transfers]
    numbers = [act.number for act in acts if isinstance(act, Redirect)]
    reasons = [act.reason for act in acts if isinstance(act, Hangup)]
    yield from _end("передача в очередь", expected.transfer, queues)
    yield from _end("соединение с номером", expected.redirect, numbers)
    yield from _end("конец звонка", expected.hangup, reasons)
    if expected.brief:
        brief: dict[str, Any] = transfers[0].brief if transfers else {}
        for name, value in expected.brief.items():
            got = brief.get(name, brief.get("slots", {}).get(name))
            if value not in str(got):
                yield f"оператор должен прочесть {name}: «{value}», а прочтёт: «{got}»"


def _end(what: str, expected: str | None, got: list[str]) -> Iterator[str]:
    """An end that nobody has written down is an end that nobody wants."""
    if (expected is None and not got) or got == [expected]:
        return
    if expected in _ANY and got:
        return
    happened = f"вышло {got[0]}" if got else "этого не было"
    yield f"{what}: ждали {expected or 'продолжения разговора'}, а {happened}"
