"""The engine: one step of a conversation, `step(state, event) -> (state, acts)`.

Pure: no I/O, no clock, no randomness. The same script, state and event always give the same acts,
so that a journalled call replays exactly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from dialog import filling
from dialog.acts import Act, AnswerKind, Ask, Hangup, Redirect, Say, Transfer
from dialog.events import (
    CallStarted,
    EngineFailed,
    Event,
    Filed,
    Heard,
    HungUp,
    Keys,
    Reconnected,
    RedirectFailed,
    Silence,
    StateLost,
)
from dialog.flows import Action
from dialog.nlu.interpreter import Parse
from dialog.script import Script, Topic
from dialog.state import State

CALLBACK_QUEUE: Final = "callback"
"""Where hand-overs wait when no operator is on duty."""
MAX_STEP_FAILURES: Final = 2
"""After so many failures at one question the caller gets a person."""
MAX_CALL_FAILURES: Final = 3
"""And after so many in the whole call."""
BAD_LINE_SNR_DB: Final = 8.0
"""Below it words are mostly misheard (FACTS: 5 dB is unusable): offer the keypad."""

DIGRESSION_CONFIDENCE: Final = 0.6
"""In the middle of a flow, words that do not answer change the topic only from here on."""
ANSWER_CONFIDENCE: Final = 0.5
"""Below it an answer gives way to a question: «да, а когда вы работаете»."""

Turn = tuple[State, tuple[Act, ...]]


class Engine:
    """Leads conversations by one script. Holds no state of any call."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def step(self, state: State, event: Event) -> Turn:
        """Answer one event.

        Returns:
            The state after it, and the acts to carry out in order. After a call has ended
            (`state.ended`), every further event gives no acts.
        """
        if state.ended is not None and not isinstance(event, Reconnected | RedirectFailed):
            return state, ()
        state = replace(state, turn=state.turn + 1)
        match event:
            case CallStarted():
                name = "utter_greeting" if event.on_duty else "utter_greeting_after_hours"
                return self._ask(state, self._text(name))
            case Reconnected():
                return self._reconnected(state, "utter_reconnected")
            case RedirectFailed():
                return self._hand_over_alone(state, event)
            case StateLost(known=known):
                topic = known.get("topic")
                known_topic = topic if isinstance(topic, str) else None
                return self._hand_over_alone(replace(state, topic=known_topic), event)
            case Filed():
                return state, ()
            case HungUp():
                return replace(state, ended="caller_hung_up"), (Hangup("caller_hung_up"),)
            case EngineFailed():
                return self._failed(state, event, "utter_apology")
            case Silence():
                rung = "utter_no_input_1" if state.step_failures == 0 else "utter_no_input_2"
                return self._failed(state, event, rung)
            case Keys(keys=keys):
                return self._keys(state, event, keys)
            case Heard(parse=parse, snr_db=snr_db):
                heard = replace(state, last_words=parse.text, snr_db=snr_db)
                return self._heard(heard, event)
        raise TypeError(f"unknown event {type(event).__name__}")

    def _reconnected(self, state: State, response: str) -> Turn:
        """A short apology, then the last question again."""
        state, acts = self._again(replace(state, ended=None))
        return state, (Say(self._text(response)), *acts)

    def _hand_over_alone(self, state: State, event: Event) -> Turn:
        return self._give_up(replace(state, ended=None), event)

    # What the caller said

    def _heard(self, state: State, event: Heard) -> Turn:
        parse = event.parse
        if parse.safety is not None and parse.intent is not None:
            return self._topic(state, event, parse.intent)
        if state.choosing:
            return self._chosen(state, event, parse)
        if state.flow is not None and state.step is not None:
            return self._answered(state, event)
        return self._at_top(state, event, parse)

    def _at_top(self, state: State, event: Event, parse: Parse) -> Turn:
        if parse.clarify:
            return self._clarify(state, event, parse.clarify)
        match parse.intent:
            case None:
                return self._no_match(state, event)
            case "deny" | "goodbye" | "thanks" if state.topic is not None:
                return self._goodbye(state)
            case "goodbye":
                return self._goodbye(state)
            case "repeat" | "slower":
                return self._again(state)
            case "out_of_scope":
                text = self._text("utter_out_of_scope")
                return self._ask(state.failed(), text)
            case "affirm" if state.topic is not None:
                return self._ask(state, self._text("utter_listening"))
            case "affirm" | "deny" | "thanks":
                return self._no_match(state, event)
            case intent:
                return self._topic(state, event, intent, parse)

    def _topic(self, state: State, event: Event, intent: str, parse: Parse | None = None) -> Turn:
        topic = self._script.topics[intent]
        state = replace(state.progressed(), topic=intent, choosing=(), tried=(*state.tried, intent))
        match topic.does:
            case "redirect":
                assert topic.number is not None
                say = Say(self._text(topic.say or f"utter_redirect_{topic.number}"), True)
                ended = replace(state, ended="redirected")
                return ended, (say, Redirect(topic.number))
            case "operator":
                return self._hand_over(state, event, topic.queue, topic)
            case "flow":
                text = parse.text if parse is not None else ""
                flow, today = self._script.flows[intent], event.at.date()
                slots = filling.named(self._script, flow, text, today)
                return self._continue_flow(replace(state, flow=intent, slots=slots), event)
            case "answer":
                return self._answer(state, event, intent, topic)
            case "control":
                return self._no_match(state, event)

    def _answer(self, state: State, event: Event, intent: str, topic: Topic) -> Turn:
        text = self._script.answer(f"utter_{intent}", event.at.date())
        if text is None:  # expired: never spoken, an operator knows
            return self._hand_over(state, event, topic.queue, topic)
        answer = Say(text)
        if state.flow is not None:  # a question in the middle of a flow: answer it and return
            state, acts = self._again(state)
            return state, (answer, *acts)
        state, acts = self._ask(state, self._text("utter_anything_else"))
        return replace(state, last_prompt=f"{text} {state.last_prompt}"), (answer, *acts)

    # A choice between two or three readings

    def _clarify(self, state: State, event: Event, intents: tuple[str, ...]) -> Turn:
        intents = tuple(i for i in intents if self._script.topics[i].does != "control")[:3]
        if len(intents) < 2:
            return self._no_match(state, event)
        titles = [self._script.topics[intent].title for intent in intents]
        text = f"Вы хотите {', '.join(titles[:-1])} или {titles[-1]}?"
        if len(text.split()) > 20 or len(intents) > 2:  # too much for the ear: ask about the first
            intents, text = intents[:1], f"Вы хотите {titles[0]}?"
        state = replace(state.failed(), choosing=intents, last_prompt=text)
        if self._too_many_failures(state):
            return self._give_up(state, event)
        kind = AnswerKind.YES_NO if len(intents) == 1 else AnswerKind.CHOICE
        return state, (Ask(text, kind),)

    def _chosen(self, state: State, event: Event, parse: Parse) -> Turn:
        options = state.choosing
        state = replace(state, choosing=())
        if parse.intent == "affirm":
            return self._topic(state, event, options[0])
        if parse.intent == "deny":
            return self._no_match(state, event)
        for ranked in parse.ranking[:3]:
            if ranked.intent in options:
                return self._topic(state, event, ranked.intent, parse)
        return self._at_top(state, event, parse)

    # Inside a flow

    def _answered(self, state: State, event: Heard) -> Turn:
        parse = event.parse
        assert state.flow is not None
        assert state.step is not None
        topic = self._script.topics.get(parse.intent or "")
        if parse.intent in ("repeat", "slower"):
            return self._again(state)
        step = state.step
        if state.unsure:
            value = filling.specified(self._script, step, state.unsure, event)
            if value is not None:
                return self._filled(state, event, value)
            if filling.denies(self._script, event):  # neither: ask the question itself again
                state = replace(state.failed(), unsure=())
                if self._too_many_failures(state):
                    return self._give_up(state, event)
                return self._continue_flow(state, event)
        reading = filling.answer(self._script, step, event)
        sure = parse.confidence >= DIGRESSION_CONFIDENCE and not parse.clarify
        digresses = (
            topic is not None and topic.does != "control" and parse.intent != state.flow and sure
        )
        if reading is not None and not (digresses and reading.confidence < ANSWER_CONFIDENCE):
            if reading.unsure_between:
                return self._ask_which(state, event, step, reading.unsure_between)
            return self._filled(state, event, reading.value)
        changed = self._changed(state, event)
        if changed:  # «на среду», where the summary says Tuesday
            slots = {**state.slots, **changed}
            return self._continue_flow(replace(state.progressed(), slots=slots), event)
        if parse.intent == "goodbye":
            return self._goodbye(state)
        if topic is not None and digresses:
            if topic.does == "flow":
                state = replace(state, flow=None, step=None, slots={}, unsure=())
            return self._topic(state, event, parse.intent or "", parse)
        return self._no_match(state, event)

    def _filled(self, state: State, event: Event, value: str) -> Turn:
        assert state.flow is not None
        assert state.step is not None
        flow = self._script.flows[state.flow]
        slots = {**state.slots, state.step: value}
        changed = self._changed(state, event) if value == "no" else {}
        if changed:  # «нет, к хирургу»: only this is wrong
            slots = {**state.slots, **changed}
        elif value == "no":
            back = next(
                (
                    s.if_no
                    for s in flow.steps
                    if not isinstance(s, Action) and s.collect == state.step
                ),
                None,
            )
            if back is not None:  # ask again from there on
                names = [s.collect for s in flow.steps if not isinstance(s, Action)]
                dropped = names[names.index(back) :]
                slots = {name: told for name, told in slots.items() if name not in dropped}
        elif isinstance(event, Heard):  # what else was named is not asked again
            named = filling.named(self._script, flow, event.parse.text, event.at.date())
            slots |= {name: v for name, v in named.items() if name not in slots}
        return self._continue_flow(replace(state.progressed(), slots=slots), event)

    def _changed(self, state: State, event: Event) -> dict[str, str]:
        """Slots to which the caller, asked to confirm them, gives another value."""
        assert state.flow is not None
        assert state.step is not None
        if not isinstance(event, Heard) or self._script.slots[state.step].reads != "yes_no":
            return {}
        flow = self._script.flows[state.flow]
        return filling.changed(self._script, flow, state.slots, event)

    def _ask_which(self, state: State, event: Event, step: str, options: tuple[str, ...]) -> Turn:
        options = options[: filling.MOST_OPTIONS]
        state = replace(state.failed(), unsure=options)
        if self._too_many_failures(state):
            return self._give_up(state, event)
        text = filling.question(self._script, step, options)
        hints = self._script.hints(self._script.slots[step])
        return self._ask(state, text, AnswerKind.CHOICE, hints)

    def _continue_flow(self, state: State, event: Event) -> Turn:
        assert state.flow is not None
        step = self._script.flows[state.flow].next_step(state.slots)
        if isinstance(step, Action):
            return self._hand_over(state, event, step.queue, self._script.topics[state.flow])
        slot = self._script.slots[step.collect]
        state = replace(state, step=step.collect, unsure=())
        text = self._text(step.ask, state.slots)
        return self._ask(state, text, slot.expects, self._script.hints(slot))

    # Keys

    def _keys(self, state: State, event: Event, keys: str) -> Turn:
        if state.step is not None:
            typed = filling.typed(self._script, state.step, keys, event.at.date())
            if typed is not None:
                return self._filled(replace(state, unsure=()), event, typed)
        key = keys[0]
        if key == "0":
            return self._topic(state, event, "operator")
        if key in "9*":
            return self._again(state)
        if state.choosing:
            if key.isdigit() and int(key) <= len(state.choosing):
                return self._topic(state, event, state.choosing[int(key) - 1])
            if key == "2":
                return self._no_match(replace(state, choosing=()), event)
        if state.step is not None and state.unsure:
            if key.isdigit() and int(key) <= len(state.unsure):
                value = state.unsure[int(key) - 1]
                return self._filled(replace(state, unsure=()), event, value)
            return self._no_match(state, event)
        if state.step is not None:
            yes_no = self._script.slots[state.step].reads == "yes_no"
            if yes_no and key in "12":
                return self._filled(state, event, "yes" if key == "1" else "no")
            return self._no_match(state, event)
        if key in self._script.menu:
            return self._topic(state, event, self._script.menu[key])
        return self._no_match(state, event)

    # When it does not work

    def _no_match(self, state: State, event: Event) -> Turn:
        if state.snr_db is not None and state.snr_db < BAD_LINE_SNR_DB:
            return self._failed(state, event, "utter_bad_line")
        rung = "utter_no_match_1" if state.step_failures == 0 else "utter_no_match_2"
        return self._failed(state, event, rung)

    def _failed(self, state: State, event: Event, response: str) -> Turn:
        state = state.failed()
        if self._too_many_failures(state):
            return self._give_up(state, event)
        prefix = self._text(response)
        if state.step is None and not state.choosing:
            if state.step_failures > 1 or response == "utter_bad_line":
                prefix = f"{prefix} {self._text('utter_menu')}"
            return state, (Ask(prefix, AnswerKind.OPEN),)
        return self._again(state, prefix)

    def _too_many_failures(self, state: State) -> bool:
        return state.step_failures > MAX_STEP_FAILURES or state.call_failures > MAX_CALL_FAILURES

    def _give_up(self, state: State, event: Event) -> Turn:
        topic = self._script.topics.get(state.topic or "operator", self._script.topics["operator"])
        return self._hand_over(state, event, topic.queue, topic)

    # Ways to end or to go on

    def _ask(
        self,
        state: State,
        text: str,
        expects: AnswerKind = AnswerKind.OPEN,
        hints: tuple[str, ...] = (),
    ) -> Turn:
        state = replace(state, last_prompt=text)
        return state, (Ask(text, expects, hints, personal=bool(state.slots)),)

    def _again(self, state: State, prefix: str = "") -> Turn:
        slot = self._script.slots.get(state.step or "")
        kind = slot.expects if slot is not None else AnswerKind.OPEN
        hints = self._script.hints(slot) if slot is not None else ()
        prompt = state.last_prompt or self._text("utter_anything_else")
        text = f"{prefix} {prompt}".strip()
        return state, (Ask(text, kind, hints, personal=bool(state.slots)),)

    def _goodbye(self, state: State) -> Turn:
        say = Say(self._text("utter_goodbye"), protected=True)
        return replace(state, ended="resolved"), (say, Hangup("resolved"))

    def _hand_over(self, state: State, event: Event, queue: str, topic: Topic) -> Turn:
        text = topic.say
        if not event.on_duty and not topic.always_answered:
            queue = CALLBACK_QUEUE
            text = text or "utter_transfer_after_hours"
        say = Say(self._text(text or "utter_transfer_operator"), protected=True)
        return replace(state, ended="handed_over"), (say, Transfer(queue, self._brief(state)))

    def _brief(self, state: State) -> dict[str, Any]:
        """What the operator reads when the call arrives, so that nobody has to repeat himself."""
        topic = self._script.topics.get(state.topic or "")
        return {
            "topic": state.topic,
            "title": topic.title if topic is not None else None,
            "slots": state.slots,
            "tried": list(state.tried),
            "last_words": state.last_words,
            "snr_db": state.snr_db,
            "failures": state.call_failures,
        }

    def _text(self, response: str, slots: dict[str, str] | None = None) -> str:
        text = self._script.prompt(response)
        for name, value in self._script.spoken(slots or {}).items():
            text = text.replace(f"{{{name}}}", value)
        return text
