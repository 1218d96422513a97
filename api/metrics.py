"""Measurements for Prometheus: from this machine, or with a key of the role edge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, Depends, Response

from api.openapi import refusals


def metrics_router(
    render: Callable[[], bytes], content_type: str, may_use: Callable[..., Any]
) -> APIRouter:
    """The route `/metrics`.

    Args:
        render: all measurements as text.
        content_type: of that text.
        may_use: a dependency that refuses others.
    """
    router = APIRouter(
        tags=["metrics"], dependencies=[Depends(may_use)], responses=refusals(401, 403)
    )

    # Of its own: measurements are wanted most when everything else hangs.
    thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")

    @router.get("/metrics", response_class=Response, summary="Measurements for Prometheus")
    async def get_metrics() -> Response:
        """What is measured of calls; nothing in it is personal."""
        text = await asyncio.get_running_loop().run_in_executor(thread, render)
        return Response(text, media_type=content_type)

    return router
