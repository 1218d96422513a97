"""Keys: 1 to 5 choose, 0 calls a person, 9 and * repeat, 8 goes back, # skips or goes back.

Keys that come together are taken one after the other, as callers type who know the menu.
"""

from __future__ import annotations

from dialog import answering, asking, filling, ladder, manners, summary, top, walk
from dialog.acts import Say
from dialog.events import Keys
from dialog.flow.schema import Answer, Collect, Confirm
from dialog.state import Asking
from dialog.turn import Turn


def pressed(turn: Turn, event: Keys) -> None:
    """Answer keys; what the first of them leads to, the next ones answer."""
    rest = event.keys
    while rest and turn.state.ended is None and turn.state.asking is not Asking.FILING:
        if rest == "#" and rest != event.keys:  # ends the input
            break
        if asking.key_input(turn).most > 1:
            key, rest = rest, ""
        else:
            key, rest = rest[0], rest[1:]
        # Of the keys before, only what was said counts: their questions are answered.
        turn.acts = [act for act in turn.acts if isinstance(act, Say)]
        failures = turn.state.call_failures
        _press(turn, key)
        if turn.state.call_failures > failures or turn.diverted is not None:
            break


def _press(turn: Turn, keys: str) -> None:
    node = turn.node
    asks_digits = asking.key_input(turn).most > 1
    bare = keys.rstrip("#") or "#"
    if bare == "0":  # a person, whatever digits are asked for
        manners.operator(turn)
        return
    if asks_digits and node is not None and isinstance(node.step, Collect):
        value = filling.typed(turn.script, node.step.collect, keys, turn.today)
        if value is not None:
            answering.fill(turn, value)
            return
    if bare in ("9", "*"):
        manners.repeat(turn)
    elif bare == "8":
        manners.back(turn)
    elif bare == "#":
        if node is not None and _may_skip(turn):
            manners.skip(turn)
        else:
            manners.back(turn)
    elif len(bare) == 1 and bare.isdigit():
        _choose(turn, int(bare) - 1)
    else:
        ladder.no_match(turn)


def _may_skip(turn: Turn) -> bool:
    node = turn.node
    if node is None or turn.state.asking is not Asking.STEP:
        return False
    return isinstance(node.step, Collect) and node.step.optional


def _choose(turn: Turn, index: int) -> None:
    """Take what key `index` + 1 stands for."""
    state, node = turn.state, turn.node
    options = state.options
    match state.asking:
        case Asking.TOP:
            top.take(turn, index)
        case Asking.DETAILS if node is not None and isinstance(node.step, Answer):
            details = list(node.step.details)
            if index < len(details):
                tell_detail(turn, node.step, details[index])
            else:
                ladder.no_match(turn)
        case Asking.CHOOSING if len(options) == 1 and index < 2:
            top.settle(turn, options[0] if index == 0 else None)
        case Asking.CHOOSING if index < len(options):
            top.settle(turn, options[index])
        case Asking.DOUBT if index < 2:
            if index == 0:
                answering.fill(turn, options[0])
            else:
                answering.neither(turn)
        case Asking.UNSURE if index < len(options):
            answering.fill(turn, options[index])
        case Asking.WRONG:
            _wrong(turn, index)
        case Asking.STEP if node is not None and isinstance(node.step, Confirm) and index < 2:
            summary.answered(turn, index == 0)
        case Asking.STEP if node is not None and isinstance(node.step, Collect):
            _value(turn, node.step, str(index + 1))
        case _:
            ladder.no_match(turn)


def _wrong(turn: Turn, index: int) -> None:
    """A slot to correct; of more than five, the fifth key turns the page."""
    options = turn.state.options
    page = asking.page(options)
    if index >= len(page):
        if index == len(page) < len(options):
            turn.put(options=(*options[len(page) :], *page))
            asking.put(turn, asking.keypad_help(turn))
        else:
            ladder.no_match(turn)
    else:
        summary.reopen(turn, page[index])


def _value(turn: Turn, step: Collect, key: str) -> None:
    """What a key says at a question."""
    choice = asking.keys_of(step, turn.script.slots[step.collect]).get(key)
    if choice is None:
        ladder.no_match(turn)
    elif isinstance(choice, str):
        answering.fill(turn, choice)
    elif choice.skip:
        manners.skip(turn)
    else:
        turn.progressed()
        walk.go(turn, choice.next)


def tell_detail(turn: Turn, step: Answer, name: str) -> None:
    """Say a detail of the answer that was given, and listen on."""
    turn.progressed()
    answer = step.details[name].answer
    if turn.script.answer(answer, turn.today) is None:
        turn.say(turn.text("utter_ask_operator"))
    else:
        turn.say(turn.text(answer))
    asking.ask(turn, turn.text("utter_anything_else"), Asking.DETAILS)
