"""Puts questions: the text, what keys answer it, what the ear should expect; once more, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dialog.acts import ONE_KEY, AnswerKind, Ask, KeyInput
from dialog.flow.schema import Answer, Collect, Confirm, KeyBranch
from dialog.flow.slot_schema import Slot
from dialog.menu import MOST_OPTIONS, numbered
from dialog.state import Asking
from dialog.turn import Turn

_DIGITS: Final = {
    "phone": KeyInput(11),
    "snils": KeyInput(11),
    "policy": KeyInput(16),
    "birth_date": KeyInput(8),
    "age": KeyInput(3, 2.0),
    "digits": KeyInput(20),
}
"""How many keys a kind of slot takes."""
YES_NO_KEYS: Final = {"1": "yes", "2": "no"}
PROTECTED_ERROR_S: Final = 1.0
"""Beginning of a message of failure that a late word of the caller cannot cut (s)."""


def ask(turn: Turn, text: str, asking: Asking, options: tuple[str, ...] = ()) -> None:
    """Put a question for the first time; what the caller told just now is repeated before it."""
    echo = _echo(turn) if asking is Asking.STEP and not _is_summary(turn) else ""
    said = " ".join(a.text for a in turn.acts if hasattr(a, "text"))
    turn.put(asking=asking, options=options, question=text, answer=said)
    put(turn, f"{echo} {text}".strip(), personal=bool(turn.state.slots))


def put(turn: Turn, text: str, *, personal: bool = False, protected_s: float = 0.0) -> None:
    """Speak a question about what is asked now."""
    kind, hints = expectation(turn)
    keys = key_input(turn)
    turn.acts.append(Ask(text, kind, hints, personal, keys, protected_s, turn.rate))


def again(turn: Turn, prefix: str = "", *, protected_s: float = 0.0) -> None:
    """The last question once more."""
    question = turn.state.question or turn.text("utter_listening")
    text = f"{prefix} {question}".strip()
    put(turn, text, personal=bool(turn.state.slots), protected_s=protected_s)


def top(turn: Turn, response: str) -> None:
    """Ask for anything; no flow is in progress."""
    turn.put(frames=(), menu=None)
    ask(turn, turn.text(response), Asking.TOP)


def menu(turn: Turn, path: tuple[int, ...], prefix: str = "") -> None:
    """The keys of the menu at `path`."""
    turn.put(menu=path)
    text = turn.script.menu_text(path)
    ask(turn, f"{prefix} {text}".strip(), Asking.TOP)


def expectation(turn: Turn) -> tuple[AnswerKind, tuple[str, ...]]:
    """What kind of answer the question wants, and words that are likely in it."""
    node, asking = turn.node, turn.state.asking
    match asking:
        case Asking.DOUBT:
            return AnswerKind.YES_NO, ("да", "нет")
        case Asking.CHOOSING if len(turn.state.options) == 1:
            return AnswerKind.YES_NO, ("да", "нет")
        case Asking.UNSURE | Asking.WRONG | Asking.CHOOSING:
            return AnswerKind.CHOICE, tuple(option_titles(turn))
        case Asking.STEP if node is not None and isinstance(node.step, Confirm):
            return AnswerKind.YES_NO, ("да", "нет")
        case Asking.STEP if node is not None and isinstance(node.step, Collect):
            slot = turn.script.slots[node.step.collect]
            return slot.kind, turn.script.hints(slot)
    return AnswerKind.OPEN, ()


def key_input(turn: Turn) -> KeyInput:
    """How keys answer the question."""
    node = turn.node
    if turn.state.asking is not Asking.STEP or node is None or not isinstance(node.step, Collect):
        return ONE_KEY
    if node.step.keys:
        return ONE_KEY
    return _DIGITS.get(turn.script.slots[node.step.collect].reads, ONE_KEY)


def keys_of(step: Collect, slot: Slot) -> dict[str, str | KeyBranch]:
    """What each key does at a question."""
    if step.keys:
        return dict(step.keys)
    if slot.reads == "yes_no":
        return dict(YES_NO_KEYS)
    return {str(n): value for n, value in enumerate(slot.options, start=1)}


def option_titles(turn: Turn) -> list[str]:
    """How the things are called between which the caller chooses."""
    state, script = turn.state, turn.script
    match state.asking:
        case Asking.CHOOSING:
            return [script.topics[name].title for name in state.options]
        case Asking.WRONG:
            return [script.slots[name].title or name for name in state.options]
        case Asking.UNSURE | Asking.DOUBT:
            node = turn.node
            assert node is not None
            assert isinstance(node.step, Collect)
            return list(script.told_apart(node.step.collect, state.options))
    return []


def keypad_help(turn: Turn) -> str:
    """The question by keys, or "" where no key but 0 answers it."""
    state = turn.state
    if state.asking in (Asking.DOUBT,) or (
        state.asking is Asking.CHOOSING and len(state.options) == 1
    ):
        return turn.text("utter_keypad", options=numbered(("да", "нет")))
    if state.asking in (Asking.UNSURE, Asking.WRONG, Asking.CHOOSING):
        return turn.text("utter_keypad", options=numbered(_paged(turn)))
    node = turn.node
    if node is None or state.asking is Asking.TOP:
        return ""
    match node.step:
        case Confirm():
            return turn.text("utter_keypad", options=numbered(("да", "нет")))
        case Answer() as step:
            titles = tuple(detail.title for detail in step.details.values())
            return turn.text("utter_keypad", options=numbered(titles)) if titles else ""
        case Collect() as step:
            return _collect_keys(turn, step)
    return ""


def page(options: tuple[str, ...]) -> tuple[str, ...]:
    """What fits on the keys: all, or four and a key for the next ones."""
    return options if len(options) <= MOST_OPTIONS else options[: MOST_OPTIONS - 1]


def _paged(turn: Turn) -> tuple[str, ...]:
    titles = tuple(option_titles(turn))
    shown = page(titles)
    return shown if shown == titles else (*shown, "другое")


def _collect_keys(turn: Turn, step: Collect) -> str:
    slot = turn.script.slots[step.collect]
    if step.keypad is not None:
        return turn.text(step.keypad)
    keys = keys_of(step, slot)
    if keys:
        titles = []
        for value in keys.values():
            if isinstance(value, str):
                titles.append(turn.script.spoken_value(step.collect, value))
            else:
                titles.append(value.title or "другое")
        words = dict(zip(keys, titles, strict=True))
        ordered = tuple(words[key] for key in sorted(words)[:MOST_OPTIONS])
        return turn.text("utter_keypad", options=numbered(ordered))
    if key_input(turn).most > 1:
        return turn.text("utter_keypad_digits")
    return ""


def _is_summary(turn: Turn) -> bool:
    return turn.node is not None and isinstance(turn.node.step, Confirm)


def _echo(turn: Turn) -> str:
    """«К хирургу, в Чусовом.»: what was understood, so that a mistake can be heard and mended."""
    said = [
        turn.script.spoken_value(name, turn.state.slots[name])
        for name in dict.fromkeys(turn.echo)
        if name in turn.state.slots
    ]
    text = ", ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def either(titles: Sequence[str]) -> str:
    """«о документах, о сроках или о возрасте»."""
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} или {titles[-1]}"
