"""Call-backs: a promise takes the place of the call, and is a task that is followed to its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from routing.errors import RefusedError
from routing.queue.changes import end_task
from routing.queue.intake import take_in
from routing.queue.matching import lane_of
from routing.queue.records import NewTask
from routing.queue.states import Ending, TaskKind
from routing.sealing import Sealer
from routing.tables import TaskRow


def promise(
    session: Session,
    row: TaskRow,
    now: datetime,
    sealer: Sealer,
    not_before: datetime | None = None,
) -> TaskRow:
    """End a waiting call as called back, and make the call-back, at the place that the call had.

    Raises:
        RefusedError: there is no number to call.
        StateConflictError: the task does not wait.
    """
    if not row.phone:
        raise RefusedError("there is no number to call back: ask the caller for one")
    lane = lane_of(row.lane)
    made, _ = take_in(
        session,
        NewTask(
            key=f"callback:{row.id}",
            queue=row.queue,
            call_id=row.call_id,
            topic=row.topic,
            kind=TaskKind.CALLBACK,
            brief=row.brief,
            phone=row.phone,
            skills=lane.skills,
            priority=row.priority,
            not_before=not_before,
        ),
        now,
        sealer,
    )
    made.continues = row.id
    made.entered_us, made.rank = row.entered_us, row.rank
    end_task(session, row, Ending.CALLBACK, now, callback=made.id)
    return made


def end_or_promise(
    session: Session, row: TaskRow, ending: Ending, now: datetime, sealer: Sealer
) -> None:
    """End a waiting call; a caller who agreed and whose number is known is called back."""
    if row.callback_agreed and row.phone and row.kind == TaskKind.CALL:
        promise(session, row, now, sealer)
    else:
        end_task(session, row, ending, now)
