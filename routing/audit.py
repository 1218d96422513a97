"""The audit log: who did what over HTTP, and who read callers' data. Ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from routing.access import Principal, Role
from routing.store import Store
from routing.tables import AuditRow

MAX_LISTED: Final = 500


@dataclass(frozen=True)
class AuditEntry:
    """One request."""

    id: int
    at: datetime
    key_id: str
    name: str
    role: Role
    organisation: str | None
    action: str
    """Method and path as the API's document has it: ``POST /v1/tasks``."""
    target: str
    """Which ones: ``task_id=8f3c``; empty where the path names none."""
    status: int
    address: str
    request_id: str


class AuditLog:
    """The log in the store. Methods block for milliseconds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(
        self,
        at: datetime,
        principal: Principal,
        action: str,
        target: str,
        status: int,
        address: str,
        request_id: str,
    ) -> None:
        """Add one entry; texts that are too long are cut."""
        with self._store.transaction() as session:
            session.add(
                AuditRow(
                    at=at,
                    key_id=principal.key_id,
                    name=principal.name,
                    role=principal.role.value,
                    organisation=principal.organisation,
                    action=action[:120],
                    target=target[:200],
                    status=status,
                    address=address[:64],
                    request_id=request_id[:32],
                )
            )

    def listing(
        self,
        *,
        organisation: str | None = None,
        key_id: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """The newest entries, newest first; older pages by `before`, an entry's id."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if organisation is not None:
            query = query.where(AuditRow.organisation == organisation)
        if key_id is not None:
            query = query.where(AuditRow.key_id == key_id)
        if before is not None:
            query = query.where(AuditRow.id < before)
        with self._store.transaction() as session:
            return [
                AuditEntry(
                    id=row.id,
                    at=row.at,
                    key_id=row.key_id,
                    name=row.name,
                    role=Role(row.role),
                    organisation=row.organisation,
                    action=row.action,
                    target=row.target,
                    status=row.status,
                    address=row.address,
                    request_id=row.request_id,
                )
                for row in session.scalars(query)
            ]

    def purge(self, before: datetime) -> None:
        """Forget entries older than `before`."""
        with self._store.transaction() as session:
            session.execute(delete(AuditRow).where(AuditRow.at < before))
