"""What calls left: hand-overs and requests."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access import allow
from api.openapi import refusals
from api.shapes.calls import HandoverItem, RequestItem
from api.sources import Sources
from routing.access import Role
from routing.request_records import MAX_LISTED, RequestRecords
from routing.requests import RequestKind, RequestStatus


def call_routes(sources: Sources) -> APIRouter:
    """Routes of hand-overs and requests: they hold personal data."""
    may_read = Depends(allow(Role.ROUTER, Role.SUPERVISOR, personal=True))
    router = APIRouter(
        prefix="/v1", tags=["calls"], responses=refusals(401, 403), dependencies=[may_read]
    )

    @router.get("/handovers", summary="Calls handed over")
    def get_handovers(
        queue: Annotated[str | None, Query(max_length=64)] = None,
    ) -> list[HandoverItem]:
        """Calls handed over to operators, oldest first."""
        return [HandoverItem(**vars(item)) for item in sources.store.handovers(queue)]

    @router.get("/requests", summary="Requests that callers left")
    def get_requests(
        status: RequestStatus | None = None,
        kind: RequestKind | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
    ) -> list[RequestItem]:
        """The newest requests that callers left, oldest first."""
        items = RequestRecords(sources.store).listing(status, kind, limit)
        return [RequestItem.model_validate(asdict(item)) for item in items]

    return router
