"""Operators: who they are, and what they are doing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from routing.errors import StateConflictError
from routing.events import record
from routing.queue.changes import (
    found,
    locked_operator,
    locked_task,
    move_operator,
    record_reservation,
)
from routing.queue.dispatch import Dispatcher
from routing.queue.records import Operator, OperatorProfile
from routing.queue.reservations import Reservations, give_back
from routing.queue.rows import operator_of
from routing.queue.states import IN_CALL, Activity, OperatorState, ReservationState
from routing.store import Store
from routing.tables import OperatorQueueRow, OperatorRow, ReservationRow


class Operators:
    """Operators of all organisations. Blocks for milliseconds; thread-safe.

    Every method raises:
        NotFoundError: there is no such operator.
        StoreError: the database failed; nothing was changed.
    """

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        reservations: Reservations,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._reservations = reservations
        self._now = now

    def put(self, profile: OperatorProfile) -> Operator:
        """Enter an operator, or change who it is; what it is doing stays.

        Raises:
            ConflictError: its organisation or site is not known.
        """
        now = self._now()
        with self._store.transaction() as session:
            row = session.get(OperatorRow, profile.id, with_for_update=True)
            if row is None:
                row = OperatorRow(
                    id=profile.id,
                    activity=Activity.OFFLINE.value,
                    state=OperatorState.OFFLINE.value,
                    since=now,
                    idle_since=now,
                    last_offer_us=0,
                    handled=0,
                    worked_s=0.0,
                    talked_s=0.0,
                    staffed_s=0.0,
                )
                session.add(row)
            row.name, row.kind = profile.name, profile.kind.value
            row.organisation, row.site = profile.organisation, profile.site
            row.skills = dict(profile.skills)
            row.topics = None if profile.topics is None else list(profile.topics)
            row.agreement_until, row.disabled = profile.agreement_until, profile.disabled
            session.flush()
            session.execute(
                delete(OperatorQueueRow).where(OperatorQueueRow.operator_id == profile.id)
            )
            session.add_all(
                OperatorQueueRow(queue=queue, operator_id=profile.id)
                for queue in dict.fromkeys(profile.queues)
            )
            record(session, now, "operator.changed", operator_id=row.id,
                   organisation=row.organisation, operator=row.state)  # fmt: skip
        self._dispatcher.serve_operator(profile.id)
        return self.get(profile.id)

    def get(self, operator_id: str) -> Operator:
        """One operator."""
        with self._store.reading() as session:
            row = found(session.get(OperatorRow, operator_id), "operator", operator_id)
            return operator_of(row, _queues(session, [operator_id])[operator_id])

    def listing(
        self, *, organisation: str | None = None, state: OperatorState | None = None
    ) -> list[Operator]:
        """Operators by id, of one organisation or state where given."""
        query = select(OperatorRow).order_by(OperatorRow.id)
        if organisation is not None:
            query = query.where(OperatorRow.organisation == organisation)
        if state is not None:
            query = query.where(OperatorRow.state == state.value)
        with self._store.reading() as session:
            rows = session.scalars(query).all()
            queues = _queues(session, None)
            return [operator_of(row, queues[row.id]) for row in rows]

    def set_activity(self, operator_id: str, activity: Activity) -> Operator:
        """The operator logs in, takes a break, comes back, or logs out.

        In a call or its wrap-up the choice holds from the end of it. An offer that is out is taken
        back. Logging in starts the counts of the shift anew.
        """
        now = self._now()
        offered = self._reservations.open_of(operator_id)
        with self._store.transaction() as session:
            if offered is not None and activity is not Activity.AVAILABLE:
                _take_back(session, offered.task_id, offered.id, activity, now)
            row = locked_operator(session, operator_id)
            logs_in = row.activity == Activity.OFFLINE and activity is not Activity.OFFLINE
            row.activity = activity.value
            if logs_in and row.state not in IN_CALL:
                row.idle_since = row.since = now
                row.handled, row.worked_s, row.talked_s, row.staffed_s = 0, 0.0, 0.0, 0.0
            if row.state not in IN_CALL:
                move_operator(row, OperatorState(activity.value), now)
            record(session, now, "operator.activity", operator_id=row.id,
                   organisation=row.organisation, operator=row.state, activity=row.activity,
                   logged_in=logs_in)  # fmt: skip
        self._dispatcher.serve_operator(operator_id)
        if offered is not None:
            self._dispatcher.serve_task(offered.task_id)
        return self.get(operator_id)

    def ready(self, operator_id: str) -> Operator:
        """The operator ends its wrap-up before time.

        Raises:
            StateConflictError: it is not in wrap-up.
        """
        held = self._reservations.open_of(operator_id)
        if held is None or held.state is not ReservationState.WRAPPING:
            raise StateConflictError(f"operator {operator_id} is not in wrap-up")
        self._reservations.complete(held.id)
        return self.get(operator_id)


def _take_back(
    session: Session, task_id: str, reservation_id: str, activity: Activity, now: datetime
) -> None:
    """Take an offer back if it is still out."""
    task = locked_task(session, task_id)
    row = session.get_one(
        ReservationRow, reservation_id, with_for_update=True, populate_existing=True
    )
    if row.state != ReservationState.PENDING:
        return
    operator = locked_operator(session, row.operator_id)
    operator.activity = activity.value
    give_back(session, task, row, operator, ReservationState.RESCINDED, now)
    record_reservation(session, task, row, operator, now, "reservation.rescinded",
                       activity=operator.activity)  # fmt: skip


def _queues(session: Session, ids: list[str] | None) -> defaultdict[str, tuple[str, ...]]:
    query = select(OperatorQueueRow).order_by(OperatorQueueRow.queue)
    if ids is not None:
        query = query.where(OperatorQueueRow.operator_id.in_(ids))
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in session.scalars(query):
        found[row.operator_id] += (row.queue,)
    return found
