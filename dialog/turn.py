"""One step of the engine while it is being made: the state so far, and the acts so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from dialog.acts import Act, Hangup, Redirect, Say
from dialog.events import Event
from dialog.flow.conditions import Scope, Value
from dialog.flow.graph import Flow, Node
from dialog.script import Script, Topic
from dialog.slots.reading import Reading
from dialog.state import MOST_ASKED, MOST_TRIED, Asking, State

SLOW_RATE: Final = 0.8
"""Speed of speech for who asked for it."""
BAD_LINE_SNR_DB: Final = 8.0
"""Below it words are mostly misheard (measured: 5 dB is unusable): keys are offered."""


class Turn:
    """Working copy of a conversation within one step; the engine gives out its end."""

    def __init__(self, script: Script, state: State, event: Event) -> None:
        self.script = script
        self.state = replace(state, turn=state.turn + 1, ended=None)
        self.event = event
        self.acts: list[Act] = []
        self.echo: list[str] = []
        """Slots filled in this step that the next question repeats in passing."""
        self.readings: dict[str, Reading | None] = {}
        """What the words of this step say about a slot; see `filling.reading`."""
        self.diverted: str | None = None
        """Flow with which the step must go on, instead of what it came to."""
        self.correcting = False
        """Whether a flow is walked again after a correction: what was said is not said again."""

    # What there is

    @property
    def today(self) -> date:
        """The caller's date."""
        return self.event.at.date()

    @property
    def flow(self) -> Flow | None:
        """The flow that talks."""
        name = self.state.flow
        return None if name is None else self.script.flows.get(name)

    @property
    def node(self) -> Node | None:
        """Its step."""
        flow, step = self.flow, self.state.step
        return None if flow is None or step is None else flow.nodes.get(step)

    @property
    def busy(self) -> bool:
        """Whether a flow is in progress that a question may interrupt and must come back to."""
        return bool(self.state.frames) and self.state.asking is not Asking.DETAILS

    @property
    def topic(self) -> Topic | None:
        """What the call is about."""
        return self.script.topics.get(self.state.topic or "")

    @property
    def bad_line(self) -> bool:
        """Whether the caller's words came through noise."""
        return self.state.snr_db is not None and self.state.snr_db < BAD_LINE_SNR_DB

    @property
    def scope(self) -> Scope:
        """What conditions of flows may name."""
        values: dict[str, Value] = {f"slots.{k}": v for k, v in self.state.slots.items()}
        values |= {
            "on_duty": self.event.on_duty,
            "caller_known": self.state.caller is not None,
            "recording": self.state.recording,
            "dialled_known": self.state.dialled,
            "bad_line": self.bad_line,
            "unanswered": self.state.unanswered is not None,
            "subject_known": self.state.topic not in (None, "operator"),
        }
        return values

    @property
    def rate(self) -> float:
        """How fast to speak."""
        return SLOW_RATE if self.state.slow else 1.0

    # Changes

    def put(self, **changes: Any) -> None:
        """Change the state: this turn's own copy, which nobody else has seen."""
        state = self.state
        for name, value in changes.items():
            object.__setattr__(state, name, value)

    def in_frame(self, **changes: Any) -> None:
        """Change the flow that talks."""
        asked = changes.get("asked")
        if asked is not None:
            changes["asked"] = asked[-MOST_ASKED:]
        *below, frame = self.state.frames
        self.put(frames=(*below, replace(frame, **changes)))

    def failed(self, in_call: bool = True) -> None:
        """One more turn without progress; a doubt of ours counts for the question alone."""
        state = self.state
        self.put(
            step_failures=state.step_failures + 1,
            call_failures=state.call_failures + in_call,
        )

    def progressed(self) -> None:
        """The caller got on: failures at this question are forgotten."""
        if self.state.step_failures:
            self.put(step_failures=0)

    def tried(self, topic: str) -> None:
        """A topic was answered or begun."""
        tried = (*(t for t in self.state.tried if t != topic), topic)
        self.put(topic=topic, tried=tried[-MOST_TRIED:])

    def fill(self, values: dict[str, str]) -> None:
        """Put values into slots."""
        slots = {**self.state.slots, **values}
        skipped = tuple(name for name in self.state.skipped if name not in values)
        self.put(slots=slots, skipped=skipped)

    def forget(self, names: Iterable[str]) -> None:
        """Empty slots, so that they are asked again."""
        gone = set(names)
        slots = {k: v for k, v in self.state.slots.items() if k not in gone}
        skipped = tuple(name for name in self.state.skipped if name not in gone)
        self.put(slots=slots, skipped=skipped)

    # Words

    def text(self, response: str, **values: str) -> str:
        """A response with what stands in its braces: slots as they are spoken, and `values`."""
        said = self.script.answers.answers[response][0].text
        if "{" not in said:
            return said
        given = {"hours": self.event.hours, "opens": self.event.opens, **values}
        for name, value in self.state.slots.items():
            if f"{{{name}}}" in said:
                given[name] = self.script.spoken_value(name, value)
        return self.script.prompt(response, given)

    def say(self, text: str, *, protected: bool = False, personal: bool = False) -> None:
        """Speak without asking."""
        if text:
            self.acts.append(Say(text, protected, personal, self.rate))

    # Ends

    def end(self, act: Act, how: str) -> None:
        """The call leaves the assistant."""
        self.acts.append(act)
        self.put(ended=how)

    def redirect(self, number: str, say: str | None = None) -> None:
        """Connect with an outside number."""
        response = say or f"utter_redirect_{number}"
        self.say(self.text(response) if self.script.has(response) else "", protected=True)
        self.put(redirects=(*self.state.redirects, number))
        self.end(Redirect(number), "redirected")

    def goodbye(self) -> None:
        """The caller has what he wanted."""
        self.say(self.text("utter_goodbye"), protected=True)
        promised = any(":" in r and r.startswith("callback") for r in self.state.requests)
        how = "callback" if promised else "resolved"
        self.end(Hangup(how), how)
