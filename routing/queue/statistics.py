"""Statistics of the queue: live, over a span of time, and recounted from events."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, select

from routing.errors import RulesError
from routing.event_log import MAX_EVENTS, EventLog
from routing.events import Event
from routing.queue.figures import (
    CallFact,
    Facts,
    Figures,
    Handling,
    Norms,
    evenness,
    figures,
    grouped,
    interval_of,
    occupancy,
    outside,
)
from routing.queue.replay import Replay
from routing.queue.states import Ending, TaskKind, TaskState
from routing.store import Store
from routing.tables import CallRow, EventRow, OperatorRow, ReservationRow, TaskRow

_LONGEST_SHIFT: Final = timedelta(days=2)
"""An operator's state is looked for in events so long before the span."""
RESOLVED: Final = "resolved"
"""How the assistant's part of a call ends that needs no operator."""
_OUTSIDE: Final = (
    select(EventRow.task_id, EventRow.kind, EventRow.at, TaskRow.ended_at)
    .join(TaskRow, TaskRow.id == EventRow.task_id)
    .where(EventRow.kind.in_(["task.answered", "task.returned"]))
    .order_by(EventRow.seq)
)
"""Talks that the telephone system connected past our desk."""


class By(StrEnum):
    """What figures are grouped by."""

    INTERVAL = "interval"
    QUEUE = "queue"
    TOPIC = "topic"
    ORGANISATION = "organisation"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Report:
    """Figures of a span of time."""

    since: datetime
    until: datetime
    by: By | None
    total: Figures
    groups: dict[str, Figures]
    occupancy: float | None
    evenness: float | None
    """Jain's index over operators' occupancies."""
    calls: int
    """Calls that the assistant took."""
    contained: int
    """Calls that it resolved without an operator."""
    handed_over: int

    @property
    def containment(self) -> float | None:
        """Share of calls that were resolved without an operator."""
        return self.contained / self.calls if self.calls else None

    def to_json(self) -> dict[str, Any]:
        """As a document; no personal data."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "by": None if self.by is None else self.by.value,
            "calls": self.calls,
            "contained": self.contained,
            "handed_over": self.handed_over,
            "containment": self.containment,
            "occupancy": self.occupancy,
            "evenness": self.evenness,
            "total": self.total.to_json(),
            "groups": {name: group.to_json() for name, group in self.groups.items()},
        }

    def to_csv(self) -> str:
        """A line for each group, and one for all."""
        out = io.StringIO()
        head = "total" if self.by is None else self.by.value
        writer = csv.DictWriter(out, [head, *self.total.to_json()], lineterminator="\n")
        writer.writeheader()
        for name, group in [*self.groups.items(), ("total", self.total)]:
            writer.writerow({head: name, **group.to_json()})
        return out.getvalue()


@dataclass(frozen=True)
class QueueNow:
    """A queue at this moment."""

    queue: str
    waiting: int
    longest_wait_s: float


class Statistics:
    """Figures of the queue. Reads only; a report over a month takes seconds. Thread-safe.

    Every method raises:
        StoreError: the database failed.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._events = EventLog(store)

    def queues_now(self, organisation: str | None = None) -> list[QueueNow]:
        """Queues with somebody waiting."""
        query = (
            select(TaskRow.queue, func.count(), func.min(TaskRow.created_at))
            .where(
                TaskRow.kind == TaskKind.CALL.value,
                TaskRow.state.in_([TaskState.PENDING.value, TaskState.RESERVED.value]),
            )
            .group_by(TaskRow.queue)
            .order_by(TaskRow.queue)
        )
        if organisation is not None:
            query = query.where(TaskRow.organisation == organisation)
        now = self._now()
        with self._store.reading() as session:
            return [
                QueueNow(queue, count, max(0.0, (now - oldest).total_seconds()))
                for queue, count, oldest in session.execute(query)
            ]

    def operators_now(self, organisation: str | None = None) -> dict[str, int]:
        """How many operators are in each state."""
        query = select(OperatorRow.state, func.count()).group_by(OperatorRow.state)
        if organisation is not None:
            query = query.where(OperatorRow.organisation == organisation)
        with self._store.reading() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def report(
        self,
        since: datetime,
        until: datetime,
        by: By | None = None,
        *,
        norms: Norms | None = None,
        interval_s: int = 1800,
        organisation: str | None = None,
    ) -> Report:
        """Figures of the calls that came in from `since` up to `until`.

        Args:
            organisation: only its calls and operators.
            interval_s: with `By.INTERVAL`: its length; it divides a day.

        Raises:
            RulesError: the span is empty, or the interval does not divide a day.
        """
        if until <= since:
            raise RulesError("report: `until` must be later than `since`")
        if interval_s <= 0 or 86_400 % interval_s:
            raise RulesError("report: the interval must divide a day, such as 1800 s")
        facts = self.facts(since, until, organisation)
        times = self._times(since, min(until, self._now()), organisation)
        calls, contained, handed_over = self._assistant(since, until)
        return Report(
            since,
            until,
            by,
            figures(facts.calls, facts.handled, norms),
            self._groups(facts, by, norms, since, interval_s),
            occupancy(times.operators),
            evenness(times.operators),
            calls,
            contained,
            handed_over,
        )

    def facts(self, since: datetime, until: datetime, organisation: str | None = None) -> Facts:
        """Calls that came in from `since` up to `until`, from the tables as they stand."""
        span = [TaskRow.created_at >= since, TaskRow.created_at < until]
        if organisation is not None:
            span.append(TaskRow.organisation == organisation)
        columns = (
            TaskRow.id, TaskRow.kind, TaskRow.queue, TaskRow.organisation, TaskRow.topic,
            TaskRow.created_at, TaskRow.answered_at, TaskRow.ended_at, TaskRow.ending,
        )  # fmt: skip
        handled = (
            select(
                ReservationRow.id,
                ReservationRow.task_id,
                ReservationRow.operator_id,
                ReservationRow.accepted_at,
                ReservationRow.talk_ended_at,
                ReservationRow.ended_at,
            )
            .join(TaskRow, TaskRow.id == ReservationRow.task_id)
            .where(ReservationRow.accepted_at.is_not(None), *span)
        )
        with self._store.reading() as session:
            calls = session.execute(
                select(*columns).where(*span).order_by(TaskRow.created_at, TaskRow.id)
            ).all()
            offers = session.execute(handled).all()
            told = session.execute(_OUTSIDE.where(*span)).all()
        at_desk = [
            Handling(
                row.id,
                row.task_id,
                row.operator_id,
                row.accepted_at,
                _seconds(row.accepted_at, row.talk_ended_at),
                _seconds(row.talk_ended_at, row.ended_at),
            )
            for row in offers
        ]
        talks: dict[str, Handling] = {}
        for row in told:
            talks.pop(row.task_id, None)
            if row.kind == "task.answered":
                talks[row.task_id] = outside(row.task_id, row.at, row.ended_at)
        return Facts(
            tuple(
                CallFact(
                    row.id,
                    TaskKind(row.kind),
                    row.queue,
                    row.organisation,
                    row.topic,
                    row.created_at,
                    row.answered_at,
                    row.ended_at,
                    None if row.ending is None else Ending(row.ending),
                )
                for row in calls
            ),
            tuple(
                sorted([*at_desk, *talks.values()], key=lambda h: (h.accepted_at, h.reservation_id))
            ),
        )

    def recount(self) -> Replay:
        """Everything, from the events alone."""
        replay = Replay()
        for batch in self._all_events():
            replay.feed(batch)
        return replay

    def _all_events(self) -> Iterator[list[Event]]:
        seq = 0
        while batch := self._events.after(seq, limit=MAX_EVENTS):
            yield batch
            seq = batch[-1].seq

    def _times(self, since: datetime, until: datetime, organisation: str | None) -> Facts:
        """Operators' times within a span, from their events up to its end."""
        query = (
            select(EventRow.operator_id, EventRow.at, EventRow.data)
            .where(
                EventRow.operator_id.is_not(None),
                EventRow.at >= since - _LONGEST_SHIFT,
                EventRow.at < until,
            )
            .order_by(EventRow.seq)
        )
        if organisation is not None:
            mine = select(OperatorRow.id).where(OperatorRow.organisation == organisation)
            query = query.where(EventRow.operator_id.in_(mine))
        replay = Replay(since, until)
        with self._store.reading() as session:
            replay.feed(
                Event(0, row.at, "", operator_id=row.operator_id, data=row.data)
                for row in session.execute(query)
            )
        return replay.facts(until)

    def _assistant(self, since: datetime, until: datetime) -> tuple[int, int, int]:
        span = (CallRow.started_at >= since, CallRow.started_at < until)
        with self._store.reading() as session:
            calls = session.scalar(select(func.count()).select_from(CallRow).where(*span)) or 0
            contained = session.scalar(
                select(func.count()).select_from(CallRow).where(*span, CallRow.outcome == RESOLVED)
            )
            handed_over = session.scalar(
                select(func.count(func.distinct(CallRow.id)))
                .join(TaskRow, TaskRow.call_id == CallRow.id)
                .where(*span)
            )
        return calls, contained or 0, handed_over or 0

    @staticmethod
    def _groups(
        facts: Facts, by: By | None, norms: Norms | None, since: datetime, interval_s: int
    ) -> dict[str, Figures]:
        if by is None:
            return {}
        if by is By.OPERATOR:
            calls = {call.task_id: call for call in facts.calls}
            names = sorted({item.operator_id for item in facts.handled if item.operator_id})
            mine = {n: [h for h in facts.handled if h.operator_id == n] for n in names}
            return {
                n: figures([calls[i] for i in {h.task_id for h in mine[n]}], mine[n], norms)
                for n in names
            }
        keys: dict[By, Callable[[CallFact], str]] = {
            By.QUEUE: lambda call: call.queue,
            By.TOPIC: lambda call: call.topic or "",
            By.ORGANISATION: lambda call: call.organisation or "",
            By.INTERVAL: lambda call: interval_of(
                call.created_at.astimezone(since.tzinfo), interval_s
            ).isoformat(),
        }
        return grouped(facts, keys[by], norms)


def _seconds(begin: datetime | None, end: datetime | None) -> float:
    if begin is None or end is None:
        return 0.0
    return max(0.0, (end - begin).total_seconds())
