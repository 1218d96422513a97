"""Figures of a call centre, from facts: what each call and each operator's time came to.

Facts come from events (`routing/queue/replay.py`) or from the tables as they stand
(`routing/queue/statistics.py`); the figures are the same, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from routing.queue.states import Ending, TaskKind


@dataclass(frozen=True)
class CallFact:
    """What became of a call in the queue."""

    task_id: str
    kind: TaskKind
    queue: str
    organisation: str | None
    topic: str | None
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ending: Ending | None

    @property
    def waited_s(self) -> float | None:
        """Until it was answered, or gave up; None while it waits (s)."""
        until = self.answered_at or self.ended_at
        return None if until is None else max(0.0, (until - self.created_at).total_seconds())


@dataclass(frozen=True)
class Handling:
    """What an operator did for a call."""

    reservation_id: str
    task_id: str
    operator_id: str
    """Empty for whoever answered outside our desk."""
    accepted_at: datetime
    talk_s: float
    wrap_s: float


def outside(task_id: str, answered_at: datetime, ended_at: datetime | None) -> Handling:
    """A talk that the telephone system connected past our desk; no `ended_at` while it goes on."""
    talk_s = 0.0 if ended_at is None else max(0.0, (ended_at - answered_at).total_seconds())
    return Handling(task_id, task_id, "", answered_at, talk_s, 0.0)


@dataclass(frozen=True)
class OperatorTime:
    """An operator's time in each state (s)."""

    available_s: float = 0.0
    reserved_s: float = 0.0
    busy_s: float = 0.0
    wrap_up_s: float = 0.0
    break_s: float = 0.0

    @property
    def staffed_s(self) -> float:
        """Ready for calls or in them."""
        return self.available_s + self.reserved_s + self.worked_s

    @property
    def worked_s(self) -> float:
        """In calls and wrap-up."""
        return self.busy_s + self.wrap_up_s

    @property
    def occupancy(self) -> float | None:
        """Share of staffed time that it worked; None without any."""
        return self.worked_s / self.staffed_s if self.staffed_s > 0 else None


@dataclass(frozen=True)
class Facts:
    """All that figures are made of."""

    calls: tuple[CallFact, ...] = ()
    handled: tuple[Handling, ...] = ()
    operators: Mapping[str, OperatorTime] = field(default_factory=dict)


@dataclass(frozen=True)
class Norms:
    """What a ministry demands; nothing is fixed in the program."""

    target_s: float = 20.0
    target_share: float = 0.8
    short_abandon_s: float = 5.0
    """Who hangs up earlier is left out of service level and abandonment."""


@dataclass(frozen=True)
class Figures:
    """Of one group of calls. None where there is nothing to divide by."""

    offered: int
    """Calls that entered the queue."""
    answered: int
    in_target: int
    """Answered within the norm's time."""
    abandoned: int
    """Hung up waiting, those with short waits left out."""
    short: int
    """Hung up at once."""
    callbacks: int
    """Left the line for a promised call-back."""
    redirected: int
    waiting: int
    """Neither answered nor ended yet."""
    service_level: float | None
    """Answered in time, of all who were answered, gave up, or were promised a call-back."""
    service_level_answered: float | None
    """Answered in time, of those who were answered: abandoned calls do not count."""
    asa_s: float | None
    """Average speed of answer: mean wait of answered calls (s)."""
    longest_wait_s: float | None
    aht_s: float | None
    """Average handling time: talk and wrap-up (s)."""
    talk_s: float | None
    abandonment: float | None
    meets_norm: bool | None

    def to_json(self) -> dict[str, Any]:
        """Rounded, for reports."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in vars(self).items()
        }


def figures(
    calls: Collection[CallFact], handled: Iterable[Handling], norms: Norms | None = None
) -> Figures:
    """Figures of these calls; call-backs do not wait on the line and are left out."""
    norms = norms or Norms()
    lines = [call for call in calls if call.kind is TaskKind.CALL]
    ids = {call.task_id for call in calls}
    answered = [call for call in lines if call.answered_at is not None]
    waits = [call.waited_s or 0.0 for call in answered]
    in_target = sum(wait <= norms.target_s for wait in waits)
    left = [c for c in lines if c.answered_at is None and c.ending is Ending.HUNG_UP]
    short = sum((call.waited_s or 0.0) < norms.short_abandon_s for call in left)
    abandoned = len(left) - short
    callbacks = sum(c.answered_at is None and c.ending is Ending.CALLBACK for c in lines)
    level = _share(in_target, len(answered) + abandoned + callbacks)
    mine = [item for item in handled if item.task_id in ids]
    return Figures(
        offered=len(lines),
        answered=len(answered),
        in_target=in_target,
        abandoned=abandoned,
        short=short,
        callbacks=callbacks,
        redirected=sum(call.ending is Ending.REDIRECTED for call in lines),
        waiting=sum(call.answered_at is None and call.ending is None for call in lines),
        service_level=level,
        service_level_answered=_share(in_target, len(answered)),
        asa_s=_mean(waits),
        longest_wait_s=max((c.waited_s or 0.0 for c in lines), default=None),
        aht_s=_mean([item.talk_s + item.wrap_s for item in mine]),
        talk_s=_mean([item.talk_s for item in mine]),
        abandonment=_share(abandoned, len(answered) + abandoned + callbacks),
        meets_norm=None if level is None else level >= norms.target_share,
    )


def jain(values: Sequence[float]) -> float | None:
    """Jain's index of evenness: 1 where all are equal, 1/n where one has it all."""
    squares = sum(value * value for value in values)
    return None if squares == 0 else sum(values) ** 2 / (len(values) * squares)


def evenness(operators: Mapping[str, OperatorTime]) -> float | None:
    """Jain's index over occupancies; None where nobody worked."""
    return jain([o for time in operators.values() if (o := time.occupancy) is not None])


def occupancy(operators: Mapping[str, OperatorTime]) -> float | None:
    """Of all operators together."""
    staffed = sum(time.staffed_s for time in operators.values())
    return _share(sum(time.worked_s for time in operators.values()), staffed)


def interval_of(at: datetime, interval_s: int) -> datetime:
    """Where the interval begins that a moment lies in, counted from local midnight."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(seconds=(at - midnight).seconds // interval_s * interval_s)


def grouped(
    facts: Facts, key: Callable[[CallFact], str], norms: Norms | None = None
) -> dict[str, Figures]:
    """Figures of each group of calls, by key in order."""
    groups: dict[str, list[CallFact]] = {}
    for call in facts.calls:
        groups.setdefault(key(call), []).append(call)
    by_task: dict[str, list[Handling]] = {}
    for item in facts.handled:
        by_task.setdefault(item.task_id, []).append(item)
    return {
        name: figures(
            calls, [item for call in calls for item in by_task.get(call.task_id, ())], norms
        )
        for name, calls in sorted(groups.items())
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
