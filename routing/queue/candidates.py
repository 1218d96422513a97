"""Free operators for a waiting task, best first.

The database puts them in order by the queue's strategy, so that of a thousand who are free only the
first few are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Float, Row, Select, case, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from routing.queue.matching import ALL_QUEUES, Lane, lane_of
from routing.queue.queues import queue_in
from routing.queue.rows import ABILITIES, abilities_of
from routing.queue.states import IN_CALL, OperatorState
from routing.queue.strategies import STRATEGIES
from routing.tables import OperatorQueueRow, OperatorRow, TaskRow

_CHUNK: Final = 16
"""So many operators are read at first; all the others only where none of these fits."""


class Columns:
    """What strategies know of an operator (`strategies.Known`), as SQL."""

    def __init__(self, now: datetime) -> None:
        self.id = OperatorRow.id
        self.idle_since = OperatorRow.idle_since
        self.last_offer_us = OperatorRow.last_offer_us
        since = cast(extract("epoch", OperatorRow.since), Float)
        ready_s = now.timestamp() - since
        self._staffed_s = OperatorRow.staffed_s + case((ready_s > 0, ready_s), else_=0)

    @property
    def occupancy(self) -> Any:
        """Share of staffed time that it worked."""
        return self._share(OperatorRow.worked_s)

    @property
    def talk_share(self) -> Any:
        """Talk time for each hour that it was logged in (h/h)."""
        return self._share(OperatorRow.talked_s)

    def level(self, skill: str) -> Any:
        """Of a skill; 0 for none."""
        return func.coalesce(OperatorRow.skills[skill].as_integer(), 0)

    def _share(self, seconds: Any) -> Any:
        return case((self._staffed_s > 0, seconds / self._staffed_s), else_=0.0)


def shortlist(
    session: Session, task: TaskRow, now: datetime, without: Collection[str] = ()
) -> list[str]:
    """Ids of free operators who may take a task, best first by its queue's strategy.

    There may be more behind them: ask again `without` these. Empty if there is nobody else.
    """
    lane, stamp = lane_of(task.lane), now.timestamp()
    spared = {name for name, until in task.declined.items() if until > stamp}
    strategy = STRATEGIES[queue_in(session, task.queue).rules.strategy]
    columns = Columns(now)
    query = (
        _serving(lane, columns)
        .where(
            OperatorRow.state == OperatorState.AVAILABLE.value,
            OperatorRow.id.not_in(spared.union(without)),
        )
        .order_by(*strategy.key(columns, lane.skills))
    )
    first = session.execute(query.limit(_CHUNK)).all()
    found = _fitting(first, lane, now)
    if found or len(first) < _CHUNK:
        return [row.id for row in found]
    return [row.id for row in _fitting(session.execute(query.offset(_CHUNK)), lane, now)]


def staffed(session: Session, lane: Lane, now: datetime) -> list[OperatorState]:
    """What those do who are at work and take tasks of a lane."""
    at_work = [OperatorState.AVAILABLE, *IN_CALL]
    rows = session.execute(
        _serving(lane, Columns(now)).where(OperatorRow.state.in_([s.value for s in at_work]))
    )
    return [OperatorState(row.state) for row in _fitting(rows, lane, now)]


def _serving(lane: Lane, columns: Columns) -> Select[*tuple[Any, ...]]:
    """Operators who serve a lane, as far as the database can tell."""
    query = select(*ABILITIES, OperatorRow.state).where(
        OperatorRow.disabled.is_(False),
        OperatorRow.id.in_(
            select(OperatorQueueRow.operator_id).where(
                or_(OperatorQueueRow.queue == lane.queue, OperatorQueueRow.queue == ALL_QUEUES)
            )
        ),
        *(columns.level(skill) >= least for skill, least in lane.skills.items()),
    )
    return query if lane.site is None else query.where(OperatorRow.site == lane.site)


def _fitting(rows: Iterable[Row[Any]], lane: Lane, now: datetime) -> list[Row[Any]]:
    """Who of those that serve a lane may take its tasks: topics and agreements count, too."""
    today = now.date()
    return [row for row in rows if abilities_of(row, (lane.queue,)).fits(lane, today)]
