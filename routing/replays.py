"""First answers to requests with an idempotency key: a repetition gets the same one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from routing.errors import ConflictError
from routing.sealing import Sealer
from routing.store import Store
from routing.tables import ReplayRow

ABANDONED_AFTER: Final = timedelta(seconds=60)
"""A request that has no answer by then died with its process; a repetition may be carried out."""
KEPT_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Fresh:
    """Nobody has sent this yet: carry it out, then `finish` or `forget`."""


@dataclass(frozen=True)
class InProgress:
    """The first one is being carried out at this moment."""


@dataclass(frozen=True)
class Reused:
    """The key was sent with another request."""


class Replays:
    """Answers in the store. Methods block for milliseconds.

    Args:
        store: where they are kept.
        now: the time of day, with a zone.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def begin(self, scope: str, key: str, fingerprint: str) -> Fresh | InProgress | Reused | Answer:
        """What to do with a request; only one of several at the same moment is `Fresh`.

        Args:
            scope: whose key this is: an API key's id.
            key: the idempotency key.
            fingerprint: of method, path and body.
        """
        now = self._now()
        try:
            with self._store.transaction() as session:
                session.add(ReplayRow(scope=scope, key=key, fingerprint=fingerprint, begun_at=now))
            return Fresh()
        except ConflictError:
            pass
        with self._store.transaction() as session:
            row = session.get(ReplayRow, (scope, key))
            if row is None:  # it failed in between and was forgotten
                return InProgress()
            if row.fingerprint != fingerprint:
                return Reused()
            if row.status is not None:
                body = self._store.sealer.open((row.body or b"").decode()).encode()
                return Answer(row.status, row.media_type or "application/json", body)
            begun_at = row.begun_at
        if now - begun_at < ABANDONED_AFTER:
            return InProgress()
        return Fresh() if self._take_over(scope, key, begun_at, now) else InProgress()

    def finish(self, scope: str, key: str, answer: Answer) -> None:
        """Keep the answer; it may hold callers' data, so it is sealed like those."""
        body = self._store.sealer.seal(answer.body.decode()).encode()
        with self._store.transaction() as session:
            session.execute(
                update(ReplayRow)
                .where(ReplayRow.scope == scope, ReplayRow.key == key)
                .values(status=answer.status, media_type=answer.media_type, body=body)
            )

    def forget(self, scope: str, key: str) -> None:
        """The request failed on our side: a repetition is carried out anew."""
        with self._store.transaction() as session:
            session.execute(
                delete(ReplayRow).where(
                    ReplayRow.scope == scope, ReplayRow.key == key, ReplayRow.status.is_(None)
                )
            )

    def purge(self) -> None:
        """Forget answers older than a day."""
        with self._store.transaction() as session:
            session.execute(delete(ReplayRow).where(ReplayRow.begun_at < self._now() - KEPT_FOR))

    def _take_over(self, scope: str, key: str, begun_at: datetime, now: datetime) -> bool:
        with self._store.transaction() as session:
            taken = session.scalars(
                update(ReplayRow)
                .where(
                    ReplayRow.scope == scope,
                    ReplayRow.key == key,
                    ReplayRow.status.is_(None),
                    ReplayRow.begun_at == begun_at,
                )
                .values(begun_at=now)
                .returning(ReplayRow.key)
            )
            return taken.first() is not None


def forget_answers(session: Session, sealer: Sealer, signs: Collection[str]) -> int:
    """Forget answers in which one of `signs` stands; how many.

    A repetition is carried out anew then: states and keys of tasks keep it from doing harm.
    """
    kept = session.execute(
        select(ReplayRow.scope, ReplayRow.key, ReplayRow.body).where(ReplayRow.body.is_not(None))
    )
    found = [
        (scope, key)
        for scope, key, body in kept
        if any(sign in sealer.open((body or b"").decode()) for sign in signs)
    ]
    for scope, key in found:
        session.execute(delete(ReplayRow).where(ReplayRow.scope == scope, ReplayRow.key == key))
    return len(found)
