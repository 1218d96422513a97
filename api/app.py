"""The HTTP service.

Without a key only `/health` answers: what hand-overs hold is personal data.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from starlette.types import Lifespan

from routing.errors import StoreError
from routing.store import Store

_BEARER = HTTPBearer(auto_error=False)  # at module level: FastAPI reads annotations by name


class Health(BaseModel):
    """Whether calls can be served."""

    status: str = Field(examples=["ok"])
    recognizer: str = Field(examples=["whisper-base"])
    synthesizer: str = Field(examples=["rhvoice"])
    interpreter: str = Field(examples=["embedded"])


class HandoverItem(BaseModel):
    """A call that waits for an operator."""

    call_id: str
    queue: str = Field(examples=["appointments"])
    brief: dict[str, Any]
    """Topic, slots, what was tried, last words: nobody has to repeat himself."""
    created_at: datetime


def create_app(
    store: Store,
    health: Callable[[], Health],
    api_key: str | None,
    *,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Build the service.

    Args:
        store: hand-overs are read from it.
        health: asked at every `GET /health`.
        api_key: what clients send as ``Authorization: Bearer``; None locks everything but health.
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
        return health()

    @app.get("/v1/handovers", dependencies=[Depends(authorized)])
    def get_handovers(
        queue: Annotated[str | None, Query(max_length=64)] = None,
    ) -> list[HandoverItem]:
        """Calls handed over to operators, oldest first."""
        try:
            items = store.handovers(queue)
        except StoreError as error:
            raise HTTPException(503, str(error)) from error
        return [HandoverItem(**vars(item)) for item in items]

    return app
