"""Writes down who changed something, who read callers' data, and who tried to without the right."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.once import SAFE_METHODS
from routing.audit import AuditLog
from routing.errors import StoreError

log = logging.getLogger(__name__)


class Auditing:
    """ASGI middleware behind the `Guard`. An entry is written before its answer is sent."""

    def __init__(self, app: ASGIApp, audit: AuditLog, now: Callable[[], datetime]) -> None:
        self._app = app
        self._audit = audit
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["state"]["principal"] is None:
            await self._app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and _matters(scope, message["status"]):
                await self._write(scope, message["status"])
            await send(message)

        await self._app(scope, receive, noted)

    async def _write(self, scope: Scope, status: int) -> None:
        state = scope["state"]
        path = getattr(scope.get("route"), "path_format", None) or scope["path"]
        # What was refused may be no id at all.
        named = scope.get("path_params", {}) if status < 400 or status == 409 else {}
        target = ",".join(f"{name}={value}" for name, value in named.items())
        try:
            await asyncio.to_thread(
                self._audit.write,
                self._now(),
                state["principal"],
                f"{scope['method']} {path}",
                target,
                status,
                state["address"],
                state["request_id"],
            )
        except StoreError as error:  # the help line goes on without its log
            log.error("audit of request %s is not written: %s", state["request_id"], error)


def _matters(scope: Scope, status: int) -> bool:
    changes = scope["method"] not in SAFE_METHODS
    return changes or scope["state"]["personal"] or status == 403
