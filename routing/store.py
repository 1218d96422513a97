"""The durable store: calls, their turns, and hand-overs to operators.

SQLite by default, PostgreSQL where several processes share one queue. Every turn is written before
its acts are carried out, so that after a crash another process finds the last state of the call.
A hand-over is a task of the operator queue (`routing/queue`). Requests are kept beside
(`routing/outbox.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from routing.database import Database, insert_into
from routing.errors import StoreError
from routing.events import record
from routing.queue.changes import record_task
from routing.queue.intake import take_in
from routing.queue.records import NewTask
from routing.queue.states import TaskKind
from routing.sealing import Sealer
from routing.tables import CallRow, TaskRow, TurnRow

CALLBACK_QUEUE: Final = "callback"
"""The queue of hand-overs that are promises: the caller is called back."""
_KEY: Final = "handover:"
_TURN_KEY: Final = ("call_id", "number")


@dataclass(frozen=True)
class Handover:
    """A call that waits for an operator, and what the operator should know."""

    call_id: str
    queue: str
    brief: dict[str, Any]
    created_at: datetime


class Store(Database):
    """Opened once by a process; its methods block for milliseconds and are thread-safe.

    Args:
        url: SQLAlchemy URL, see `Database`.
        sealer: of personal data.

    Raises:
        StoreError: the database cannot be opened.
    """

    @classmethod
    def in_directory(cls, directory: Path, sealer: Sealer | None = None) -> Store:
        """The SQLite store of a data directory, made if it is not there."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make {directory}: {error.strerror}; check VOICE122_DATA_DIR"
            ) from error
        return cls(f"sqlite:///{directory / 'voice122.sqlite'}", sealer)

    def begin_call(
        self,
        call_id: str,
        at: datetime,
        *,
        caller: str | None = None,
        dialled: str | None = None,
    ) -> None:
        """Register a call; one that is known already goes on, with what is known of it.

        Its outcome counts no longer: a redirect that nobody answered brings the caller back.

        Args:
            caller, dialled: telephone numbers, digits; None where unknown.
        """
        with self.transaction() as session:
            call = session.get(CallRow, call_id)
            if call is not None and call.ended_at is not None:
                call.ended_at = call.outcome = None
                record(session, at, "call.resumed", call_id=call_id)
            if call is None:
                index = self.sealer.index(caller) if caller else None
                session.add(
                    CallRow(
                        id=call_id,
                        started_at=at,
                        caller=caller,
                        caller_index=index,
                        dialled=dialled,
                    )
                )
                record(session, at, "call.started", call_id=call_id)

    def record_turn(
        self,
        call_id: str,
        number: int,
        event: dict[str, Any],
        state: str,
        acts: list[dict[str, Any]],
    ) -> None:
        """Write a turn before its acts are carried out. Writing the same turn again replaces it."""
        turn = {"call_id": call_id, "number": number, "event": event, "state": state, "acts": acts}
        self.write(self._write_turn, turn)  # by far the most frequent of all

    @cached_property
    def _write_turn(self) -> Executable:
        insert = insert_into(self._engine, TurnRow)
        written = {name: insert.excluded[name] for name in ("event", "state", "acts")}
        return insert.on_conflict_do_update(index_elements=_TURN_KEY, set_=written)

    def last_state(self, call_id: str) -> str | None:
        """The state document after the last turn of a call, or None for an unknown call."""
        with self.reading() as session:
            return session.scalar(
                select(TurnRow.state)
                .where(TurnRow.call_id == call_id)
                .order_by(TurnRow.number.desc())
                .limit(1)
            )

    def end_call(self, call_id: str, outcome: str, at: datetime) -> None:
        """Write how the assistant's part of a call ended; the first outcome stays."""
        with self.transaction() as session:
            call = session.get(CallRow, call_id)
            if call is not None and call.ended_at is None:
                call.ended_at, call.outcome = at, outcome
                record(session, at, "call.ended", call_id=call_id, outcome=outcome)

    def hand_over(self, call_id: str, queue: str, brief: dict[str, Any], at: datetime) -> Handover:
        """Put a call into an operator queue, once; a repetition returns the first record.

        It is offered to operators by the queue's next tick. A hand-over to `CALLBACK_QUEUE` is a
        promise to call back; to a caller who waits already, it is made when the line is left.
        """
        with self.transaction() as session:
            row = session.scalar(select(TaskRow).where(TaskRow.key == _KEY + call_id))
            if row is None:
                call = session.get(CallRow, call_id)
                topic = brief.get("topic")
                new = NewTask(
                    key=_KEY + call_id,
                    queue=queue,
                    call_id=call_id,
                    topic=topic if isinstance(topic, str) else None,
                    kind=TaskKind.CALLBACK if queue == CALLBACK_QUEUE else TaskKind.CALL,
                    brief=brief,
                    phone=_phone(brief) or (None if call is None else call.caller),
                )
                row, _ = take_in(session, new, at, self.sealer)
            elif queue == CALLBACK_QUEUE and row.ending is None:
                _agree_callback(session, row, brief, at, self.sealer)
            elif not row.brief and row.ending is None:  # it was queued before anybody heard it
                row.brief = brief
            return _handover(row)

    def handovers(self, queue: str | None = None) -> list[Handover]:
        """Hand-overs in the order in which they came, of one queue or of all."""
        query = (
            select(TaskRow)
            .where(TaskRow.key.startswith(_KEY))
            .order_by(TaskRow.created_at, TaskRow.call_id)
        )
        if queue is not None:
            query = query.where(TaskRow.first_queue == queue)
        with self.reading() as session:
            return [_handover(row) for row in session.scalars(query)]


def _handover(row: TaskRow) -> Handover:
    assert row.call_id is not None, "a hand-over is of a call"
    return Handover(row.call_id, row.first_queue, row.brief, row.created_at)


def _agree_callback(
    session: Session, row: TaskRow, brief: dict[str, Any], at: datetime, sealer: Sealer
) -> None:
    if row.callback_agreed or row.kind != TaskKind.CALL:
        return
    row.callback_agreed, row.brief = True, brief  # whoever calls back reads what was said since
    phone = _phone(brief)
    if phone is not None:
        row.phone, row.phone_index = phone, sealer.index(phone)
    record_task(session, row, at, "task.callback_agreed")


def _phone(brief: dict[str, Any]) -> str | None:
    slots = brief.get("slots")
    phone = slots.get("phone") if isinstance(slots, dict) else None
    return phone if isinstance(phone, str) else None
