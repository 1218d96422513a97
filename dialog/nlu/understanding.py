"""Understanding as a whole: safety rules first, then the interpreter, then entities.

The parts come from outside, so that the same order holds for the embedded interpreter and for Rasa.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dialog.acts import AnswerKind
from dialog.nlu.bands import CANDIDATE_FLOOR, CANDIDATES, Costs
from dialog.nlu.embedded import load_interpreter
from dialog.nlu.evaluate import OUT_OF_SCOPE
from dialog.nlu.interpreter import Context, Entity, Interpreter, Parse, Ranked
from dialog.nlu.safety import KINDS, SafetyRules
from models.memory import give_back

if TYPE_CHECKING:
    from dialog.nlu.rasa_client import RasaServer

ALARM_CONFIDENCE: Final = 0.99
"""What a safety rule says is sure; of its own test phrases at most one in a hundred is false."""

LIFE: Final = ("ambulance_103", "emergency_112", "crisis")
MISSED_ALARM: Final = 25.0
"""What a missed alarm costs, in the unit of `dialog.nlu.bands.Costs`."""
ALARM_DOUBT: Final = Costs().useless_question / (Costs().useless_question + MISSED_ALARM)
"""Probability of an alarm from which a question costs less than keeping silent: 0.09."""

FALSE_ALARM: Final = 10.0
"""What an ambulance or a rescue called for nothing costs, in the same unit."""
SURE_ALARM: Final = 1 - Costs().question / FALSE_ALARM
"""Probability below which the interpreter alone asks before it alarms anybody: 0.9."""
_FEW_WORDS: Final = 12
"""A longer story may well have an alarm in its midst."""

_NO_CONTEXT: Final = Context()


@dataclass(frozen=True)
class Alarm:
    """A safety rule fired."""

    rule: str
    """Its id."""
    intent: str
    """Where it leads, for example ``ambulance_103``."""


EntityExtractor = Callable[[str], tuple[Entity, ...]]
"""Any text in; what it names, in the order of the text, without overlaps."""


class Understanding:
    """An interpreter behind the safety rules, with entities. Itself an `Interpreter`."""

    def __init__(
        self,
        interpreter: Interpreter,
        safety: SafetyRules | None = None,
        entities: EntityExtractor | None = None,
    ) -> None:
        self.name = interpreter.name
        self._interpreter = interpreter
        self._safety = safety
        self._entities = entities

    def parse(self, text: str, context: Context = _NO_CONTEXT) -> Parse:
        """Understand any string. Where a safety rule fires, its intent stands, without a question,
        unless it hangs by a lone word in a short phrase that is surely about something else.

        Where the rules know the words but find them denied, past or told («нет, ничего не горит»),
        the interpreter, which minds no negation, may raise the alarm only as a question. What it
        rejects, but would not be surprised to be an alarm, is asked about, too.

        Only the best reading of the recognizer may raise an alarm: the others would raise false
        ones.
        """
        parse = self._interpreter.parse(text, context)
        if self._safety is not None:
            alarm = alarm_of(self._safety, text)
            if alarm is not None and self._is_about_else(parse, context):
                parse = _asked_whether(parse, alarm)
            elif alarm is not None:
                parse = alarmed(parse, alarm)
            elif self._asks_first(parse, context):
                parse = replace(parse, clarify=_choices(parse))
            elif parse.intent is None:
                parse = _doubted(parse)
        if self._entities is not None:
            parse = replace(parse, entities=_merged(self._entities(text), parse.entities))
        return parse

    def _asks_first(self, parse: Parse, context: Context) -> bool:
        """Whether an alarm by the interpreter alone is so doubtful that a question comes first."""
        if parse.intent not in KINDS or parse.clarify:
            return False
        unsure = context.expects is AnswerKind.OPEN and parse.confidence < SURE_ALARM
        if parse.intent in LIFE and unsure:
            return True
        return self._safety is not None and self._safety.silenced(parse.text)

    def _is_about_else(self, parse: Parse, context: Context) -> bool:
        """Whether an alarm hangs by one word of a few, and these are surely about something else.

        «Драка за талоны каждый день»: no expression of a rule, and the interpreter sees no alarm.
        """
        chances = {ranked.intent: ranked.confidence for ranked in parse.ranking}
        if context.expects is not AnswerKind.OPEN or len(parse.text.split()) > _FEW_WORDS:
            return False
        doubt = sum(chances.get(kind, 0.0) for kind in KINDS)
        return doubt < ALARM_DOUBT and self._safety is not None and self._safety.lone(parse.text)


def alarm_of(rules: SafetyRules, text: str) -> Alarm | None:
    """The safety rule that `text` (any string) fires, or None."""
    match = rules.check(text)
    return None if match is None else Alarm(match.rule_id, match.kind)


def _choices(parse: Parse) -> tuple[str, ...]:
    """The accepted intent and what else is likely: offered by a question instead."""
    likely = [r.intent for r in parse.ranking if r.confidence >= CANDIDATE_FLOOR]
    others = [name for name in likely if name not in (parse.intent, OUT_OF_SCOPE)]
    return tuple([parse.intent, *others][:CANDIDATES]) if parse.intent is not None else ()


def _asked_whether(parse: Parse, alarm: Alarm) -> Parse:
    """A question between the alarm and what the interpreter understood."""
    other = () if parse.intent in (None, OUT_OF_SCOPE) else (parse.clarify or (parse.intent,))
    offered = (alarm.intent, *(name for name in other if name is not None))
    return replace(parse, intent=alarm.intent, clarify=offered[:CANDIDATES])


def _doubted(parse: Parse) -> Parse:
    """A rejected phrase: asked about where an alarm is likely enough."""
    for ranked in parse.ranking:
        if ranked.intent in LIFE and ranked.confidence >= ALARM_DOUBT:
            return replace(parse, intent=ranked.intent, clarify=(ranked.intent,))
    return parse


def alarmed(parse: Parse, alarm: Alarm) -> Parse:
    """`parse` as the safety rule has it."""
    others = [ranked for ranked in parse.ranking if ranked.intent != alarm.intent]
    total = sum(ranked.confidence for ranked in others)
    left = (1 - ALARM_CONFIDENCE) / total if total > 0 else 0.0
    first = Ranked(alarm.intent, ALARM_CONFIDENCE)
    rest = tuple(Ranked(ranked.intent, ranked.confidence * left) for ranked in others)
    return replace(
        parse,
        intent=alarm.intent,
        confidence=ALARM_CONFIDENCE,
        ranking=(first, *rest),
        safety=alarm.rule,
        clarify=(),
    )


def _merged(listed: tuple[Entity, ...], learnt: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """What the lists name, and what else the interpreter has found, in the order of the text."""
    others = [
        entity
        for entity in learnt
        if all(entity.end <= other.start or other.end <= entity.start for other in listed)
    ]
    return tuple(sorted([*listed, *others], key=lambda entity: entity.start))


def load_understanding(
    content_dir: Path,
    model: Path,
    entities: EntityExtractor | None = None,
    rasa: RasaServer | None = None,
) -> Understanding:
    """Understanding by the embedded interpreter or by Rasa, ready to parse.

    Args:
        content_dir: for example ``nlu_data``; its ``safety`` holds the rules.
        model: what `voice122 train` wrote.
        entities: finds what a text names; None for none.
        rasa: asked first; the embedded interpreter answers whenever it does not. None for never.

    Raises:
        ContentError: the safety rules are broken.
        NluError: the model is missing or damaged.
    """
    rules = SafetyRules.load(content_dir / "safety")
    interpreter: Interpreter = load_interpreter(model)
    if rasa is not None:
        # Not above: what speaks HTTP takes 9 MB, and most services have no Rasa.
        from dialog.nlu.rasa_client import RasaClient
        from dialog.nlu.rasa_interpreter import connect_rasa

        interpreter = connect_rasa(RasaClient(rasa), interpreter)
    give_back()
    return Understanding(interpreter, rules, entities)
