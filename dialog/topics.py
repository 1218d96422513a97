"""What the call is about: a topic begins, or a question about another one comes in between."""

from __future__ import annotations

from typing import Final

from dialog import asking, filling, handover, ladder, walk
from dialog.flow.schema import Answer
from dialog.nlu.interpreter import Parse
from dialog.slots.words import vocabulary, words_of
from dialog.state import Asking
from dialog.turn import Turn

DIGRESSION_CONFIDENCE: Final = 0.6
"""In the middle of a flow, words that do not answer change the topic only from here on."""
INTERRUPT_CONFIDENCE: Final = 0.9
"""And leave it for another flow without a question from here on."""
_QUESTION_WORDS: Final = vocabulary(
    "когда где как сколько какой какая какие каких какого почему зачем куда кто можно ли что чем "
    "скажите подскажите расскажите узнать"
)


def begin(turn: Turn, intent: str, text: str = "") -> None:
    """Do what a topic does; whatever flow was in progress is dropped, or waits."""
    topic = turn.script.topics[intent]
    if topic.does == "control":
        ladder.no_match(turn)
        return
    if intent == "operator":
        handover.operator(turn)
        return
    turn.tried(intent)
    match topic.does:
        case "redirect":
            assert topic.number is not None
            turn.redirect(topic.number, topic.say)
        case "operator" if intent not in turn.script.flows:
            handover.hand_over(turn, topic.queue, topic.say, always_answered=topic.always_answered)
        case _ if intent in turn.script.flows:
            _say_aside(turn, intent, text)
            walk.begin(turn, intent, text, after="resume" if turn.busy else "end")
        case _:
            _answer(turn, intent, text)


def _say_aside(turn: Turn, flow: str, text: str) -> None:
    """What a flow knows about the very question that begins it: «сколько ждать кардиолога»."""
    details = turn.script.flows[flow].details
    name = filling.detail(details, text) if is_question(text) else None
    if name is not None and turn.script.answer(details[name].answer, turn.today) is not None:
        turn.say(turn.text(details[name].answer))


def _answer(turn: Turn, intent: str, text: str) -> None:
    """An answer that has no flow."""
    turn.progressed()
    if walk.tell(turn, Answer(answer=f"utter_{intent}"), text) is None:
        handover.give_up(turn)
    else:
        asking.top(turn, "utter_anything_else")


def digression(turn: Turn, parse: Parse) -> str | None:
    """The other topic that words in the middle of a flow are surely about, or None."""
    intent = parse.intent
    if intent is None or parse.clarify or parse.confidence < DIGRESSION_CONFIDENCE:
        return None
    topic = turn.script.topics.get(intent)
    if topic is None or topic.does == "control":
        return None
    return None if intent in (f.flow for f in turn.state.frames) else intent


def aside(turn: Turn, text: str) -> bool:
    """A question that a flow in progress answers itself, «а сколько ждать?», and its own question
    again; False where it is none of these."""
    for frame in reversed(turn.state.frames):
        details = turn.script.flows[frame.flow].details
        name = filling.detail(details, text)
        if name is not None:
            turn.progressed()
            if turn.script.answer(details[name].answer, turn.today) is None:
                turn.say(turn.text("utter_ask_operator"))
            else:
                turn.say(turn.text(details[name].answer))
            asking.again(turn, turn.text("utter_return"))
            return True
    return False


def is_question(text: str) -> bool:
    """Whether words ask rather than answer."""
    return any(word.text in _QUESTION_WORDS for word in words_of(text))


def digress(turn: Turn, intent: str, parse: Parse) -> None:
    """Another topic in the middle of a flow: answered, and back to the question."""
    topic = turn.script.topics[intent]
    step = _plain_answer(turn, intent)
    if step is not None:
        turn.put(tried=(*(t for t in turn.state.tried if t != intent), intent)[-8:])
        if walk.tell(turn, step, parse.text) is None:
            turn.say(turn.text("utter_ask_operator"))
        turn.progressed()
        asking.again(turn, turn.text("utter_return"))
        return
    flows = intent in turn.script.flows
    if flows and topic.does != "redirect" and parse.confidence < INTERRUPT_CONFIDENCE:
        text = turn.text("utter_choose", options=topic.title)
        asking.ask(turn, text, Asking.CHOOSING, (intent,))
        return
    begin(turn, intent, parse.text)


def _plain_answer(turn: Turn, intent: str) -> Answer | None:
    """The answer to a topic that needs no questions."""
    if intent in turn.script.plain_answers:
        nodes = turn.script.flows[intent].nodes.values()
        return next(node.step for node in nodes if isinstance(node.step, Answer))
    if intent not in turn.script.flows and turn.script.topics[intent].does == "answer":
        return Answer(answer=f"utter_{intent}")
    return None
