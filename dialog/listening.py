"""What the caller's words are an answer to: who of the others is asked first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dialog import answering, asking, filling, ladder, manners, phrasing, summary, top, topics, walk
from dialog.commands import Command
from dialog.events import Heard
from dialog.flow.schema import Answer, Collect
from dialog.keys import tell_detail
from dialog.state import MOST_WORDS_KEPT, Asking
from dialog.turn import Turn

_SHORT_QUESTION: Final = 6
"""Words; so short a question after an answer is about it."""
_SURE: Final = 0.8
"""Confidence from which a longer one is about another topic."""


def heard(turn: Turn, event: Heard) -> None:
    """Answer what the caller said. Danger goes first, then a wish for a person, then all else."""
    event = _known(turn, event)
    parse = event.parse
    turn.put(snr_db=event.snr_db)
    if not _tells_numbers(turn, event):  # what is kept goes into requests, and is read by many
        turn.put(last_words=parse.text[:MOST_WORDS_KEPT])
    if parse.safety is not None and parse.intent is not None:
        alarmed(turn, parse.intent)
        return
    if not parse.text.strip():
        ladder.no_match(turn)
        return
    command = turn.script.commands.find(parse.text)
    if command is not None and not _answers(turn, event, command) and manners.obey(turn, command):
        return
    if command is None and _calls_flow(turn, event):
        return
    if command is None and not _tells_text(turn) and not _clearly_answers(turn, event):
        if manners.by_intent(turn, parse):
            return
        if parse.intent == "operator" and parse.confidence >= topics.DIGRESSION_CONFIDENCE:
            manners.operator(turn)
            return
    _answered(turn, event)


def _calls_flow(turn: Turn, event: Heard) -> bool:
    """Begin a flow that no topic stands for, by its own words: «перезвоните мне»."""
    parse = event.parse
    name = filling.called_flow(turn.script, parse.text)
    topic = turn.script.topics.get(parse.intent or "")
    other = topic is not None and topic.does not in ("control", "operator") and not parse.clarify
    if name is None or other or turn.busy or turn.state.asking not in (Asking.TOP, Asking.DETAILS):
        return False
    turn.progressed()
    walk.begin(turn, name, parse.text)
    return True


def _known(turn: Turn, event: Heard) -> Heard:
    """The event without topics of another version of the content than this call's."""
    parse, topics = event.parse, turn.script.topics
    known = parse.intent is None or parse.intent in topics
    if known and all(intent in topics for intent in parse.clarify):
        return event
    clarify = tuple(intent for intent in parse.clarify if intent in topics)
    intent = parse.intent if known else None
    return replace(event, parse=replace(parse, intent=intent, clarify=clarify))


def alarmed(turn: Turn, intent: str) -> None:
    """A safety rule fired."""
    if intent == "operator":
        manners.operator(turn)
    else:
        turn.progressed()
        topics.begin(turn, intent)


def _answered(turn: Turn, event: Heard) -> None:
    match turn.state.asking:
        case Asking.CHOOSING:
            if not top.chosen(turn, event):
                turn.put(options=(), asking=Asking.STEP if turn.busy else Asking.TOP)
                _answered(turn, event)
        case Asking.UNSURE | Asking.DOUBT:
            answering.specified(turn, event)
        case Asking.WRONG:
            summary.wrong(turn, event)
        case Asking.DETAILS:
            _after_answer(turn, event)
        case Asking.STEP if turn.state.frames:
            answering.heard(turn, event)
        case _:
            top.heard(turn, event)


def _after_answer(turn: Turn, event: Heard) -> None:
    """After an answer with details: one of them, or anything else."""
    node, parse = turn.node, event.parse
    step = node.step if node is not None else None
    if isinstance(step, Answer):
        detail = filling.detail(step.details, parse.text)
        own = parse.intent in (None, turn.state.flow) or parse.intent not in turn.script.topics
        does = "" if own else turn.script.topics[parse.intent or ""].does
        short = len(parse.text.split()) <= _SHORT_QUESTION  # «а во сколько они работают»
        near = does == "control" or (does == "answer" and short) or parse.confidence < _SURE
        if detail is not None and (own or near):
            tell_detail(turn, step, detail)
            return
        asks_on = phrasing.asks_on(parse.text)
        said = None if asks_on else filling.yes_or_no(turn.script, event)
        offered = turn.state.question != turn.text("utter_anything_else")
        if said is not None and offered and parse.intent in ("affirm", "deny", None, "thanks"):
            if said.value == "no" and phrasing.thanks(parse.text):
                turn.goodbye()
            elif said.value == "no":
                asking.top(turn, "utter_anything_else")
            elif len(step.details) == 1:
                tell_detail(turn, step, next(iter(step.details)))
            else:
                asking.put(turn, asking.keypad_help(turn))
            return
    turn.put(frames=(), asking=Asking.TOP)
    top.heard(turn, event)


def _answers(turn: Turn, event: Heard, command: Command) -> bool:
    """Whether words that are a command are rather an answer to the question: «отменить»."""
    node = turn.node
    if turn.state.asking is not Asking.STEP or node is None or not isinstance(node.step, Collect):
        return turn.state.asking is Asking.UNSURE and command is Command.SKIP
    slot = turn.script.slots[node.step.collect]
    if slot.reads in ("text", "yes_no", "person", "address"):
        return False
    if command is Command.CANCEL and filling.told_again(turn, event.parse.text):
        return True
    return filling.reading(turn, node.step.collect, event) is not None


def _asked_kind(turn: Turn) -> str | None:
    """What the question of a step reads; None where none is asked."""
    node = turn.node
    if turn.state.asking is not Asking.STEP or node is None or not isinstance(node.step, Collect):
        return None
    return turn.script.slots[node.step.collect].reads


def _tells_numbers(turn: Turn, event: Heard) -> bool:
    """Whether the words are a telephone, a document or a birthday: their slots keep them."""
    if _asked_kind(turn) in (*filling.DIGITS, "birth_date"):
        return True
    slots = turn.script.slots
    numbers = [name for name, slot in slots.items() if slot.reads in filling.DIGITS]
    return bool(filling.volunteered(turn.script, numbers, {}, event))


def _tells_text(turn: Turn) -> bool:
    """Whether the question asks for free words, in which no wish may be guessed."""
    return _asked_kind(turn) == "text"


def _clearly_answers(turn: Turn, event: Heard) -> bool:
    """Whether the words name a value of what was asked, whatever else they sound like."""
    node = turn.node
    if turn.state.asking is not Asking.STEP or node is None or not isinstance(node.step, Collect):
        return False
    slot = turn.script.slots[node.step.collect]
    if slot.reads in ("text", "yes_no", "person", "address"):
        return False
    reading = filling.reading(turn, node.step.collect, event)
    return reading is not None and reading.confidence >= 0.9
