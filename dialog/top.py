"""Words at the top of the conversation: anything may be asked, or one of a few topics chosen."""

from __future__ import annotations

from typing import Final

from dialog import asking, filling, handover, ladder, topics, walk
from dialog.events import Heard
from dialog.menu import at
from dialog.nlu.interpreter import Parse
from dialog.state import Asking
from dialog.turn import Turn

_MOST_CHOICES: Final = 3
_SURELY_ELSEWHERE: Final = 0.9
"""Confidence that the service has nothing to do with it, from which it is said so."""
_MOST_WORDS: Final = 20
"""Words of a question; more are too much for the ear."""


def heard(turn: Turn, event: Heard) -> None:
    """Begin what the caller asks for."""
    parse = event.parse
    served = bool(turn.state.tried)
    if turn.state.menu is not None and _menu_item(turn, event):
        return
    if parse.clarify:
        clarify(turn, parse.clarify)
        return
    match parse.intent:
        case "deny" | "goodbye" | "thanks" if served:
            turn.goodbye()
        case "goodbye":
            turn.goodbye()
        case "affirm" if served or turn.state.step_failures <= 1:
            turn.failed(in_call=False)  # «да» without end is no question
            if ladder.exhausted(turn):
                handover.give_up(turn)
            else:
                asking.top(turn, "utter_listening")
        case "out_of_scope":
            _out_of_scope(turn)
        case None if _is_out_of_scope(parse):
            _out_of_scope(turn)
        case None | "affirm" | "deny" | "thanks" | "repeat" | "slower":
            ladder.no_match(turn)
        case intent:
            topics.begin(turn, intent, parse.text)


def _menu_item(turn: Turn, event: Heard) -> bool:
    """An option of the menu, named as it was read out or by its number."""
    path = turn.state.menu or ()
    options = at(turn.script.menu, path)
    parse = event.parse
    if len(parse.text.split()) > 4:
        return False
    titles = {
        str(n): option.title or turn.script.topics[option.topic or ""].title
        for n, option in enumerate(options)
    }
    chosen = filling.choice(titles, event)
    if chosen is None:
        return False
    take(turn, int(chosen))
    return True


def take(turn: Turn, index: int) -> None:
    """Take an option of the menu that is offered, or of the main one."""
    path = turn.state.menu or ()
    options = at(turn.script.menu, path)
    if index >= len(options):
        turn.failed()
        if ladder.exhausted(turn):
            handover.give_up(turn)
        else:
            asking.menu(turn, path)
        return
    option = options[index]
    turn.progressed()
    if option.menu:
        asking.menu(turn, (*path, index))
    elif option.flow is not None:
        walk.begin(turn, option.flow)
    else:
        turn.put(menu=None)
        topics.begin(turn, option.topic or "")


def _is_out_of_scope(parse: Parse) -> bool:
    """Whether words that no topic takes are surely about something else, not just unclear."""
    first = parse.ranking[0] if parse.ranking else None
    return (
        first is not None
        and first.intent == "out_of_scope"
        and first.confidence >= _SURELY_ELSEWHERE
        and len(parse.text.split()) > 1
    )


def _out_of_scope(turn: Turn) -> None:
    turn.failed()
    if ladder.exhausted(turn):
        handover.give_up(turn)
        return
    turn.put(menu=None)
    asking.ask(turn, turn.text("utter_out_of_scope"), Asking.TOP)


def clarify(turn: Turn, intents: tuple[str, ...]) -> None:
    """Ask which of the likely topics is meant."""
    script = turn.script
    known = [i for i in intents if i in script.topics and script.topics[i].does != "control"]
    options = tuple(known[:_MOST_CHOICES])
    if not options:
        ladder.no_match(turn)
        return
    text = _choice(turn, options)
    if len(text.split()) > _MOST_WORDS:
        options = options[:2] if len(options) > 2 else options[:1]
        text = _choice(turn, options)
    turn.failed(in_call=False)
    if ladder.exhausted(turn):
        handover.give_up(turn)
        return
    asking.ask(turn, text, Asking.CHOOSING, options)


def _choice(turn: Turn, options: tuple[str, ...]) -> str:
    titles = [turn.script.topics[name].title for name in options]
    return turn.text("utter_choose", options=asking.either(titles))


def chosen(turn: Turn, event: Heard) -> bool:
    """The answer to a question between topics; False where the words are about something else."""
    parse, options = event.parse, turn.state.options
    said = filling.yes_or_no(turn.script, event)
    titles = {name: turn.script.topics[name].title for name in options}
    if said is not None and said.confidence >= 0.6 and (len(options) == 1 or said.value == "no"):
        settle(turn, options[0] if said.value == "yes" else None, parse)
        return True
    named = filling.choice(titles, event) if len(options) > 1 else None
    if named is None:
        likely = (ranked.intent for ranked in parse.ranking[:3])
        named = next((intent for intent in likely if intent in options), None)
    if named is None and parse.intent == "affirm":  # to two things at once
        ladder.no_match(turn)
        return True
    if named is not None:
        settle(turn, named, parse)
        return True
    return False


def settle(turn: Turn, intent: str | None, parse: Parse | None = None) -> None:
    """Go on with the topic that was meant; None: with none of them."""
    turn.put(options=(), asking=Asking.STEP if turn.state.frames else Asking.TOP)
    if intent is not None:
        topics.begin(turn, intent, parse.text if parse is not None else "")
    elif turn.state.frames and turn.state.step is not None:
        walk.go(turn, turn.state.step)
    else:
        turn.put(question=turn.text("utter_listening"), answer="")
        ladder.no_match(turn)
