"""The database: SQLite in a file, or PostgreSQL where several processes share one queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any, Final

from sqlalchemy import Executable, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from routing.errors import ConflictError, StoreError
from routing.events import Event, number_events
from routing.migrate import upgrade
from routing.sealing import Sealer, seal_with
from routing.tables import Base

_READING: Final = "voice122_reading"
_PG_OPTIONS: Final = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
"""A process that hangs inside a transaction must not stop the others."""

_PG_LIVENESS: Final = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""A server whose network is gone is given up after 10 s, not after a quarter of an hour."""


class Database:
    """Opened once by a process; thread-safe.

    Args:
        url: SQLAlchemy URL: ``sqlite:////var/lib/voice122/voice122.sqlite`` or
            ``postgresql://user@host/name``.
        sealer: of personal data.

    Raises:
        StoreError: it cannot be opened; the message says what to check.
    """

    def __init__(self, url: str, sealer: Sealer | None = None) -> None:
        self.sealer = sealer or Sealer()
        try:
            self._engine = _engine(url)
            seal_with(self._engine.dialect, self.sealer)
            upgrade(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(
                f"cannot open the store {_shown(url)}: {_first_line(error)}; "
                "check VOICE122_DATA_DIR or VOICE122_DATABASE_URL"
            ) from error
        # SQLite lets one write at a time, and wakes waiters in no order: threads queue up here,
        # where none of them starves. Other processes are waited for by its busy time-out.
        one_writer = self._engine.dialect.name == "sqlite"
        self._writing: AbstractContextManager[Any] = Lock() if one_writer else nullcontext()
        self._reading = self._engine.execution_options(**{_READING: True})
        self._watchers: list[Callable[[Event], None]] = []

    def watch(self, watcher: Callable[[Event], None]) -> None:
        """Tell `watcher` of every event that this process commits, in the thread that does.

        Events of other processes are theirs to tell. It must neither fail nor block.
        """
        self._watchers.append(watcher)

    def close(self) -> None:
        """Let go of files and connections."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All of what is written inside, with its events, or nothing.

        Raises:
            ConflictError: a record with this key is there already.
            StoreError: the database failed.
        """
        with (
            _failing_plainly(),
            self._writing,
            Session(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            events = number_events(session)
        for happened in events:
            for watcher in self._watchers:
                watcher(happened)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One moment of the store, without holding up those who write.

        Raises:
            StoreError: the database failed.
        """
        with (
            _failing_plainly(),
            Session(self._reading, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def ping(self) -> None:
        """See whether it answers.

        Raises:
            StoreError: the database failed.
        """
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def write(self, statement: Executable, values: dict[str, Any]) -> None:
        """A single statement in a transaction of its own, without the work of mapped objects.

        Raises:
            ConflictError, StoreError: as there.
        """
        with _failing_plainly(), self._writing, self._engine.begin() as connection:
            connection.execute(statement, values)


@contextmanager
def _failing_plainly() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"the store refused: {_first_line(error)}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store failed: {_first_line(error)}") from error


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "VOICE122_DATABASE_URL is not a database URL; write postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        # Parameters are what callers said: they must not get into errors and logs.
        engine = create_engine(parsed, hide_parameters=True)
        _prepare_sqlite(engine)
        return engine
    if parsed.get_backend_name() != "postgresql":
        raise StoreError("VOICE122_DATABASE_URL: only postgresql:// and sqlite:// are supported")
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,  # a restarted server is noticed before a caller would
        pool_size=10,
        connect_args={"options": _PG_OPTIONS, "connect_timeout": 5, **_PG_LIVENESS},
    )


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # a turn told to the caller survives power loss
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: upgrading a reader's lock could only fail.
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(unreadable URL)"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def insert_into(bind: Engine | Connection, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens where the row is there already."""
    if bind.dialect.name == "postgresql":
        return postgresql.insert(row)
    return sqlite.insert(row)
