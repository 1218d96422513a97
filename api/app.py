"""The HTTP service.

Without a key only `/health` and what a region publishes anyway answer: hand-overs and requests hold
personal data.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import Lifespan

from api.shapes import DestinationItem, HandoverItem, Health, Hours, RequestItem
from routing.destinations import Destinations
from routing.errors import StoreError
from routing.hours import OpeningHours
from routing.request_records import MAX_LISTED, RequestRecords
from routing.requests import RequestKind, RequestStatus
from routing.store import Store

_BEARER = HTTPBearer(auto_error=False)  # at module level: FastAPI reads annotations by name


@dataclass(frozen=True)
class Sources:
    """Where the service gets what it tells; asked anew at every request."""

    store: Store
    """Hand-overs and requests."""
    health: Callable[[], Health]
    hours: Callable[[], OpeningHours]
    destinations: Callable[[], Destinations]
    now: Callable[[], datetime]
    """The time of day, with a zone."""


def create_app(
    sources: Sources, api_key: str | None, *, lifespan: Lifespan[FastAPI] | None = None
) -> FastAPI:
    """Build the service.

    Args:
        sources: of what it tells.
        api_key: what clients send as ``Authorization: Bearer``; None locks what is personal.
        lifespan: starts and stops what the service stands on.
    """
    app = FastAPI(
        title="voice122",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url="/docs",
        lifespan=lifespan,
    )

    def authorized(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> None:
        if api_key is None:
            raise HTTPException(403, "set VOICE122_API_KEY on the server to open this part")
        if given is None or not secrets.compare_digest(
            given.credentials.encode(), api_key.encode()
        ):
            raise HTTPException(
                401, "send the key as 'Authorization: Bearer KEY'", {"WWW-Authenticate": "Bearer"}
            )

    @app.get("/health")
    def get_health() -> Health:
        """Whether calls can be served, and by which engines."""
        return sources.health()

    @app.get("/v1/hours")
    def get_hours(response: Response) -> Hours:
        """When operators answer: the week, exceptions of the next sixty days, the next change."""
        # A region's site asks for it from its visitors' browsers.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "max-age=60"
        return Hours.model_validate(sources.hours().published(sources.now()))

    @app.get("/v1/destinations")
    def get_destinations() -> list[DestinationItem]:
        """Other services with their numbers and hours; those whose date has passed are not here."""
        at, found = sources.now(), sources.destinations()
        today = sources.hours().local(at).date()
        return [
            DestinationItem.model_validate(item.published(at))
            for item in found.items.values()
            if item.usable(today)
        ]

    @app.get("/v1/handovers", dependencies=[Depends(authorized)])
    def get_handovers(
        queue: Annotated[str | None, Query(max_length=64)] = None,
    ) -> list[HandoverItem]:
        """Calls handed over to operators, oldest first."""
        try:
            items = sources.store.handovers(queue)
        except StoreError as error:
            raise HTTPException(503, str(error)) from error
        return [HandoverItem(**vars(item)) for item in items]

    @app.get("/v1/requests", dependencies=[Depends(authorized)])
    def get_requests(
        status: RequestStatus | None = None,
        kind: RequestKind | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
    ) -> list[RequestItem]:
        """The newest requests that callers left, oldest first."""
        try:
            items = RequestRecords(sources.store).listing(status, kind, limit)
        except StoreError as error:
            raise HTTPException(503, str(error)) from error
        return [RequestItem.model_validate(asdict(item)) for item in items]

    return app
