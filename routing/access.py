"""API keys: who calls over HTTP, and in which role.

A key is ``v122_<id>_<secret>``. The store has the id in the clear and a SHA-256 of the secret: with
256 bits of randomness in it there is nothing that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update

from routing.errors import AccessError
from routing.store import Store
from routing.tables import ApiKeyRow

_FORM: Final = re.compile(r"v122_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_USE_NOTED_EVERY: Final = timedelta(minutes=10)
"""Reading must not write each time."""


class Role(StrEnum):
    """What a key is for; docs/api.md has the table of who may do what."""

    EDGE = "edge"
    """A telephony edge or PBX: announces calls and asks what becomes of them."""
    ROUTER = "router"
    """A routing layer: creates tasks, offers and answers reservations, hears events."""
    OPERATOR = "operator"
    """One person at a desk: own activity, own reservations."""
    SUPERVISOR = "supervisor"
    """Everything of an organisation but its keys."""
    EDITOR = "editor"
    """Who edits the content: statistics without callers' data."""
    ADMIN = "admin"
    """Everything, keys and webhooks included."""


@dataclass(frozen=True)
class Principal:
    """Who sent a request."""

    key_id: str
    name: str
    role: Role
    organisation: str | None = None
    """None sees all organisations."""
    operator: str | None = None
    """The operator whom a key of that role belongs to."""


@dataclass(frozen=True)
class ApiKey:
    """A key as it is listed: without its secret."""

    id: str
    name: str
    role: Role
    organisation: str | None
    operator: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To ten minutes."""

    def works(self, at: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class ApiKeys:
    """Keys of the store. Methods block for milliseconds.

    Args:
        store: where they are kept.
        now: the time of day, with a zone.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def create(
        self,
        name: str,
        role: Role,
        *,
        organisation: str | None = None,
        operator: str | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and the text that its owner sends: it is shown now and never again.

        Raises:
            AccessError: role, organisation and operator do not go together.
        """
        if role is Role.OPERATOR and operator is None:
            raise AccessError("a key for the role operator needs the operator's id")
        if role is not Role.OPERATOR and operator is not None:
            raise AccessError(f"a key for the role {role} belongs to no single operator")
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._store.transaction() as session:
            row = ApiKeyRow(
                id=key_id,
                digest=_digest(secret),
                name=name,
                role=role.value,
                organisation=organisation,
                operator=operator,
                created_at=self._now(),
                expires_at=expires_at,
            )
            session.add(row)
            session.flush()
            return _key(row), f"v122_{key_id}_{secret}"

    def listing(self, organisation: str | None = None) -> list[ApiKey]:
        """All keys, of one organisation where given, oldest first; revoked ones too."""
        query = select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id)
        if organisation is not None:
            query = query.where(ApiKeyRow.organisation == organisation)
        with self._store.transaction() as session:
            return [_key(row) for row in session.scalars(query)]

    def revoke(self, key_id: str, organisation: str | None = None) -> ApiKey | None:
        """End a key at once; None where there is none. Revoking again changes nothing."""
        with self._store.transaction() as session:
            row = session.get(ApiKeyRow, key_id)
            if row is None or (organisation is not None and row.organisation != organisation):
                return None
            if row.revoked_at is None:
                row.revoked_at = self._now()
            return _key(row)

    def authenticate(self, token: str) -> Principal | None:
        """Whose key `token` is; None where it is no key, or one that does not work any more."""
        form = _FORM.fullmatch(token)
        if form is None:
            return None
        key_id, secret = form.groups()
        now = self._now()
        with self._store.transaction() as session:
            row = session.get(ApiKeyRow, key_id)
            if row is None or not secrets.compare_digest(row.digest, _digest(secret)):
                return None
            key = _key(row)
            if not key.works(now):
                return None
        if key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY:
            self._note_use(key_id, now)
        return Principal(key.id, key.name, key.role, key.organisation, key.operator)

    def _note_use(self, key_id: str, at: datetime) -> None:
        with self._store.transaction() as session:
            session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=at))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        organisation=row.organisation,
        operator=row.operator,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
