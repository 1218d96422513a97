"""The read-back before anything is filed: yes, no, and what exactly is wrong."""

from __future__ import annotations

from typing import Final

from dialog import asking, filling, ladder, manners, phrasing, topics, walk
from dialog.events import Heard
from dialog.flow.schema import Collect, Confirm
from dialog.state import Asking, Frame
from dialog.turn import Turn

_NAMED: Final = 3
"""Slots that the question names; more are said to be «другое»."""


def heard(turn: Turn, event: Heard, step: Confirm) -> None:
    """Words after «Всё верно?»."""
    parse = event.parse
    names = _correctable(turn, step)
    said = filling.yes_or_no(turn.script, event)
    other = topics.digression(turn, parse)
    unsure = said is None or said.confidence < 0.5
    asks = not phrasing.amends(parse.text) or topics.is_question(parse.text)
    if other is not None and unsure and asks:
        topics.digress(turn, other, parse)
        return
    if _corrected(turn, event, names):
        return
    if said is not None and not (other is not None and said.confidence < 0.5):
        answered(turn, said.value == "yes")
    else:
        manners.neither(turn, event)


def _corrected(turn: Turn, event: Heard, names: tuple[str, ...]) -> bool:
    """What the caller says anew, or names as wrong."""
    told = filling.changed(turn.script, names, turn.state.slots, event)
    told = {name: value for name, value in told.items() if name in names}
    retold = _told_anew(turn, event, names)
    if retold:  # the digits of a birthday or a telephone are no day or hour of a visit
        told = {n: v for n, v in told.items() if turn.script.slots[n].reads != "day_and_time"}
    told |= retold
    text = event.parse.text
    wrong = filling.called(turn.script, names, text)
    if wrong is not None and wrong not in told and phrasing.amends(text):
        reading = filling.reading(turn, wrong, event)
        kind = turn.script.slots[wrong].reads
        sure = reading is not None and not reading.unsure_between
        if sure and kind in ("phone", "policy", "snils", "birth_date", "age", "address"):
            assert reading is not None
            told[wrong] = reading.value
    if told:
        turn.progressed()
        turn.fill(told)
        turn.correcting = True
        walk.go(turn, _place(turn, tuple(told)))
        return True
    if wrong is not None and (phrasing.amends(text) or turn.state.asking is Asking.WRONG):
        reopen(turn, wrong)
        return True
    return False


def _told_anew(turn: Turn, event: Heard, names: tuple[str, ...]) -> dict[str, str]:
    """A number or a birthday that is said again, and otherwise: «нет, пятое мая…»."""
    slots = turn.state.slots
    told = filling.volunteered(turn.script, names, slots, event, anew=True)
    found = {name: value for name, value in told.items() if slots.get(name) != value}
    digits = [name for name in found if turn.script.slots[name].reads in filling.DIGITS]
    return found if len(digits) < 2 else {n: v for n, v in found.items() if n not in digits}


def _place(turn: Turn, names: tuple[str, ...]) -> str | None:
    """Where to walk on from after a correction: the earliest question of what has changed, since
    what follows may depend on it."""
    flow, step = turn.flow, turn.state.step
    assert flow is not None
    for node in flow.nodes.values():
        if isinstance(node.step, Collect) and node.step.collect in names:
            return node.id
    return step


def answered(turn: Turn, yes: bool) -> None:
    """A clear yes or no to the summary."""
    node = turn.node
    assert node is not None
    assert isinstance(node.step, Confirm)
    if yes:
        turn.progressed()
        walk.go(turn, node.next_id(turn.scope))
        return
    names = _correctable(turn, node.step)
    if not names:
        manners.cancel(turn)
    elif len(names) == 1:
        reopen(turn, names[0])
    else:
        ask_wrong(turn, names)


def ask_wrong(turn: Turn, names: tuple[str, ...]) -> None:
    """Ask what to correct."""
    titles = [turn.script.slots[name].title or name for name in names]
    if len(titles) > _NAMED + 1:
        titles = [*titles[:_NAMED], "другое"]
    text = turn.text("utter_what_wrong", options=asking.either(titles))
    asking.ask(turn, text, Asking.WRONG, names)


def wrong(turn: Turn, event: Heard) -> None:
    """Words after «Что исправить?»."""
    names = turn.state.options
    if _corrected(turn, event, names):
        return
    titles = {name: turn.script.slots[name].title or name for name in names}
    named = filling.choice(titles, event)
    if named is not None:
        reopen(turn, named)
        return
    said = filling.yes_or_no(turn.script, event)
    other = topics.digression(turn, event.parse)
    nothing = said is not None and said.value == "no" and event.parse.intent in ("deny", None)
    if nothing or event.parse.intent == "affirm":  # «ничего, всё верно»
        turn.put(asking=Asking.STEP, options=())
        walk.go(turn, turn.state.step)
        return
    if other is not None:
        turn.put(asking=Asking.STEP, options=())
        topics.digress(turn, other, event.parse)
        return
    ladder.no_match(turn)


def reopen(turn: Turn, name: str) -> None:
    """Ask for one slot again, then come back to the summary."""
    flow = turn.flow
    assert flow is not None
    turn.progressed()
    turn.forget([name])
    turn.correcting = True
    own = flow.question_of(name)
    if own is not None:
        walk.go(turn, own)
        return
    for other in turn.script.flows.values():
        step = other.question_of(name)
        if step is not None:
            turn.put(frames=(*turn.state.frames, Frame(other.id, step, after="again")))
            walk.go(turn, step)
            return
    walk.go(turn, turn.state.step)


def _correctable(turn: Turn, step: Confirm) -> tuple[str, ...]:
    flow = turn.flow
    assert flow is not None
    names = step.slots or turn.script.collects[flow.id]
    return tuple(
        name for name in names
        if (name in turn.state.slots or name in turn.state.skipped)
        and turn.script.slots[name].reads != "yes_no"
    )  # fmt: skip
