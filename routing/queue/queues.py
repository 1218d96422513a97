"""Queues as a transaction sees them: read once, and made where nobody has entered them yet."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from routing.database import insert_into
from routing.queue.records import Queue
from routing.queue.rows import queue_of
from routing.queue.rules import QueueRules
from routing.tables import QueueRow

_SEEN: Final = "voice122.queues"


def queue_in(session: Session, name: str) -> Queue:
    """The queue, made with default rules if it is not there: no call is refused."""
    seen: dict[str, Queue] = session.info.setdefault(_SEEN, {})
    if name not in seen:
        seen[name] = queue_of(session.get(QueueRow, name) or _made(session, name))
    return seen[name]


def _made(session: Session, name: str) -> QueueRow:
    values = {"id": name, "title": name, "organisation": None, "rules": QueueRules().to_json()}
    session.execute(
        insert_into(session.get_bind(), QueueRow).values(values).on_conflict_do_nothing()
    )
    return session.get_one(QueueRow, name)
