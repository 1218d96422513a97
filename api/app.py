"""The HTTP service: routes behind the door, and what is the same for all of them.

From outside in: security headers, the `Guard` (who is it, may it come now), the audit log,
idempotency keys, the routes. Whatever goes wrong is answered with a problem (`api/problems.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from starlette.types import Lifespan

from api import openapi, problems
from api.auditing import Auditing
from api.feed import Feed
from api.guard import Guard, Limits
from api.headers import SecurityHeaders
from api.once import Once
from api.pages import page_routes
from api.routes.access import access_routes
from api.routes.calls import call_routes
from api.routes.directory import directory_routes
from api.routes.events import event_routes
from api.routes.me import me_routes
from api.routes.operators import operator_routes, reservation_routes
from api.routes.public import public_routes
from api.routes.quality import privacy_routes, quality_routes
from api.routes.statistics import statistics_routes
from api.routes.tasks import task_routes
from api.routes.webhooks import webhook_routes
from api.sources import Sources
from routing.access import ApiKeys
from routing.audit import AuditLog
from routing.privacy import Privacy
from routing.replays import Replays
from routing.webhooks import Webhooks


def create_app(
    sources: Sources,
    bootstrap_key: str | None = None,
    *,
    lifespan: Lifespan[FastAPI] | None = None,
    limits: Limits | None = None,
    more: Iterable[APIRouter] = (),
) -> FastAPI:
    """Build the service.

    Args:
        sources: of what it tells.
        bootstrap_key: works as an admin's key, until real ones are made; None for none.
        lifespan: starts and stops what the service stands on.
        limits: of body and rate.
        more: routers of other rooms, behind the same door.
    """
    app = FastAPI(
        title="voice122",
        version="1",
        summary="Calls of the help line 122: queue, operators, hours, events.",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    desk = sources.desk
    keys, audit = ApiKeys(sources.store, sources.now), AuditLog(sources.store)
    for router in (
        public_routes(sources),
        call_routes(sources),
        task_routes(desk),
        reservation_routes(desk),
        operator_routes(desk),
        directory_routes(desk),
        event_routes(desk.events, Feed(desk.events)),
        webhook_routes(Webhooks(sources.store, sources.now), desk.events, sources.targets),
        statistics_routes(desk.statistics),
        quality_routes(desk),
        privacy_routes(Privacy(sources.store, sources.now)),
        me_routes(sources),
        access_routes(keys, audit),
        page_routes(),
        *more,
    ):
        app.include_router(router)
    problems.install(app)
    openapi.install(app)
    # The one added last is outermost.
    app.add_middleware(Once, replays=Replays(sources.store, sources.now))
    app.add_middleware(Auditing, audit=audit, now=sources.now)
    app.add_middleware(Guard, keys=keys, bootstrap_key=bootstrap_key, limits=limits or Limits())
    app.add_middleware(SecurityHeaders)
    return app
