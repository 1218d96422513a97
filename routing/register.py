"""The register of this store: the system of record where a region has none to connect yet."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update

from routing.errors import ConflictError, KeyReusedError, StoreError, SystemUnavailable
from routing.request_number import new_number
from routing.requests import Filed, NewRequest
from routing.store import Store
from routing.tables import RegisterRow

_TRIES: Final = 30
"""As many taken numbers in a row mean that numbers of this length are scarce."""
_LENGTHS: Final = (5, 6)
_REST: Final = timedelta(days=90)
"""A closed request's number is not given to another one for this long."""


class Register:
    """Gives numbers to requests, in the store's own file. A `Connector`.

    Args:
        store: whose database is used.
        now: the time of day, with a zone.
        source: of numbers; the system's own randomness by default.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        source: random.Random | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._random = source or secrets.SystemRandom()

    async def file(self, request: NewRequest, timeout_s: float) -> Filed:
        """See `Connector`. Takes some milliseconds; a busy database is waited for up to 5 s."""
        return await asyncio.to_thread(self.enter, request)

    def enter(self, request: NewRequest) -> Filed:
        """The same, blocking.

        Raises:
            KeyReusedError, SystemUnavailable.
        """
        try:
            return self._enter(request)
        except StoreError as error:
            raise SystemUnavailable(str(error)) from error

    def close(self, number: str, at: datetime) -> bool:
        """Close the open request with this number; False where there is none."""
        with self._store.transaction() as session:
            closed = session.scalars(
                update(RegisterRow)
                .where(RegisterRow.number == number, RegisterRow.closed_at.is_(None))
                .values(closed_at=at)
                .returning(RegisterRow.key)
            )
            return closed.first() is not None

    def _enter(self, request: NewRequest) -> Filed:
        now = self._now()
        for digits in _LENGTHS:
            for _ in range(_TRIES):
                known = self._known(request)
                if known is not None:
                    return known
                number = new_number(digits, self._random)
                if self._is_taken(number, now):
                    continue
                try:
                    with self._store.transaction() as session:
                        row = RegisterRow(
                            key=request.key, digest=request.digest, number=number, filed_at=now
                        )
                        session.add(row)
                    return Filed("filed", number)
                except ConflictError:  # another process was faster, with the key or the number
                    continue
        raise SystemUnavailable("no free request number; close requests that are done")

    def _known(self, request: NewRequest) -> Filed | None:
        with self._store.transaction() as session:
            row = session.get(RegisterRow, request.key)
            if row is None:
                return None
            if row.digest != request.digest:
                raise KeyReusedError(f"request key {request.key} is in use for other content")
            return Filed("filed", row.number)

    def _is_taken(self, number: str, now: datetime) -> bool:
        with self._store.transaction() as session:
            return (
                session.scalar(
                    select(RegisterRow.key)
                    .where(
                        RegisterRow.number == number,
                        or_(RegisterRow.closed_at.is_(None), RegisterRow.closed_at > now - _REST),
                    )
                    .limit(1)
                )
                is not None
            )
