"""What happens, as it happens: a page of events, or a stream that can be resumed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.access import allow
from api.feed import Feed
from api.openapi import refusals
from api.shapes.events import EventItem
from api.shapes.values import Id
from routing.access import Principal, Role
from routing.event_log import EventLog

Listener = Annotated[
    Principal, Depends(allow(Role.EDGE, Role.ROUTER, Role.OPERATOR, Role.SUPERVISOR))
]
After = Annotated[int | None, Query(ge=0, lt=1 << 63, description="Number of an event.")]
_PAGE: Final = 100
_RETRY_MS: Final = 2000
"""How soon a client whose stream broke comes back."""


def event_routes(events: EventLog, feed: Feed) -> APIRouter:
    """Routes of events."""
    router = APIRouter(prefix="/v1/events", tags=["events"], responses=refusals(401, 403))

    @router.get("", summary="A page of events")
    def list_events(
        who: Listener,
        after: After = 0,
        task_id: Annotated[Id | None, Query()] = None,
        call_id: Annotated[Id | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = _PAGE,
    ) -> list[EventItem]:
        """Those after a number, in order, of the own organisation."""
        found = events.after(
            after or 0,
            limit=limit,
            organisation=who.organisation,
            operator_id=who.operator,
            task_id=task_id,
            call_id=call_id,
        )
        return [EventItem.model_validate(asdict(each)) for each in found]

    @router.get("/stream", response_class=EventSourceResponse, summary="Events as they happen")
    async def stream_events(
        who: Listener,
        after: After = None,
        last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$")] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Server-sent events: `id` is the event's number, `event` its kind, `data` the event.

        With `Last-Event-ID` (or `after`) it goes on where it broke off, and nothing is missed;
        without, it begins now. A comment comes every 15 seconds while nothing happens.
        """
        place = int(last_event_id) if last_event_id is not None else after
        if place is None:
            place = await asyncio.to_thread(events.last)
        # The place comes first: who loses the connection before an event misses none.
        yield ServerSentEvent(id=str(place), retry=_RETRY_MS)
        async for event in feed.after(place, who.organisation, who.operator):
            item = EventItem.model_validate(asdict(event))
            yield ServerSentEvent(data=item, event=event.kind, id=str(event.seq))

    return router
