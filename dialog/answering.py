"""Answers to the question of a flow's step: taken, doubted, corrected, or about something else."""

from __future__ import annotations

from typing import Final

from dialog import asking, filling, handover, ladder, manners, phrasing, summary, topics, walk
from dialog.events import Heard
from dialog.flow.schema import Collect, Confirm
from dialog.slots.reading import Reading
from dialog.state import Asking
from dialog.turn import Turn

ANSWER_CONFIDENCE: Final = 0.5
"""Below it an answer gives way to a question: «да, а когда вы работаете»."""
_HEARD_BADLY: Final = 0.35
"""Confidence of ear and reader together below which a value is asked back at once."""
_CERTAIN_KINDS: Final = frozenset({"yes_no", "text", "person", "address", "options"})
"""Kinds that the summary confirms, or that a question would only repeat."""
_WORD_FOR_WORD: Final = 0.95
"""Confidence of an answer that a sure question about something else does not outweigh."""
_TEXT_DIGRESSION: Final = 0.85
_LONG_QUESTION: Final = 12
"""Words; a longer text is a story, not a question in between."""


def heard(turn: Turn, event: Heard) -> None:
    """Words after a step's question."""
    node = turn.node
    if node is not None and isinstance(node.step, Confirm):
        summary.heard(turn, event, node.step)
    elif node is not None and isinstance(node.step, Collect):
        _collected(turn, event, node.step)
    else:
        handover.give_up(turn)


def _collected(turn: Turn, event: Heard, step: Collect) -> None:
    parse, name = event.parse, step.collect
    reads = turn.script.slots[name].reads
    if topics.is_question(parse.text) and topics.aside(turn, parse.text):
        return
    reading = filling.reading(turn, name, event)
    if reads == "phone" and reading is None and phrasing.own_number(parse.text):
        _own_number(turn)
        return
    other = topics.digression(turn, parse)
    if reading is not None and _answers(turn, event, reading, reads, other):
        if reading.unsure_between:
            ask_which(turn, name, reading.unsure_between)
        else:
            _accept(turn, event, step, reading)
        return
    told = _told_besides(turn, event, name)
    asks = other is not None and (
        topics.is_question(parse.text) or parse.confidence >= topics.INTERRUPT_CONFIDENCE
    )
    open_ = step.optional and phrasing.unknown(parse.text)
    if told and (phrasing.amends(parse.text) or not asks):
        turn.progressed()
        filling.take(turn, told)
        if open_:  # «не знаю, в какую, мы в закамске живём»
            turn.put(skipped=(*turn.state.skipped, name))
        _go_on(turn)
    elif open_ and not asks:
        manners.skip(turn)
    elif (wrong := _called_wrong(turn, event, name)) is not None:
        summary.reopen(turn, wrong)
    elif other is not None:
        topics.digress(turn, other, parse)
    elif step.optional and (parse.intent == "deny" or _says_no(turn, event)):
        manners.skip(turn)
    else:
        manners.neither(turn, event)


def _answers(turn: Turn, event: Heard, reading: Reading, reads: str, other: str | None) -> bool:
    """Whether words that can be read as an answer are one."""
    text = event.parse.text
    asks = other is not None and topics.is_question(text)
    if reads == "text" and _is_age(turn, text):
        return False
    if reads == "text":  # a story may sound like another complaint; only a question leaves it
        question = asks and other in turn.script.plain_answers
        short = len(text.split()) <= _LONG_QUESTION
        return not (question and short and event.parse.confidence >= _TEXT_DIGRESSION)
    listed = reads not in turn.script.lists or reading.value in turn.script.lists[reads].entries
    if (reads in ("person", "address") and asks) or (not listed and topics.is_question(text)):
        return False
    sure = event.parse.confidence >= topics.INTERRUPT_CONFIDENCE
    if asks and sure and reading.confidence < _WORD_FOR_WORD:
        return False
    return not (other is not None and reading.confidence < ANSWER_CONFIDENCE)


def _is_age(turn: Turn, text: str) -> bool:
    """Whether words are nothing but an age that the flow asks for elsewhere: «три года»."""
    if all(turn.script.slots[name].reads != "age" for name in _names(turn)):
        return False
    reading = turn.script.readers.read("age", (text,), turn.today)
    if reading is None or not reading.value.isdecimal():  # «три дня» may well be an illness
        return False
    return phrasing.names_only_whose(f"{text[: reading.start]} {text[reading.end :]}")


def _called_wrong(turn: Turn, event: Heard, asked: str) -> str | None:
    """A slot with a value that the caller takes back without another: «телефон не тот»."""
    text, slots = event.parse.text, turn.state.slots
    names = [name for name in _names(turn) if name in slots or name == asked]
    wrong = filling.called(turn.script, names, text) if phrasing.takes_back(text) else None
    return wrong if wrong != asked else None


def _own_number(turn: Turn) -> None:
    """Take the number of this call, or say that it is not to be seen."""
    if turn.state.caller is not None:
        fill(turn, turn.state.caller)
        return
    turn.failed(in_call=False)
    if ladder.exhausted(turn):
        handover.give_up(turn)
    else:
        asking.again(turn, turn.text("utter_number_unseen"))


def _says_no(turn: Turn, event: Heard) -> bool:
    said = filling.yes_or_no(turn.script, event)
    return said is not None and said.value == "no"


def _accept(turn: Turn, event: Heard, step: Collect, reading: Reading) -> None:
    """Take the value, and what else was told with it."""
    name = step.collect
    slot = turn.script.slots[name]
    manner = step.confirm or slot.confirmation
    sure = reading.confidence * event.asr_confidence
    badly = sure < _HEARD_BADLY and slot.reads not in _CERTAIN_KINDS
    if (manner == "explicit" and slot.reads != "yes_no") or badly:
        doubt(turn, name, reading.value)
        return
    turn.progressed()
    pair = filling.both_named(turn.script, _names(turn), event.parse.text, turn.today)
    values = {name: reading.value} | pair
    if slot.reads not in ("text", "address", "person"):
        values |= _told_besides(turn, event, name, asked_answered=True)
    elif slot.reads == "address":
        values |= _towns(turn, event)
    elif slot.reads == "person":
        values |= filling.volunteered(turn.script, _names(turn), turn.state.slots, event)
    turn.fill(values)
    turn.echo += [
        n for n in values
        if (manner if n == name else turn.script.slots[n].confirmation) == "implicit"
    ]  # fmt: skip
    _go_on(turn)


def _told_besides(
    turn: Turn, event: Heard, asked: str, asked_answered: bool = False
) -> dict[str, str]:
    """Other slots that the words fill, or give another value.

    A slot that has a value is changed by words of correction. Without them, where the question
    itself is not answered, a new value counts as well («тридцатого ноября», after the day was
    misheard), but not after a question for numbers: half a birthday is a day, too.
    """
    names = [name for name in _names(turn) if name != asked]
    script, slots = turn.script, turn.state.slots
    numbers_asked = script.slots[asked].reads in (*filling.DIGITS, "birth_date", "age")
    if asked_answered:
        mine = script.slots[asked].reads
        others = filling.DIGITS if mine in filling.DIGITS else {mine}
        names = [name for name in names if script.slots[name].reads not in others]
    told = filling.named(script, names, event.parse.text, turn.today)
    if phrasing.amends(event.parse.text):
        told |= filling.changed(script, [n for n in names if n in slots], slots, event)
    else:
        free = {n for n in names if script.slots[n].reads in script.lists or not numbers_asked}
        told = {
            name: value
            for name, value in told.items()
            if name not in slots or (name in free and not asked_answered)
        }
    anew = not asked_answered and not numbers_asked  # told again, and otherwise
    told |= filling.volunteered(script, names, slots, event, anew=anew)
    if any(script.slots[name].reads == "birth_date" for name in told):
        told = {n: v for n, v in told.items() if script.slots[n].reads != "day_and_time"}
    return {name: value for name, value in told.items() if slots.get(name) != value}


def _towns(turn: Turn, event: Heard) -> dict[str, str]:
    """Places of the lists that an address names: «кунгур, улица гоголя, пять».

    A street called after a town («Соликамская») is none.
    """
    script, text = turn.script, event.parse.text
    named = [n for n in _names(turn) if script.slots[n].reads in script.lists]
    told = {}
    for name in named:
        reading = script.readers.spot(script.slots[name].reads, text, turn.today)
        if reading is not None and not reading.text.endswith(("ая", "ой", "ую", "ий", "ого")):
            told[name] = reading.value
    return {name: value for name, value in told.items() if turn.state.slots.get(name) != value}


def _names(turn: Turn) -> tuple[str, ...]:
    """Slots of the flow that talks, and of those that called it."""
    found: list[str] = []
    for frame in reversed(turn.state.frames):
        found += turn.script.collects.get(frame.flow, ())
        if frame.after not in ("next", "again"):
            break
    return tuple(dict.fromkeys(found))


def _go_on(turn: Turn) -> None:
    """Walk on from the question, whether its slot has a value by now or not."""
    turn.correcting = True
    walk.go(turn, turn.state.step)


def fill(turn: Turn, value: str) -> None:
    """The asked slot gets a value that leaves no doubt: by key, or after a question between two."""
    node = turn.node
    assert node is not None
    assert isinstance(node.step, Collect)
    turn.progressed()
    filling.take(turn, {node.step.collect: value})
    walk.go(turn, node.id)


def ask_which(turn: Turn, name: str, options: tuple[str, ...]) -> None:
    """Ask between values that the same words may mean."""
    options = options[: filling.MOST_OPTIONS]
    turn.failed(in_call=False)
    if ladder.exhausted(turn):
        handover.give_up(turn)
        return
    titles = turn.script.told_apart(name, options)
    text = turn.text("utter_which", options=asking.either(titles))
    asking.ask(turn, text, Asking.UNSURE, options)


def doubt(turn: Turn, name: str, value: str) -> None:
    """Ask whether a value was heard right."""
    turn.failed(in_call=False)
    if ladder.exhausted(turn):
        handover.give_up(turn)
        return
    text = turn.text("utter_check_value", value=turn.script.spoken_value(name, value))
    asking.ask(turn, text, Asking.DOUBT, (value,))


def specified(turn: Turn, event: Heard) -> None:
    """Words after a question between values, or about one."""
    node, options = turn.node, turn.state.options
    if node is None or not isinstance(node.step, Collect):
        handover.give_up(turn)
        return
    said = filling.yes_or_no(turn.script, event)
    value = None
    if turn.state.asking is Asking.DOUBT:
        if said is not None and said.value == "yes" and said.confidence >= ANSWER_CONFIDENCE:
            value = options[0]
    else:
        value = filling.specified(turn, node.step.collect, options, event)
    if value is not None:
        fill(turn, value)
        return
    reading = filling.reading(turn, node.step.collect, event)
    if reading is None and said is not None and said.value == "no":
        neither(turn)
        return
    turn.put(asking=Asking.STEP, options=())
    _collected(turn, event, node.step)


def neither(turn: Turn) -> None:
    """None of the values was meant: the question itself again."""
    turn.failed(in_call=False)
    if ladder.exhausted(turn):
        handover.give_up(turn)
    else:
        walk.go(turn, turn.state.step)
