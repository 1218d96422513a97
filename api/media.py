"""WebSockets that carry calls: one address for each dialect, and tokens for browsers elsewhere."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, Depends, WebSocket
from pydantic import BaseModel, Field
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.openapi import refusals
from api.peers import PeerAccess
from telephony.dialects.asterisk import AsteriskWebSocket
from telephony.dialects.dialect import Dialect, Sent
from telephony.dialects.jambonz import Jambonz
from telephony.dialects.plain import Plain
from telephony.dialects.twilio import Twilio
from telephony.limits import USUAL_LIMITS, PeerLimits
from telephony.websocket_edge import REFUSED, Serve, WebSocketConnection

DIALECTS: Final[dict[str, tuple[Callable[[str | None], Dialect], str | None]]] = {
    "plain": (Plain, "voice122.v1"),
    "asterisk": (AsteriskWebSocket, "media"),
    "jambonz": (Jambonz, "audio.jambonz.org"),
    "twilio": (Twilio, None),
}
"""Dialect and subprotocol by the last part of the address; None: it has no subprotocol."""
_MOST_TOKENS: Final = 10_000


class MediaToken(BaseModel):
    """Opens one call."""

    token: str
    """For the address: ``?token=…``."""
    expires_in_s: int = Field(examples=[60])


@dataclass
class MediaTokens:
    """Tokens for one call each. Known to this process only: they live for a minute.

    Args:
        lifetime_s: from its making to its use (s).
        now: a clock that never goes back (s).
    """

    lifetime_s: int = 60
    now: Callable[[], float] = time.monotonic
    _expiries: dict[str, float] = field(default_factory=dict)

    def issue(self) -> MediaToken:
        """A new token."""
        now = self.now()
        self._expiries = {token: at for token, at in self._expiries.items() if at > now}
        while len(self._expiries) >= _MOST_TOKENS:
            self._expiries.pop(next(iter(self._expiries)))
        token = secrets.token_urlsafe(24)
        self._expiries[token] = now + self.lifetime_s
        return MediaToken(token=token, expires_in_s=self.lifetime_s)

    def redeem(self, token: str | None) -> bool:
        """Whether `token` opens a call; it opens no other one."""
        return token is not None and self._expiries.pop(token, 0.0) > self.now()


def media_router(
    serve: Serve,
    access: PeerAccess,
    on_dropped: Callable[[str, str], None],
    tokens: MediaTokens | None = None,
    limits: PeerLimits = USUAL_LIMITS,
) -> APIRouter:
    """Routes of the WebSocket edge.

    Args:
        serve: takes each call.
        access: who may open one without a token.
        on_dropped: told of every peer that was dropped: dialect and reason.
        tokens: for browsers elsewhere.
        limits: of each connection.
    """
    router = APIRouter(prefix="/v1/media", tags=["media"], responses=refusals(401, 403))
    tokens = tokens or MediaTokens()

    @router.post("/tokens", summary="A token for one call", dependencies=[Depends(access)])
    async def issue_token() -> MediaToken:
        """For a page whose visitor calls by the browser: good for one minute and one call."""
        return tokens.issue()

    @router.websocket("/{dialect}")
    async def call(websocket: WebSocket, dialect: str, call: str | None = None) -> None:
        make, subprotocol = DIALECTS.get(dialect, (None, None))
        reason = _refusal(websocket, access, tokens, make is not None, subprotocol)
        if reason is not None or make is None:
            on_dropped(dialect if make else "unknown", reason or "wrong_address")
            await websocket.close(REFUSED)  # before it is accepted: HTTP 403
            return
        await websocket.accept(subprotocol)
        connection = WebSocketConnection(
            _Accepted(websocket),
            make(call),
            serve,
            limits,
            lambda reason: on_dropped(dialect, reason),
        )
        await connection.run()

    return router


def _refusal(
    websocket: WebSocket,
    access: PeerAccess,
    tokens: MediaTokens,
    known: bool,
    subprotocol: str | None,
) -> str | None:
    """Why this connection is not accepted."""
    if not known:
        return "wrong_address"
    if subprotocol is not None and subprotocol not in websocket.scope["subprotocols"]:
        return "wrong_subprotocol"
    if tokens.redeem(websocket.query_params.get("token")):
        return None
    return None if access.allows(websocket) else "wrong_credentials"


class _Accepted:
    """Starlette's WebSocket as the edge wants it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        if text is not None:
            return text
        data: bytes = message["bytes"]
        return data

    async def send(self, message: Sent) -> None:
        try:
            if isinstance(message, str):
                await self._websocket.send_text(message)
            else:
                await self._websocket.send_bytes(message)
        except (WebSocketDisconnect, RuntimeError):
            return  # it has left; reading says so

    async def close(self, code: int) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            await self._websocket.close(code)
