"""Rows of the store as the records that services give."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from routing.queue.matching import Abilities, OperatorKind, lane_of
from routing.queue.records import Operator, OperatorProfile, Queue, Reservation, Task
from routing.queue.rules import QueueRules
from routing.queue.states import (
    Activity,
    Ending,
    OperatorState,
    ReservationState,
    TaskKind,
    TaskState,
)
from routing.tables import OperatorRow, QueueRow, ReservationRow, TaskRow

ABILITIES: Final = (
    OperatorRow.id,
    OperatorRow.kind,
    OperatorRow.site,
    OperatorRow.skills,
    OperatorRow.topics,
    OperatorRow.agreement_until,
)
"""Columns of which `abilities_of` is made; names are sealed, and to open a thousand takes time."""


def task_of(row: TaskRow) -> Task:
    """The task that a row keeps."""
    lane = lane_of(row.lane)
    return Task(
        id=row.id,
        key=row.key,
        kind=TaskKind(row.kind),
        state=TaskState(row.state),
        call_id=row.call_id,
        queue=row.queue,
        organisation=row.organisation,
        topic=row.topic,
        skills=lane.skills,
        site=lane.site,
        priority=row.priority,
        brief=row.brief,
        phone=row.phone,
        callback_agreed=row.callback_agreed,
        created_at=row.created_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        ending=None if row.ending is None else Ending(row.ending),
        held_for=row.held_for,
        held_to=row.held_to,
        held_until=row.held_until,
        step=row.step,
        offers=row.offers,
        attempts=row.attempts,
        continues=row.continues,
        deadline=row.deadline,
    )


def reservation_of(row: ReservationRow) -> Reservation:
    """The reservation that a row keeps."""
    return Reservation(
        row.id,
        row.task_id,
        row.operator_id,
        ReservationState(row.state),
        row.created_at,
        row.expires_at,
        row.accepted_at,
        row.talk_ended_at,
        row.ended_at,
    )


def profile_of(row: OperatorRow, queues: tuple[str, ...]) -> OperatorProfile:
    """Who an operator is."""
    return OperatorProfile(
        id=row.id,
        name=row.name,
        kind=OperatorKind(row.kind),
        organisation=row.organisation,
        site=row.site,
        queues=queues,
        skills=row.skills,
        topics=None if row.topics is None else tuple(row.topics),
        agreement_until=row.agreement_until,
        disabled=row.disabled,
    )


def abilities_of(row: Any, queues: Collection[str]) -> Abilities:
    """What decides which tasks an operator may take.

    Args:
        row: with the columns `ABILITIES`.
    """
    return Abilities(
        OperatorKind(row.kind),
        frozenset(queues),
        row.site,
        row.skills,
        None if row.topics is None else frozenset(row.topics),
        row.agreement_until,
    )


def operator_of(row: OperatorRow, queues: tuple[str, ...]) -> Operator:
    """The operator that a row keeps."""
    return Operator(
        profile=profile_of(row, queues),
        activity=Activity(row.activity),
        state=OperatorState(row.state),
        since=row.since,
        wrap_up_until=row.wrap_up_until,
        idle_since=row.idle_since,
        handled=row.handled,
        worked_s=row.worked_s,
        talked_s=row.talked_s,
        staffed_s=row.staffed_s,
    )


def queue_of(row: QueueRow) -> Queue:
    """The queue that a row keeps."""
    return Queue(row.id, row.title, row.organisation, QueueRules.from_json(row.rules))
