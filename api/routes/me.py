"""Who am I, and what things are called: for pages and clients that people look at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access import allow
from api.openapi import refusals
from api.shapes.me import Me
from api.sources import Sources
from routing.access import Principal, Role

Anyone = Annotated[Principal, Depends(allow(*Role))]


def me_routes(sources: Sources) -> APIRouter:
    """Routes for every key."""
    router = APIRouter(prefix="/v1", tags=["access"], responses=refusals(401, 403))

    @router.get("/me", summary="Whose key this is")
    def get_me(who: Anyone) -> Me:
        """Role, organisation and operator of the key that was sent, and the service's clock."""
        return Me(
            name=who.name,
            role=who.role,
            organisation=who.organisation,
            operator=who.operator,
            now=sources.now(),
        )

    @router.get("/names", summary="What things are called")
    def get_names(_who: Anyone) -> dict[str, str]:
        """Ids in briefs (topics, towns, clinics, doctors) with their names for people."""
        return dict(sources.names())

    return router
