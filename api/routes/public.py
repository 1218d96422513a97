"""What everybody may read: health, opening hours, other services."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.openapi import refusals
from api.shapes.public import DestinationItem, Health, Hours
from api.sources import Sources


def public_routes(sources: Sources) -> APIRouter:
    """Routes without a key."""
    router = APIRouter(tags=["service"], responses=refusals())

    @router.get("/health", summary="Whether calls can be served")
    async def get_health(response: Response) -> Health:
        """Whether calls can be served, by which engines, and what is wrong.

        503 where no call is taken; 200 where calls are served, be it with less.
        """
        health = await sources.health()
        if health.status == "draining":
            response.status_code = 503
        return health

    @router.get("/v1/hours", summary="Opening hours")
    def get_hours(response: Response) -> Hours:
        """When operators answer: the week, exceptions of the next sixty days, the next change."""
        # A region's site asks for it from its visitors' browsers.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Cache-Control"] = "max-age=60"
        return Hours.model_validate(sources.hours().published(sources.now()))

    @router.get("/v1/destinations", summary="Other services")
    def get_destinations() -> list[DestinationItem]:
        """Other services with their numbers and hours; those whose date has passed are not here."""
        at, found = sources.now(), sources.destinations()
        today = sources.hours().local(at).date()
        return [
            DestinationItem.model_validate(item.published(at))
            for item in found.items.values()
            if item.usable(today)
        ]

    return router
