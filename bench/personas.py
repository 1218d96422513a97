"""Simulated callers over the flows: containment, turns to goal, wrong answers, by persona.

Each of the personas of `bench/caller.py` makes the same number of calls, with the trained
interpreter, the safety rules and the content as they are. Calls want what callers want: mostly a
doctor. What a caller hears decides what he says next; nothing is spoken.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bench.caller import AGAIN, DONE, OPERATOR, PERSONAS, SILENCE, Caller, Persona
from bench.goals import Goals
from bench.noise import NoisyLine
from dialog.acts import Act, AnswerKind, Ask, File, Redirect, Transfer
from dialog.content.nlu_reader import load_nlu
from dialog.conversation_tests.compare import Spoken, heard
from dialog.conversation_tests.player import happen
from dialog.engine import Engine
from dialog.events import CallStarted, Event, Heard, HungUp, Keys, Silence
from dialog.flow.schema import Collect, Confirm
from dialog.load import load_script
from dialog.nlu.interpreter import Context, Parse
from dialog.nlu.remembered import RememberedInterpreter
from dialog.nlu.safety import SafetyRules
from dialog.nlu.understanding import Understanding
from dialog.script import Script
from dialog.state import Asking, State
from voice122.settings import Settings

AT: Final = datetime.fromisoformat("2026-11-25T10:00:00+05:00")
NIGHT: Final = datetime.fromisoformat("2026-11-25T22:00:00+05:00")
_MOST_TURNS: Final = 60


@dataclass
class Called:
    """How a call went."""

    turns: int = 0
    reached: int | None = None
    """Turns until the caller had what he wanted."""
    wrong: str = ""
    """What he was given that he had not asked for; empty where nothing."""
    handed_over: str = ""
    """Why an operator got the call; empty where none did."""
    ended: str = ""
    lines: list[str] = field(default_factory=list)


class Line:
    """Makes calls."""

    def __init__(self, script: Script, understand: Callable[[str, Context], Parse]) -> None:
        self.script = script
        self.engine = Engine(script)
        self._understand = understand
        self._spoken = Spoken(script.answers)

    def call(self, caller: Caller, mishear: Callable[[str], str], at: datetime) -> Called:
        """One call, to its end."""
        called = Called()
        event: Event = CallStarted(at, at == AT)
        state = State()
        expects = AnswerKind.OPEN
        again = 0
        while called.turns < _MOST_TURNS:
            before = state
            state, acts = happen(self.engine, state, event)
            called.lines.append(heard(acts))
            self._judge(caller, called, state, acts, event)
            if state.ended is not None:
                break
            expects = next((a.expects for a in reversed(acts) if isinstance(a, Ask)), expects)
            called.turns += 1
            stuck = state.call_failures > before.call_failures
            again = again + 1 if stuck else 0
            if again >= caller.persona.patience:
                event = HungUp(at, at == AT)
                continue
            said, keys = self._says(caller, called, state)
            if keys:
                event = Keys(at, at == AT, keys=keys)
                called.lines.append(f"    [{keys}]")
            elif said == SILENCE:
                event = Silence(at, at == AT)
                called.lines.append("    ...")
            else:
                text = mishear(said)
                parse = self._understand(text, Context(expects))
                event = Heard(at, at == AT, parse=parse, asr_confidence=0.9, snr_db=20.0)
                called.lines.append(f"    {text}")
        called.ended = state.ended or "endless"
        return called

    def _says(self, caller: Caller, called: Called, state: State) -> tuple[str, str]:
        """Words, or keys."""
        persona, goal = caller.persona, caller.goal
        if called.reached is not None and state.asking in (Asking.TOP, Asking.DETAILS):
            return caller.one_of(DONE), ""
        if caller.happens(persona.silent):
            return SILENCE, ""
        if caller.happens(persona.operator):
            return caller.one_of(OPERATOR), ""
        if called.turns > 1 and caller.happens(persona.asks_again):
            return caller.one_of(AGAIN), ""
        match state.asking:
            case Asking.TOP:
                if persona.keys and caller.happens(persona.keys):
                    path = "".join(str(index + 1) for index in state.menu or ())
                    keys = goal.keys["menu"]
                    if keys.startswith(path) and len(keys) > len(path):
                        return "", keys[len(path)]
                return caller.opens(), ""
            case Asking.DETAILS:
                return "нет мне другое " + goal.opening, ""
            case Asking.CHOOSING:
                if goal.topic in state.options:
                    title = self.script.topics[goal.topic].title
                    return ("да" if len(state.options) == 1 else title), ""
                return "нет", ""
            case Asking.WRONG:
                wrong = [n for n in state.options if state.slots.get(n) != goal.truth.get(n)]
                if not wrong:
                    return "всё верно", ""
                return self.script.slots[wrong[0]].title, ""
        return self._answers(caller, state)

    def _answers(self, caller: Caller, state: State) -> tuple[str, str]:
        goal = caller.goal
        frame = state.frame
        assert frame is not None
        step = self.script.flows[frame.flow].nodes[frame.step].step
        if isinstance(step, Confirm):
            wrong = [n for n, v in goal.truth.items() if state.slots.get(n) not in (None, v)
                     and n in self.script.collects[frame.flow]]  # fmt: skip
            if not wrong:
                return "да всё верно", "1" if caller.happens(caller.persona.keys) else ""
            return f"нет {caller.tells(wrong[0])}", ""
        assert isinstance(step, Collect)
        slot = step.collect
        if state.asking is Asking.DOUBT:
            return ("да" if state.options[0] == goal.truth.get(slot) else "нет"), ""
        if slot in goal.keys and caller.happens(caller.persona.keys):
            return "", goal.keys[slot]
        said = caller.tells(slot)
        if caller.happens(caller.persona.at_once):
            more = [n for n in self.script.collects[frame.flow] if n not in state.slots
                    and n != slot and n in ("specialty", "municipality", "visit_day")]  # fmt: skip
            if more and more[0] in goal.words:
                said = f"{said} {goal.words[more[0]][0]}"
        return said, ""

    def _judge(
        self, caller: Caller, called: Called, state: State, acts: Sequence[Act], event: Event
    ) -> None:
        goal = caller.goal
        names = self._spoken.names(heard(tuple(acts)))
        topical = {n for n in names if self.script.answers.answers[n][0].use != "phrase"}
        own = {n for n in topical if n.startswith(f"utter_{goal.topic}")}
        reached = bool(own) and self.script.topics[goal.topic].does == "answer"
        for act in acts:
            match act:
                case File(fields=fields):
                    bad = [n for n, v in goal.truth.items() if fields.get(n, v) != v]
                    if state.topic == goal.topic and not bad:
                        reached = True
                    elif state.topic != goal.topic:
                        called.wrong = called.wrong or f"заявка о {state.topic}"
                    else:
                        called.wrong = called.wrong or f"в заявке неверно: {', '.join(bad)}"
                case Redirect(number=number):
                    if number == self.script.topics[goal.topic].number:
                        reached = True
                    else:
                        called.wrong = called.wrong or f"соединение с {number}"
                case Transfer():
                    asked = isinstance(event, Heard) and event.parse.intent == "operator"
                    asked = asked or (isinstance(event, Keys) and "0" in event.keys)
                    does = self.script.topics[goal.topic].does
                    called.handed_over = (
                        "тема" if does == "operator" else "попросил" if asked else "не поняли"
                    )
                    reached = reached or does == "operator"
        strange = topical - own - {n for n in topical if n.startswith("utter_redirect")}
        if strange and not own and called.reached is None and not reached:
            called.wrong = called.wrong or ", ".join(sorted(strange))
        if reached and called.reached is None:
            called.reached = called.turns


def _mishearer(line: NoisyLine, persona: Persona, source: random.Random) -> Callable[[str], str]:
    """Mishears one text in one of three ways, so that what was understood once is known."""

    def mishear(text: str) -> str:
        draw = random.Random(f"{text}{source.randrange(3)}").random
        return line.mishear(text, persona.wer / 100, draw) or text

    return mishear


def _row(persona: Persona, calls: Sequence[Called]) -> str:
    reached = [call.reached for call in calls if call.reached is not None]
    contained = sum(c.reached is not None and not c.handed_over for c in calls)
    hung_up = sum(c.ended == "caller_hung_up" and c.reached is None for c in calls)
    wrong = sum(bool(c.wrong) for c in calls)
    reasons = Counter(c.handed_over for c in calls if c.handed_over)
    said = ", ".join(f"{why} {100 * n / len(calls):.1f}" for why, n in reasons.most_common())
    share = 100 / len(calls)
    return (
        f"{persona.name:16} {contained * share:9.1f} {len(reached) * share:7.1f}"
        f" {statistics.median(reached):6.0f} {wrong * share:7.1f} {hung_up * share:8.1f}   {said}"
    )


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench personas")
    parser.add_argument("--calls", type=int, default=1000, help="calls of each persona")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--persona", help="this one alone")
    parser.add_argument("--night", action="store_true", help="while no operator answers")
    parser.add_argument("--show", choices=["wrong", "hung up", "handed over"], help="such calls")
    args = parser.parse_args(argv)
    settings = Settings()
    script = load_script(settings.content_dir)
    rules = SafetyRules.load(settings.content_dir / "safety")

    remembered = RememberedInterpreter(settings.nlu_model, settings.cache_dir / "personas.json")
    line = Line(script, Understanding(remembered, rules).parse)
    at = NIGHT if args.night else AT
    goals = Goals(script, settings.content_dir, at.date())
    noise = NoisyLine([e.text for e in load_nlu(settings.content_dir / "nlu").examples])
    head = ("contained", "goal %", "turns", "wrong %", "hung up", "  handed over for (%)")
    print(f"{args.calls} calls a persona, seed {args.seed}, {at:%H:%M}")
    print(f"{'persona':16} " + " ".join(head))
    for persona in PERSONAS:
        if args.persona not in (None, persona.name):
            continue
        source = random.Random(f"{args.seed} {persona.name}")
        calls = []
        for _ in range(args.calls):
            caller = Caller(persona, goals.draw(source), source)
            called = line.call(caller, _mishearer(noise, persona, source), at)
            calls.append(called)
            if _shown(called, args.show):
                print(f"--- {caller.goal.topic}: {called.wrong or called.handed_over}")
                print("\n".join(called.lines))
        print(_row(persona, calls), flush=True)
        remembered.save()
    return 0


def _shown(called: Called, kind: str | None) -> bool:
    match kind:
        case "wrong":
            return bool(called.wrong)
        case "hung up":
            return called.ended == "caller_hung_up" and called.reached is None
        case "handed over":
            return called.handed_over == "не поняли"
    return False
