"""Requests in the store, with how far each has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from routing.errors import ConflictError, KeyReusedError
from routing.queue.intake import take_in
from routing.queue.records import NewTask
from routing.queue.states import TaskKind
from routing.requests import NewRequest, RequestKind, RequestRecord, RequestStatus
from routing.store import CALLBACK_QUEUE, Store
from routing.tables import RequestRow

MAX_LISTED = 1000
"""The most requests that one listing gives."""
_TOO_LATE: Final = "kept too late: the call went to a person"


class RequestRecords:
    """Reads and writes the table of requests. Blocks for milliseconds; thread-safe.

    Raises:
        StoreError: from every method, when the database fails.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(
        self,
        request: NewRequest,
        next_try_at: datetime,
        too_late: Callable[[], bool] = lambda: False,
    ) -> RequestRecord:
        """Keep `request` as pending; one with its key that is there already stays as it is.

        A call-back that was promised is a task of the operator queue from the same moment on.

        Args:
            next_try_at: when it counts as forgotten and is delivered in the background.
            too_late: asked when the store is ready to write: whether a person has the call by now.
                Then the request is kept as refused, for that person to see.

        Raises:
            KeyReusedError: the key stands for other content.
        """
        index = self._store.sealer.index(request.phone) if request.phone else None
        try:
            with self._store.transaction() as session:
                session.connection()  # what locks or hangs does so here
                late = too_late()
                status = RequestStatus.REFUSED if late else RequestStatus.PENDING
                session.add(
                    RequestRow(
                        key=request.key,
                        digest=request.digest,
                        kind=request.kind.value,
                        call_id=request.call_id,
                        fields=dict(request.fields),
                        phone=request.phone,
                        phone_index=index,
                        created_at=request.created_at,
                        status=status.value,
                        reason=_TOO_LATE if late else None,
                        attempts=1,
                        next_try_at=next_try_at,
                    )
                )
                if request.kind is RequestKind.CALLBACK:
                    take_in(session, _promise(request), request.created_at, self._store.sealer)
        except ConflictError:
            pass  # a repetition: what counts is what was kept first
        with self._store.transaction() as session:
            row = session.get_one(RequestRow, request.key)
            if row.digest != request.digest:
                raise KeyReusedError(f"request key {request.key} is in use for other content")
            return _record(row)

    def settle(
        self, key: str, status: RequestStatus, number: str | None = None, reason: str | None = None
    ) -> None:
        """Write what became of a pending request; a known outcome is never changed."""
        with self._store.transaction() as session:
            session.execute(
                update(RequestRow)
                .where(RequestRow.key == key, RequestRow.status == RequestStatus.PENDING.value)
                .values(status=status.value, number=number, reason=reason)
            )

    def claim_due(self, now: datetime, retry_in: timedelta, limit: int) -> list[NewRequest]:
        """Pending requests whose time has come, oldest first, each for one process only.

        Args:
            retry_in: after the first attempt; doubled with every further one, up to ten minutes.
        """
        with self._store.transaction() as session:
            due = session.scalars(
                select(RequestRow)
                .where(
                    RequestRow.status == RequestStatus.PENDING.value, RequestRow.next_try_at <= now
                )
                .order_by(RequestRow.created_at)
                .limit(limit)
            ).all()
            found = [(_request(row), row.attempts) for row in due]
        return [
            request
            for request, attempts in found
            if self._claim(request.key, attempts, now + _backoff(retry_in, attempts))
        ]

    def _claim(self, key: str, attempts: int, next_try_at: datetime) -> bool:
        with self._store.transaction() as session:
            claimed = session.scalars(
                update(RequestRow)
                .where(
                    RequestRow.key == key,
                    RequestRow.status == RequestStatus.PENDING.value,
                    RequestRow.attempts == attempts,
                )
                .values(attempts=attempts + 1, next_try_at=next_try_at)
                .returning(RequestRow.key)
            )
            return claimed.first() is not None

    def listing(
        self,
        status: RequestStatus | None = None,
        kind: RequestKind | None = None,
        limit: int = MAX_LISTED,
    ) -> list[RequestRecord]:
        """The newest requests, of one status or kind where given, oldest first."""
        query = select(RequestRow).order_by(RequestRow.created_at.desc(), RequestRow.key.desc())
        if status is not None:
            query = query.where(RequestRow.status == status.value)
        if kind is not None:
            query = query.where(RequestRow.kind == kind.value)
        with self._store.transaction() as session:
            return [_record(row) for row in session.scalars(query.limit(limit))][::-1]


def _promise(request: NewRequest) -> NewTask:
    topic = request.fields.get("topic")
    return NewTask(
        key=f"request:{request.key}"[:200],
        queue=CALLBACK_QUEUE,
        call_id=request.call_id,
        topic=None if topic is None else topic[:64],
        kind=TaskKind.CALLBACK,
        brief={"slots": dict(request.fields)},
        phone=request.phone or request.fields.get("phone"),
    )


def _backoff(first: timedelta, attempts: int) -> timedelta:
    factor: int = 1 << min(attempts - 1, 10)
    return max(first, min(first * factor, timedelta(minutes=10)))


def _request(row: RequestRow) -> NewRequest:
    return NewRequest(
        row.key, RequestKind(row.kind), row.call_id, row.created_at, row.fields, row.phone
    )


def _record(row: RequestRow) -> RequestRecord:
    return RequestRecord(
        key=row.key,
        kind=RequestKind(row.kind),
        status=RequestStatus(row.status),
        number=row.number,
        call_id=row.call_id,
        created_at=row.created_at,
        fields=row.fields,
        phone=row.phone,
        attempts=row.attempts,
        reason=row.reason,
    )
