"""The story of the queue, told again from its events alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from routing.events import Event
from routing.queue.figures import CallFact, Facts, Handling, OperatorTime, outside
from routing.queue.states import Ending, OperatorState, TaskKind, TaskState

_FIELD: Final = {
    OperatorState.AVAILABLE: "available_s",
    OperatorState.RESERVED: "reserved_s",
    OperatorState.BUSY: "busy_s",
    OperatorState.WRAP_UP: "wrap_up_s",
    OperatorState.BREAK: "break_s",
}


@dataclass
class Replay:
    """Feed it events in order; `facts` tells what they come to, `states` where tasks stand."""

    since: datetime | None = None
    """Operators' time before it is not counted."""
    until: datetime | None = None
    """The same after it."""
    states: dict[str, TaskState] = field(default_factory=dict)
    """Task -> state."""
    assistant: dict[str, str | None] = field(default_factory=dict)
    """Call -> how the assistant's part ended; None while it goes on."""
    _calls: dict[str, CallFact] = field(default_factory=dict)
    _handled: dict[str, Handling] = field(default_factory=dict)
    _talk_ended: dict[str, datetime] = field(default_factory=dict)
    _operators: dict[str, tuple[OperatorState, datetime]] = field(default_factory=dict)
    _times: dict[str, OperatorTime] = field(default_factory=dict)

    def feed(self, events: Iterable[Event]) -> Replay:
        """Take in what happened next."""
        for event in events:
            self._take(event)
        return self

    def facts(self, now: datetime) -> Facts:
        """What it comes to at `now`: operators' present state counts up to it."""
        for operator, (state, _) in list(self._operators.items()):
            self._enter(operator, state, now)
        return Facts(
            tuple(sorted(self._calls.values(), key=lambda c: (c.created_at, c.task_id))),
            tuple(sorted(self._handled.values(), key=lambda h: (h.accepted_at, h.reservation_id))),
            dict(sorted(self._times.items())),
        )

    def _take(self, event: Event) -> None:
        data = event.data
        if event.kind in ("call.started", "call.resumed") and event.call_id:
            self.assistant[event.call_id] = None
        elif event.kind == "call.ended" and event.call_id:
            self.assistant[event.call_id] = data["outcome"]
        if event.operator_id is not None and "operator" in data:
            self._enter(event.operator_id, OperatorState(data["operator"]), event.at)
        if event.task_id is None:
            return
        self.states[event.task_id] = TaskState(data["task"])
        if event.kind == "task.created":
            self._calls[event.task_id] = CallFact(
                event.task_id,
                TaskKind(data["task_kind"]),
                data["queue"],
                event.organisation,
                data["topic"],
                event.at,
                None,
                None,
                None,
            )
        self._take_task(event, event.task_id)

    def _take_task(self, event: Event, task_id: str) -> None:
        data, call = event.data, self._calls.get(task_id)
        if call is None:
            return  # it was created before the first event that we were given
        call = replace(call, queue=data["queue"], organisation=event.organisation)
        match event.kind:
            case "reservation.accepted":
                call = replace(call, answered_at=call.answered_at or event.at)
                self._handled[data["reservation_id"]] = Handling(
                    data["reservation_id"], task_id, event.operator_id or "", event.at, 0.0, 0.0
                )
            case "reservation.wrapping" | "reservation.completed":
                self._take_handling(event)
            case "task.answered":
                call = replace(call, answered_at=call.answered_at or event.at)
                self._handled[task_id] = outside(task_id, event.at, None)
            case "task.returned":
                self._handled.pop(task_id, None)
            case "task.moved":
                call = replace(call, topic=data["topic"])
            case "task.ended":
                call = replace(call, ended_at=event.at, ending=Ending(data["ending"]))
                if task_id in self._handled:
                    begun = self._handled[task_id].accepted_at
                    self._handled[task_id] = outside(task_id, begun, event.at)
        self._calls[task_id] = call

    def _take_handling(self, event: Event) -> None:
        key = event.data["reservation_id"]
        item = self._handled.get(key)
        if item is None:
            return
        ended = self._talk_ended.setdefault(key, event.at)
        self._handled[key] = replace(
            item,
            talk_s=max(0.0, (ended - item.accepted_at).total_seconds()),
            wrap_s=max(0.0, (event.at - ended).total_seconds()),
        )

    def _enter(self, operator: str, state: OperatorState, at: datetime) -> None:
        before = self._operators.get(operator)
        self._operators[operator] = state, at
        if before is None or before[0] not in _FIELD:
            return
        begin = before[1] if self.since is None else max(before[1], self.since)
        end = at if self.until is None else min(at, self.until)
        spent = max(0.0, (end - begin).total_seconds())
        name, time = _FIELD[before[0]], self._times.get(operator, OperatorTime())
        self._times[operator] = replace(time, **{name: getattr(time, name) + spent})
