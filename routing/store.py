"""The durable store: calls, their turns, and hand-overs to operators.

SQLite by default. Every turn is written before its acts are carried out, so that after a crash
another process finds the last state of the call. Requests are kept beside (`routing/outbox.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from routing.errors import ConflictError, StoreError
from routing.tables import Base, CallRow, HandoverRow, TurnRow


@dataclass(frozen=True)
class Handover:
    """A call that waits for an operator, and what the operator should know."""

    call_id: str
    queue: str
    brief: dict[str, Any]
    created_at: datetime


class Store:
    """Opened once by a process; its methods block for milliseconds and are thread-safe.

    Args:
        url: SQLAlchemy URL, for example ``sqlite:////var/lib/voice122/voice122.sqlite``.

    Raises:
        StoreError: the database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            # Parameters are what callers said: they must not get into errors and logs.
            self._engine = create_engine(url, hide_parameters=True)
            if self._engine.dialect.name == "sqlite":
                _prepare_sqlite(self._engine)
            _make_tables(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(
                f"cannot open the store {url}: {_first_line(error)}; check VOICE122_DATA_DIR"
            ) from error

    @classmethod
    def in_directory(cls, directory: Path) -> Store:
        """The SQLite store of a data directory, made if it is not there."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make {directory}: {error.strerror}; check VOICE122_DATA_DIR"
            ) from error
        return cls(f"sqlite:///{directory / 'voice122.sqlite'}")

    def close(self) -> None:
        """Let go of the database's files."""
        self._engine.dispose()

    def begin_call(self, call_id: str, at: datetime) -> None:
        """Register a call; one that is known already (a reconnected one) stays as it is."""
        with self.transaction() as session:
            if session.get(CallRow, call_id) is None:
                session.add(CallRow(id=call_id, started_at=at))

    def record_turn(
        self,
        call_id: str,
        number: int,
        event: dict[str, Any],
        state: str,
        acts: list[dict[str, Any]],
    ) -> None:
        """Write a turn before its acts are carried out. Writing the same turn again replaces it."""
        with self.transaction() as session:
            session.merge(
                TurnRow(call_id=call_id, number=number, event=event, state=state, acts=acts)
            )

    def last_state(self, call_id: str) -> str | None:
        """The state document after the last turn of a call, or None for an unknown call."""
        with self.transaction() as session:
            return session.scalar(
                select(TurnRow.state)
                .where(TurnRow.call_id == call_id)
                .order_by(TurnRow.number.desc())
                .limit(1)
            )

    def end_call(self, call_id: str, outcome: str, at: datetime) -> None:
        """Write how a call ended; the first outcome stays."""
        with self.transaction() as session:
            call = session.get(CallRow, call_id)
            if call is not None and call.ended_at is None:
                call.ended_at, call.outcome = at, outcome

    def hand_over(self, call_id: str, queue: str, brief: dict[str, Any], at: datetime) -> Handover:
        """Put a call into an operator queue, once; a repetition returns the first record."""
        with self.transaction() as session:
            row = session.get(HandoverRow, call_id)
            if row is None:
                row = HandoverRow(call_id=call_id, queue=queue, brief=brief, created_at=at)
                session.add(row)
            return Handover(row.call_id, row.queue, row.brief, row.created_at)

    def handovers(self, queue: str | None = None) -> list[Handover]:
        """Hand-overs in the order in which they came, of one queue or of all."""
        query = select(HandoverRow).order_by(HandoverRow.created_at, HandoverRow.call_id)
        if queue is not None:
            query = query.where(HandoverRow.queue == queue)
        with self.transaction() as session:
            return [
                Handover(row.call_id, row.queue, row.brief, row.created_at)
                for row in session.scalars(query)
            ]

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All of what is written inside, or nothing.

        Raises:
            ConflictError: a record with this key is there already.
            StoreError: the database failed.
        """
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except IntegrityError as error:
            raise ConflictError(f"the store refused: {_first_line(error)}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"the store failed: {_first_line(error)}") from error


def _make_tables(engine: Engine) -> None:
    try:
        Base.metadata.create_all(engine)
    except OperationalError:  # another process makes them at the same moment
        Base.metadata.create_all(engine)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # a turn told to the caller survives power loss
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.close()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
