"""Personal data: kept no longer than set, and erased when a caller asks for it.

What is erased are names, numbers, words and briefs. What stays are facts without a person: that a
call came, waited so long and was answered. What is still under way (a call in the queue, a request
that is not filed) stays until it is done, so that nobody is forgotten while waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from routing.events import record
from routing.queue.states import OperatorState, TaskState
from routing.replays import forget_answers
from routing.requests import RequestStatus
from routing.sealing import local_digits
from routing.store import Store
from routing.tables import (
    CallRow,
    EventRow,
    OperatorRow,
    RequestRow,
    ReviewRow,
    TaskRow,
    TurnRow,
)

_DONE: Final = (TaskState.COMPLETED.value, TaskState.CANCELED.value)
_LEAST_DIGITS: Final = 10


@dataclass(frozen=True)
class Retention:
    """How long each kind is kept after its call or request (days)."""

    transcripts: int = 30
    """What was said, turn by turn."""
    numbers: int = 90
    """Telephone numbers of callers."""
    briefs: int = 90
    """What operators read."""
    requests: int = 365
    """What callers asked for, once it is filed or refused."""
    comments: int = 1095
    """What reviewers wrote about operators; the marks stay."""
    names: int = 365
    """Names of operators who are disabled, since their last work."""
    events: int = 1095
    """What happened in the queue. Nothing personal: figures of that time lose operators' hours."""

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 1:
            raise ValueError("retention: 1 day or more for every kind")


@dataclass(frozen=True)
class Erased:
    """How many records lost their personal data."""

    calls: int = 0
    turns: int = 0
    tasks: int = 0
    requests: int = 0
    answers: int = 0
    """First answers that were kept for idempotency keys."""
    comments: int = 0
    """About operators."""
    names: int = 0
    """Of operators."""
    under_way: int = 0
    """Records that stay until they are done: erase again later."""


class Privacy:
    """Erases. Blocks for seconds where there is much to erase; thread-safe.

    Every method raises:
        StoreError: the database failed; nothing was erased.
    """

    def __init__(
        self, store: Store, now: Callable[[], datetime], retention: Retention | None = None
    ) -> None:
        self._store = store
        self._now = now
        self._retention = retention or Retention()

    def expire(self) -> Erased:
        """Erase what has been kept long enough."""
        now, kept = self._now(), self._retention
        before = {kind: now - timedelta(days=days) for kind, days in vars(kept).items()}
        with self._store.transaction() as session:
            old_calls = select(CallRow.id).where(CallRow.started_at < before["transcripts"])
            turns = _count(session, delete(TurnRow).where(TurnRow.call_id.in_(old_calls)))
            calls = _erase_calls(session, CallRow.started_at < before["numbers"])
            tasks = _erase_tasks(session, TaskRow.ended_at < before["briefs"], now)
            requests = _erase_requests(session, RequestRow.created_at < before["requests"], now)
            erased = Erased(
                calls, turns, tasks, requests,
                comments=_erase_comments(session, before["comments"]),
                names=_erase_names(session, before["names"]),
            )  # fmt: skip
            _forget_events(session, before["events"])
            if erased != Erased():
                record(session, now, "privacy.expired", **vars(erased))
        return erased

    def erase(self, phone: str) -> Erased:
        """Erase a caller's data: everything that belongs to this number.

        Args:
            phone: with or without +7 or 8 in front; other signs do not matter.

        Raises:
            ValueError: not a whole number: too much would be erased.
        """
        if len(local_digits(phone)) < _LEAST_DIGITS:
            raise ValueError("a telephone number has ten digits after +7 or 8")
        indexes, now = self._store.sealer.indexes(phone), self._now()
        with self._store.transaction() as session:
            calls = _calls_of(session, indexes)
            mine_tasks = or_(TaskRow.phone_index.in_(indexes), TaskRow.call_id.in_(calls))
            mine_requests = or_(RequestRow.phone_index.in_(indexes), RequestRow.call_id.in_(calls))
            under_way = _under_way(session, mine_tasks, mine_requests)
            answers = forget_answers(
                session,
                self._store.sealer,
                [local_digits(phone), *calls, *_tasks_of(session, mine_tasks)],
            )
            going_on = select(CallRow.id).where(CallRow.ended_at.is_(None))
            turns = _count(
                session,
                delete(TurnRow).where(TurnRow.call_id.in_(calls), TurnRow.call_id.not_in(going_on)),
            )
            erased = Erased(
                _erase_calls(session, CallRow.id.in_(calls)),
                turns,
                _erase_tasks(session, mine_tasks, now),
                _erase_requests(session, mine_requests, now),
                answers=answers,
                under_way=under_way,
            )
            record(session, now, "privacy.erased", **vars(erased))
        return erased


def _calls_of(session: Session, indexes: Sequence[str]) -> list[str]:
    """Ids of calls from a number, or in which it was left."""
    calls = set(session.scalars(select(CallRow.id).where(CallRow.caller_index.in_(indexes))))
    for table in (TaskRow, RequestRow):
        found = session.scalars(select(table.call_id).where(table.phone_index.in_(indexes)))
        calls.update(call_id for call_id in found if call_id is not None)
    return sorted(calls)


def _tasks_of(session: Session, which: ColumnElement[bool]) -> Sequence[str]:
    return session.scalars(select(TaskRow.id).where(which)).all()


def _erase_calls(session: Session, which: ColumnElement[bool]) -> int:
    return _count(
        session,
        update(CallRow)
        .where(
            which,
            CallRow.ended_at.is_not(None),
            or_(CallRow.caller.is_not(None), CallRow.dialled.is_not(None)),
        )
        .values(caller=None, caller_index=None, dialled=None),
    )


def _erase_tasks(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    return _count(
        session,
        update(TaskRow)
        .where(which, TaskRow.state.in_(_DONE), TaskRow.erased_at.is_(None))
        .values(brief={}, phone=None, phone_index=None, erased_at=now),
    )


def _erase_requests(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    return _count(
        session,
        update(RequestRow)
        .where(
            which,
            RequestRow.status != RequestStatus.PENDING.value,
            RequestRow.erased_at.is_(None),
        )
        .values(fields={}, phone=None, phone_index=None, reason=None, erased_at=now),
    )


def _erase_comments(session: Session, before: datetime) -> int:
    old = ReviewRow.at < before, ReviewRow.comment.is_not(None)
    return _count(session, update(ReviewRow).where(*old).values(comment=None))


def _erase_names(session: Session, before: datetime) -> int:
    """The id takes the place of the name."""
    gone = (
        OperatorRow.disabled.is_(True),
        OperatorRow.state == OperatorState.OFFLINE.value,
        OperatorRow.since < before,
        OperatorRow.name != OperatorRow.id,
    )
    return _count(session, update(OperatorRow).where(*gone).values(name=OperatorRow.id))


def _forget_events(session: Session, before: datetime) -> None:
    """Those before the first that is kept: what is left has no gaps, whatever clocks did."""
    first = select(func.min(EventRow.seq)).where(EventRow.at >= before).scalar_subquery()
    _count(session, delete(EventRow).where(EventRow.seq < first))


def _under_way(session: Session, tasks: ColumnElement[bool], requests: ColumnElement[bool]) -> int:
    waiting = select(func.count()).select_from(TaskRow)
    pending = select(func.count()).select_from(RequestRow)
    still = RequestRow.status == RequestStatus.PENDING.value
    return (session.scalar(waiting.where(and_(tasks, TaskRow.state.not_in(_DONE)))) or 0) + (
        session.scalar(pending.where(and_(requests, still))) or 0
    )


def _count(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return int(result.rowcount)
