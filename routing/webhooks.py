"""Webhooks: who wants to be told what happens, and how far each one has been told.

A webhook has a place in the feed of events. It moves on when the receiver has taken an event, so
none is lost, and each arrives at least once and in order.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, update

from routing.errors import NotFoundError, RefusedError
from routing.store import Store
from routing.tables import WebhookRow
from routing.webhook_signature import new_secret

MOST: Final = 50
"""Webhooks of one organisation."""
LEASE: Final = timedelta(seconds=60)
"""A process that delivers has a webhook for itself for so long; it renews with every event."""


@dataclass(frozen=True)
class Webhook:
    """A webhook as it stands."""

    id: str
    organisation: str | None
    """Only its events; None for all."""
    url: str
    kinds: tuple[str, ...]
    """Kinds of events, or their beginnings such as ``task.``; empty for all."""
    secret: str = field(repr=False)
    created_at: datetime
    place: int
    """The number of the last event that it was told, or that was not for it."""
    attempts: int
    """How often the next event was tried in vain."""
    next_try_at: datetime
    last_success_at: datetime | None
    last_error: str | None
    skipped: int
    """Events that were given up after a day of attempts."""
    disabled_at: datetime | None

    def wants(self, kind: str) -> bool:
        """Whether it wants events of this kind."""
        return not self.kinds or any(
            kind == each or (each.endswith(".") and kind.startswith(each)) for each in self.kinds
        )


class Webhooks:
    """Webhooks in the store. Methods block for milliseconds.

    Every method raises:
        StoreError: the database failed.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def create(
        self, url: str, kinds: Sequence[str], organisation: str | None, place: int
    ) -> Webhook:
        """Register a webhook.

        Args:
            url: looked at by `TargetPolicy` before.
            place: it is told what comes after this event.

        Raises:
            RefusedError: there are too many.
        """
        now = self._now()
        if len(self.listing(organisation)) >= MOST:
            raise RefusedError(f"at most {MOST} webhooks; delete those that nobody needs")
        with self._store.transaction() as session:
            row = WebhookRow(
                id=secrets.token_hex(8),
                organisation=organisation,
                url=url,
                kinds=list(kinds),
                secret=new_secret(),
                created_at=now,
                place=place,
                attempts=0,
                failing_since=None,
                next_try_at=now,
                skipped=0,
            )
            session.add(row)
            session.flush()
            return _webhook(row)

    def listing(self, organisation: str | None = None) -> list[Webhook]:
        """All, of one organisation where given, oldest first."""
        query = select(WebhookRow).order_by(WebhookRow.created_at, WebhookRow.id)
        if organisation is not None:
            query = query.where(WebhookRow.organisation == organisation)
        with self._store.reading() as session:
            return [_webhook(row) for row in session.scalars(query)]

    def get(self, webhook_id: str, organisation: str | None = None) -> Webhook:
        """One webhook.

        Raises:
            NotFoundError: there is none, or it is another organisation's.
        """
        with self._store.reading() as session:
            row = session.get(WebhookRow, webhook_id)
            if row is None or organisation not in (None, row.organisation):
                raise NotFoundError(f"no webhook {webhook_id}")
            return _webhook(row)

    def delete(self, webhook_id: str, organisation: str | None = None) -> None:
        """Forget a webhook.

        Raises:
            NotFoundError: there is none, or it is another organisation's.
        """
        with self._store.transaction() as session:
            row = session.get(WebhookRow, webhook_id)
            if row is None or organisation not in (None, row.organisation):
                raise NotFoundError(f"no webhook {webhook_id}")
            session.delete(row)

    def resume(self, webhook_id: str, organisation: str | None = None) -> Webhook:
        """Try again at once, and go on with one that was disabled."""
        with self._store.transaction() as session:
            row = session.get(WebhookRow, webhook_id)
            if row is None or organisation not in (None, row.organisation):
                raise NotFoundError(f"no webhook {webhook_id}")
            row.disabled_at, row.next_try_at = None, self._now()
            row.attempts, row.failing_since = 0, None
            return _webhook(row)

    def claim(self, last: int) -> list[Webhook]:
        """Webhooks that have something to be told, each for one process only.

        Args:
            last: the number of the newest event.
        """
        now = self._now()
        due = and_(
            WebhookRow.disabled_at.is_(None),
            WebhookRow.next_try_at <= now,
            WebhookRow.place < last,
            or_(WebhookRow.leased_until.is_(None), WebhookRow.leased_until <= now),
        )
        with self._store.reading() as session:
            if session.scalar(select(WebhookRow.id).where(due).limit(1)) is None:
                return []  # mostly; reading takes no lock
        with self._store.transaction() as session:
            rows = session.scalars(
                update(WebhookRow).where(due).values(leased_until=now + LEASE).returning(WebhookRow)
            )
            return [_webhook(row) for row in rows]

    def told(self, webhook_id: str, seq: int) -> None:
        """It has taken event `seq`; the lease is renewed."""
        now = self._now()
        self._set(
            webhook_id,
            {
                "place": seq,
                "leased_until": now + LEASE,
                "attempts": 0,
                "failing_since": None,
                "last_success_at": now,
                "last_error": None,
            },
            WebhookRow.place < seq,  # a process that slept through its lease takes nothing back
        )

    def passed(self, webhook_id: str, seq: int) -> None:
        """There is nothing more for it up to event `seq`; the lease ends."""
        self._set(webhook_id, {"place": seq}, WebhookRow.place < seq)
        self._set(webhook_id, {"leased_until": None})

    def failed(
        self, webhook_id: str, seq: int, error: str, retry_in: timedelta, give_up: timedelta
    ) -> None:
        """It has not taken event `seq`, which is tried again later, or skipped after `give_up`."""
        now = self._now()
        with self._store.transaction() as session:
            row = session.get(WebhookRow, webhook_id)
            if row is None:
                return
            row.failing_since = row.failing_since or now
            row.attempts, row.last_error = row.attempts + 1, error[:200]
            row.next_try_at, row.leased_until = now + retry_in, None
            if now - row.failing_since >= give_up:
                row.place, row.skipped = seq, row.skipped + 1
                row.attempts, row.failing_since = 0, None

    def disable(self, webhook_id: str, reason: str) -> None:
        """The receiver said that it is gone."""
        self._set(webhook_id, {"disabled_at": self._now(), "last_error": reason[:200]})

    def _set(self, webhook_id: str, values: dict[str, object], *only: ColumnElement[bool]) -> None:
        with self._store.transaction() as session:
            session.execute(
                update(WebhookRow).where(WebhookRow.id == webhook_id, *only).values(**values)
            )


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        organisation=row.organisation,
        url=row.url,
        kinds=tuple(row.kinds),
        secret=row.secret,
        created_at=row.created_at,
        place=row.place,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_success_at=row.last_success_at,
        last_error=row.last_error,
        skipped=row.skipped,
        disabled_at=row.disabled_at,
    )
