"""Calls that the telephone system delivers itself: what it tells us about them, by the call's id.

Where operators answer by telephone, past our desk, a task is assigned without a reservation: the
talk is on the telephone system, which tells of its end (`left`). All of it may be told twice, late,
or of calls that are not known here: nothing changes then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.errors import StateConflictError
from routing.events import record
from routing.queue.changes import end_task, locked_task, move_task, record_task
from routing.queue.dispatch import Dispatcher
from routing.queue.intake import REDIRECT, next_due
from routing.queue.states import Ending, ReservationState, TaskKind, TaskState
from routing.queue.tasks import Tasks, cancel_offer, let_go
from routing.store import Store
from routing.tables import CallRow, EventRow, TaskRow

LONGEST_TALK: Final = timedelta(hours=4)
"""A talk whose end nobody told is over by then."""
_REDIRECTED: Final = "redirected"
"""How the assistant's part of a call ends that goes to an outside number."""
_HANDED_OVER: Final = "handed_over"


class Delivery:
    """What the telephone system tells. Blocks for milliseconds; thread-safe.

    Every method returns whether the call is known here, and raises:
        StoreError: the database failed; nothing was changed.
    """

    def __init__(
        self, store: Store, tasks: Tasks, dispatcher: Dispatcher, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._dispatcher = dispatcher
        self._now = now

    def queued(
        self, call_id: str, queue: str, caller: str | None = None, dialled: str | None = None
    ) -> bool:
        """The call goes to a queue, and has a place there, whoever sent it.

        A conversation gives it one. Where there was none (the machine is full, the service stops)
        or it broke, the call becomes a task here, so that it is followed to its end like any other.
        """
        now = self._now()
        with self._store.reading() as session:
            task = select(TaskRow.id).where(TaskRow.call_id == call_id).limit(1)
            if session.scalar(task) is not None:
                return True
        self._store.begin_call(call_id, now, caller=caller, dialled=dialled)
        self._store.hand_over(call_id, queue, {}, now)
        self._store.end_call(call_id, _HANDED_OVER, now)
        return True

    def redirecting(self, call_id: str, number: str) -> bool:
        """The call goes to an outside number: a place that it has in a queue is held meanwhile."""
        with self._store.reading() as session:
            waiting = _open_tasks(session, call_id)
        for task_id in waiting:
            try:
                self._tasks.redirect(task_id, number)
            except StateConflictError:
                continue  # it is on its way already, or somebody talks to the caller
        return self._known(call_id)

    def answered(self, call_id: str) -> bool:
        """Somebody took the call: an operator at a telephone, or the outside number."""
        now, freed = self._now(), []
        with self._store.transaction() as session:
            rows = [locked_task(session, id_) for id_ in _open_tasks(session, call_id)]
            call = session.get(CallRow, call_id, with_for_update=True)
            redirected = call is not None and call.outcome == _REDIRECTED
            for row in rows:
                if row.state == TaskState.RESERVED:
                    freed.append(cancel_offer(session, row, now, ReservationState.RESCINDED))
                if row.state == TaskState.PENDING:
                    _answer(session, row, redirected, now)
            if redirected and not rows:
                _note_answer(session, call_id, now)
        for operator in freed:
            self._dispatcher.serve_operator(operator)
        return self._known(call_id)

    def returned(self, call_id: str) -> bool:
        """Nobody took it: the caller is back with the assistant, and keeps its place."""
        now = self._now()
        with self._store.transaction() as session:
            waiting = _open_tasks(session, call_id)
            for row in (locked_task(session, id_) for id_ in waiting):
                if row.held_for == REDIRECT:
                    let_go(session, row, now, "task.redirect_failed", to=row.held_to)
                elif row.state == TaskState.ASSIGNED and row.reservation_id is None:
                    move_task(row, TaskState.PENDING)
                    row.next_due_at = next_due(session, row)
                    record_task(session, row, now, "task.returned")
        for task_id in waiting:
            self._dispatcher.serve_task(task_id)
        return self._known(call_id)

    def left(self, call_id: str) -> bool:
        """The call is over on the line: the caller hung up waiting, or the talk has ended."""
        with self._store.reading() as session:
            waiting = _open_tasks(session, call_id)
        for task_id in waiting:
            self._tasks.caller_left(task_id)
        return self._known(call_id)

    def _known(self, call_id: str) -> bool:
        with self._store.reading() as session:
            if session.get(CallRow, call_id) is not None:
                return True
            task = select(TaskRow.id).where(TaskRow.call_id == call_id).limit(1)
            return session.scalar(task) is not None


def _open_tasks(session: Session, call_id: str) -> list[str]:
    """Tasks of a caller on the line; a call-back is a promise that outlives the call."""
    return list(
        session.scalars(
            select(TaskRow.id)
            .where(
                TaskRow.call_id == call_id,
                TaskRow.kind == TaskKind.CALL.value,
                TaskRow.ending.is_(None),
            )
            .order_by(TaskRow.id)
        )
    )


def _answer(session: Session, row: TaskRow, redirected: bool, now: datetime) -> None:
    if redirected or row.held_for == REDIRECT:
        end_task(session, row, Ending.REDIRECTED, now, to=row.held_to)
        return
    move_task(row, TaskState.ASSIGNED)
    row.held_for = row.held_until = row.held_to = None
    row.next_due_at = now + LONGEST_TALK
    first = row.answered_at is None
    row.answered_at = row.answered_at or now
    waited_s = (now - row.created_at).total_seconds()
    record_task(session, row, now, "task.answered", first=first, waited_s=waited_s)


def _note_answer(session: Session, call_id: str, now: datetime) -> None:
    """Of a call that was never in a queue, its events alone tell that it was answered."""
    kind = "call.redirect_answered"
    told = select(EventRow.seq).where(EventRow.call_id == call_id, EventRow.kind == kind).limit(1)
    if session.scalar(told) is None:
        record(session, now, kind, call_id=call_id)
