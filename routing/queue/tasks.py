"""Tasks: what a call, or whoever speaks for it, does with its place in the queue."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from routing.errors import ConflictError, StateConflictError
from routing.queue.changes import (
    end_task,
    found,
    locked_operator,
    locked_task,
    move_reservation,
    move_task,
    record_reservation,
    record_task,
    release_operator,
)
from routing.queue.intake import REDIRECT, next_due, take_in
from routing.queue.matching import Lane
from routing.queue.promises import end_or_promise, promise
from routing.queue.queues import queue_in
from routing.queue.ranking import rank
from routing.queue.records import NewTask, Task
from routing.queue.reservations import wrap_up
from routing.queue.rows import task_of
from routing.queue.service import QueueService
from routing.queue.states import Ending, ReservationState, TaskKind, TaskState
from routing.tables import ReservationRow, TaskRow

MAX_LISTED = 1000
"""The most tasks that one listing gives."""


class Tasks(QueueService):
    """Calls that wait for operators."""

    def create(self, new: NewTask) -> Task:
        """Put a call into a queue, once for its key, and offer it if somebody is free.

        Raises:
            KeyReusedError: the key stands for another task; nothing was changed.
        """
        now = self._now()
        try:
            with self._store.transaction() as session:
                row, is_new = take_in(session, new, now, self._store.sealer)
                settled = not is_new or self._dispatcher.serve_new(session, row, now)
        except ConflictError:  # another process took in the same, or was faster with an operator
            with self._store.transaction() as session:
                row, _ = take_in(session, new, now, self._store.sealer)
            settled = False
        if settled:
            return task_of(row)
        self._dispatcher.serve_task(row.id)
        return self.get(row.id)

    def get(self, task_id: str) -> Task:
        """One task."""
        with self._store.reading() as session:
            return task_of(found(session.get(TaskRow, task_id), "task", task_id))

    def of_call(self, call_id: str) -> list[Task]:
        """Tasks of a call, oldest first: its place in the queue, and call-backs promised to it."""
        with self._store.reading() as session:
            rows = session.scalars(
                select(TaskRow)
                .where(TaskRow.call_id == call_id)
                .order_by(TaskRow.created_at, TaskRow.id)
            )
            return [task_of(row) for row in rows]

    def listing(
        self,
        *,
        state: TaskState | None = None,
        kind: TaskKind | None = None,
        queues: Collection[str] | None = None,
        organisation: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Task]:
        """Tasks in the order in which they are served.

        Args:
            queues: only what waits there.
            organisation: only what belongs to it.
            after: id of the last task of the page before.
        """
        query = select(TaskRow).order_by(TaskRow.rank, TaskRow.id)
        if state is not None:
            query = query.where(TaskRow.state == state.value)
        if kind is not None:
            query = query.where(TaskRow.kind == kind.value)
        if queues is not None:
            query = query.where(TaskRow.queue.in_(queues))
        if organisation is not None:
            query = query.where(TaskRow.organisation == organisation)
        with self._store.reading() as session:
            if after is not None:
                last = found(session.get(TaskRow, after), "task", after)
                query = query.where(tuple_(TaskRow.rank, TaskRow.id) > (last.rank, last.id))
            rows = session.scalars(query.limit(min(limit, MAX_LISTED)))
            return [task_of(row) for row in rows]

    def position(self, task_id: str) -> int | None:
        """How many in its queue go first, plus one; None for a task that does not wait."""
        with self._store.reading() as session:
            row = found(session.get(TaskRow, task_id), "task", task_id)
            if row.state not in (TaskState.PENDING, TaskState.RESERVED):
                return None
            return 1 + people_ahead(session, row)

    def caller_left(self, task_id: str) -> Task:
        """The caller hung up. One who agreed to a call-back gets it; a talk that was on ends.

        Repeating it, or telling it of a task that ended, changes nothing.
        """
        now = self._now()
        freed = None
        with self._store.transaction() as session:
            row = locked_task(session, task_id)
            match TaskState(row.state):
                case TaskState.PENDING:
                    end_or_promise(session, row, Ending.HUNG_UP, now, self._store.sealer)
                case TaskState.RESERVED:
                    freed = cancel_offer(session, row, now)
                    end_or_promise(session, row, Ending.HUNG_UP, now, self._store.sealer)
                case TaskState.ASSIGNED if row.reservation_id is None:
                    end_task(session, row, Ending.ANSWERED, now)
                case TaskState.ASSIGNED:
                    _end_talk(session, row, now)
                    move_task(row, TaskState.WRAPPING)
                    record_task(session, row, now, "task.talk_ended")
        if freed is not None:
            self._dispatcher.serve_operator(freed)
        return self.get(task_id)

    def agree_callback(self, task_id: str, phone: str | None = None) -> Task:
        """The caller agrees to be called back, should it hang up or wait too long."""
        now = self._now()
        with self._store.transaction() as session:
            row = locked_task(session, task_id)
            if row.ending is not None:
                raise StateConflictError(f"task {task_id} has ended")
            row.callback_agreed = True
            if phone is not None:
                row.phone, row.phone_index = phone, self._store.sealer.index(phone)
            record_task(session, row, now, "task.callback_agreed")
        return self.get(task_id)

    def promise_callback(
        self, task_id: str, phone: str | None = None, not_before: datetime | None = None
    ) -> Task:
        """The caller leaves the line and is called back; returns the call-back.

        Args:
            phone: where to call; None for the number that the task has.
            not_before: when the caller wants to be called; None for as soon as its turn comes.

        Raises:
            RefusedError: there is no number to call.
        """
        now = self._now()
        freed = None
        with self._store.transaction() as session:
            row = locked_task(session, task_id)
            if phone is not None:
                row.phone, row.phone_index = phone, self._store.sealer.index(phone)
            if row.state == TaskState.RESERVED:
                freed = cancel_offer(session, row, now)
            made = promise(session, row, now, self._store.sealer, not_before)
        if freed is not None:
            self._dispatcher.serve_operator(freed)
        self._dispatcher.serve_task(made.id)
        return self.get(made.id)

    def redirect(self, task_id: str, destination: str) -> Task:
        """The call is put through to another service; until that answers, its place is kept.

        An operator who had the call finishes the card meanwhile.

        Args:
            destination: id or number of the other service.
        """
        now = self._now()
        freed = None
        with self._store.transaction() as session:
            row = locked_task(session, task_id)
            if row.held_for is not None:
                raise StateConflictError(f"task {task_id} is held already: {row.held_for}")
            freed = _leave_operator(session, row, now)
            row.held_for, row.held_to = REDIRECT, destination[:64]
            row.held_until = now + timedelta(seconds=queue_in(session, row.queue).rules.redirect_s)
            row.next_due_at = row.held_until
            row.redirects += 1
            record_task(session, row, now, "task.redirecting", to=row.held_to)
        if freed is not None:
            self._dispatcher.serve_operator(freed)
        return self.get(task_id)

    def redirect_answered(self, task_id: str) -> Task:
        """The other service has answered the caller: the call is theirs."""
        now = self._now()
        with self._store.transaction() as session:
            row = _redirected(session, task_id)
            end_task(session, row, Ending.REDIRECTED, now, to=row.held_to)
        return self.get(task_id)

    def redirect_failed(self, task_id: str) -> Task:
        """The other service did not answer: the caller is back, at the place it had."""
        now = self._now()
        with self._store.transaction() as session:
            row = _redirected(session, task_id)
            let_go(session, row, now, "task.redirect_failed", to=row.held_to)
        self._dispatcher.serve_task(task_id)
        return self.get(task_id)

    def move(
        self,
        task_id: str,
        queue: str,
        *,
        topic: str | None = None,
        skills: dict[str, int] | None = None,
        priority: int | None = None,
    ) -> Task:
        """Pass a call on to another queue; the time that the caller has waited counts there.

        Args:
            topic, skills, priority: new ones; None to keep what the task has.
        """
        now = self._now()
        freed = None
        with self._store.transaction() as session:
            row = locked_task(session, task_id)
            target = queue_in(session, queue)
            freed = _leave_operator(session, row, now)
            row.topic = topic or row.topic
            row.skills = row.skills if skills is None else skills
            row.priority = row.priority if priority is None else priority
            needs = {**target.rules.skills, **row.skills}
            row.queue = row.first_queue = target.id
            row.organisation, row.step = target.organisation, 0
            row.lane = Lane(target.id, row.topic, None, needs).key
            row.rank = rank(row.entered_us, row.priority, target.rules.ageing_s)
            row.next_due_at = next_due(session, row)
            record_task(session, row, now, "task.moved", topic=row.topic)
        if freed is not None:
            self._dispatcher.serve_operator(freed)
        self._dispatcher.serve_task(task_id)
        return self.get(task_id)


def people_ahead(session: Session, row: TaskRow) -> int:
    """How many wait in the same queue and go first; who is being redirected does not count."""
    ahead = or_(TaskRow.rank < row.rank, (TaskRow.rank == row.rank) & (TaskRow.id < row.id))
    count = session.scalar(
        select(func.count()).where(
            TaskRow.queue == row.queue,
            TaskRow.state == TaskState.PENDING.value,
            TaskRow.held_for.is_(None),
            ahead,
        )
    )
    return count or 0


def let_go(session: Session, row: TaskRow, now: datetime, kind: str, **data: str | None) -> None:
    """Let a task that was held wait like the others, at its place."""
    row.held_for = row.held_until = row.held_to = None
    row.next_due_at = next_due(session, row)
    record_task(session, row, now, kind, **data)


def _redirected(session: Session, task_id: str) -> TaskRow:
    row = locked_task(session, task_id)
    if row.held_for != REDIRECT:
        raise StateConflictError(f"task {task_id} is not being redirected")
    return row


def _leave_operator(session: Session, row: TaskRow, now: datetime) -> str | None:
    """Take a task from whoever has it; who is free because of that."""
    match TaskState(row.state):
        case TaskState.PENDING:
            return None
        case TaskState.RESERVED:
            return cancel_offer(session, row, now, ReservationState.RESCINDED)
        case TaskState.ASSIGNED if row.reservation_id is not None:
            _end_talk(session, row, now)
            move_task(row, TaskState.PENDING)
            row.reservation_id = None
            return None
    raise StateConflictError(f"task {row.id} is {row.state}: its caller is not with this desk")


def cancel_offer(
    session: Session,
    row: TaskRow,
    now: datetime,
    state: ReservationState = ReservationState.CANCELED,
) -> str:
    """Take back the offer of a task; the operator who is free because of that."""
    reservation = session.get_one(
        ReservationRow, row.reservation_id, with_for_update=True, populate_existing=True
    )
    operator = locked_operator(session, reservation.operator_id)
    move_reservation(reservation, state, now)
    move_task(row, TaskState.PENDING)
    row.reservation_id = None
    release_operator(operator, now)
    record_reservation(session, row, reservation, operator, now, f"reservation.{state.value}",
                       activity=operator.activity)  # fmt: skip
    return operator.id


def _end_talk(session: Session, row: TaskRow, now: datetime) -> None:
    reservation = session.get_one(
        ReservationRow, row.reservation_id, with_for_update=True, populate_existing=True
    )
    operator = locked_operator(session, reservation.operator_id)
    wrap_up(session, row, reservation, operator, now)
    assert reservation.accepted_at is not None
    talk_s = max(0.0, (now - reservation.accepted_at).total_seconds())
    record_reservation(session, row, reservation, operator, now, "reservation.wrapping",
                       talk_s=talk_s)  # fmt: skip
