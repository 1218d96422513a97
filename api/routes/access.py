"""API keys and the audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.access import allow
from api.openapi import refusals
from api.problems import ProblemError, not_found
from api.shapes.access import AuditItem, CreatedKey, KeyItem, NewKey
from api.shapes.values import Id, Number
from routing.access import ApiKeys, Principal, Role
from routing.audit import MAX_LISTED, AuditLog

Admin = Annotated[Principal, Depends(allow())]
Supervisor = Annotated[Principal, Depends(allow(Role.SUPERVISOR))]


def access_routes(keys: ApiKeys, audit: AuditLog) -> APIRouter:
    """Routes of keys (admins) and of the audit log (admins and supervisors)."""
    router = APIRouter(prefix="/v1", tags=["access"], responses=refusals(401, 403))

    @router.post("/keys", status_code=201, summary="Make a key", responses=refusals(400, 401, 403))
    def create_key(new: NewKey, who: Admin) -> CreatedKey:
        """The answer is the only place where the key itself is ever seen.

        An admin of one organisation makes keys of that organisation.
        """
        if who.organisation is not None and new.organisation != who.organisation:
            raise ProblemError(403, "organisation", f"your keys belong to {who.organisation}")
        key, text = keys.create(
            new.name,
            new.role,
            organisation=new.organisation,
            operator=new.operator,
            expires_at=new.expires_at,
        )
        return CreatedKey(**asdict(key), key=text)

    @router.get("/keys", summary="List keys")
    def list_keys(who: Admin) -> list[KeyItem]:
        """All keys without their secrets, revoked ones too, oldest first."""
        return [KeyItem(**asdict(key)) for key in keys.listing(who.organisation)]

    @router.delete("/keys/{key_id}", summary="Revoke a key", responses=refusals(401, 403, 404))
    def revoke_key(key_id: Annotated[Id, Path(examples=["3f9c02d1ab47"])], who: Admin) -> KeyItem:
        """It stops working at once. Revoking it again changes nothing."""
        key = keys.revoke(key_id, who.organisation)
        if key is None:
            raise not_found("key")
        return KeyItem(**asdict(key))

    @router.get("/audit", summary="The audit log")
    def read_audit(
        who: Supervisor,
        key_id: Annotated[Id | None, Query()] = None,
        before: Annotated[Number | None, Query(description="An entry's id: older ones.")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
    ) -> list[AuditItem]:
        """Who changed what, who read callers' data, who was refused; newest first."""
        entries = audit.listing(
            organisation=who.organisation, key_id=key_id, before=before, limit=limit
        )
        return [AuditItem(**asdict(entry)) for entry in entries]

    return router
