"""Events: what every change of calls, tasks, reservations and operators leaves behind.

A transaction collects its events and numbers them just before it commits, under a lock that it
keeps until then. So numbers grow in the order of commits and have no gaps: a reader that has seen
number n has seen everything up to n, and a reader that resumes after n misses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from routing.tables import EventCounterRow, EventRow

COUNTER: Final = 1
_PENDING: Final = "voice122.events"


@dataclass(frozen=True)
class Event:
    """Something that happened. Holds no personal data."""

    seq: int
    """From 1, without gaps, in the order of commits."""
    at: datetime
    kind: str
    """``<what>.<happened>``, such as ``reservation.accepted``."""
    call_id: str | None = None
    task_id: str | None = None
    operator_id: str | None = None
    organisation: str | None = None
    """To whom the task belongs; None where it is nobody's."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """States after it (``task``, ``reservation``, ``operator``) and what the kind brings along."""


def published(event: Event) -> dict[str, Any]:
    """An event as JSON: what streams and webhooks send."""
    return {**asdict(event), "at": event.at.isoformat(), "data": dict(event.data)}


def record(
    session: Session,
    at: datetime,
    kind: str,
    *,
    call_id: str | None = None,
    task_id: str | None = None,
    operator_id: str | None = None,
    organisation: str | None = None,
    **data: Any,
) -> None:
    """Note what happened in this transaction; it is written when the transaction commits."""
    session.info.setdefault(_PENDING, []).append(
        {
            "at": at,
            "kind": kind,
            "call_id": call_id,
            "task_id": task_id,
            "operator_id": operator_id,
            "organisation": organisation,
            "data": data,
        }
    )


def number_events(session: Session) -> list[Event]:
    """Write the events of this transaction, at its very end; returns them."""
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return []
    session.flush()
    last = session.scalar(
        update(EventCounterRow)
        .where(EventCounterRow.id == COUNTER)
        .values(last=EventCounterRow.last + len(pending))
        .returning(EventCounterRow.last)
    )
    assert last is not None, "the migration makes the counter"
    for offset, values in enumerate(pending, start=last - len(pending) + 1):
        values["seq"] = offset
    session.execute(insert(EventRow), pending)
    return [Event(**values) for values in pending]


def event_of(row: EventRow) -> Event:
    """The event that a row keeps."""
    return Event(
        row.seq,
        row.at,
        row.kind,
        row.call_id,
        row.task_id,
        row.operator_id,
        row.organisation,
        row.data,
    )
