"""The door: every HTTP request gets an id, a name if it has a key, and its turn."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.addresses import is_loopback
from api.body import BodyTooLargeError, ClientGoneError, read_body, replayed
from api.rate import Rate, RateLimiter
from routing.access import ApiKeys, Principal, Role
from routing.bounded import Bounded
from routing.errors import StoreError

BOOTSTRAP: Final = Principal("bootstrap", "VOICE122_API_KEY", Role.ADMIN)
"""Who sends the key of the settings: with it the first real keys are made."""

_WITH_KEY: Final = Rate(per_s=100, burst=200)
_WITHOUT_KEY: Final = Rate(per_s=20, burst=100)
_WRONG_KEY: Final = Rate(per_s=0.5, burst=10)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one client may send."""

    body_bytes: int = 256 * 1024
    with_key: Rate = _WITH_KEY
    without_key: Rate = _WITHOUT_KEY
    """By address; programs on this machine are not held back: the PBX needs no key there."""
    wrong_key: Rate = _WRONG_KEY
    """By address: guessing keys."""


class Guard:
    """ASGI middleware. Afterwards ``request.state`` has `principal`, `request_id` and `address`.

    Args:
        app: what is behind the door.
        keys: who is who.
        bootstrap_key: of the settings; None where there is none.
        limits: of body and rate.
        monotonic: time in seconds, for rates.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: ApiKeys,
        bootstrap_key: str | None,
        limits: Limits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._keys = keys
        self._bootstrap = None if bootstrap_key is None else bootstrap_key.encode()
        self._limits = limits
        self._limiter = RateLimiter()
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        client = scope.get("client")
        address = client[0] if client else "unknown"
        state = scope.setdefault("state", {})
        state.update(request_id=request_id, address=address, principal=None, personal=False)
        token = _bearer(scope)
        try:
            state["principal"] = None if token is None else await self._principal(token)
        except StoreError as error:
            log.error("request %s: %s", request_id, error)
            refusal: Response | None = problems.store_failed(request_id)
        else:
            refusal = self._refusal(request_id, address, token, state["principal"])
        if scope["type"] == "websocket":
            # The endpoint looks at the principal itself and can say why it refuses.
            await self._app(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        if refusal is not None:
            await refusal(scope, receive, named)
            return
        try:
            body = await read_body(scope, receive, self._limits.body_bytes)
        except BodyTooLargeError:
            most = self._limits.body_bytes
            too_large = problems.response(
                request_id, 413, "too-large", f"send at most {most} bytes",
                headers={"Connection": "close"},
            )  # fmt: skip
            await too_large(scope, receive, named)
            return
        except ClientGoneError:
            return
        state["body"] = body
        await self._app(scope, replayed(body, receive), named)

    async def _principal(self, token: bytes) -> Principal | None:
        if self._bootstrap is not None and secrets.compare_digest(token, self._bootstrap):
            return BOOTSTRAP
        return await Bounded().run(self._keys.authenticate, token.decode("ascii", "replace"))

    def _refusal(
        self, request_id: str, address: str, token: bytes | None, principal: Principal | None
    ) -> Response | None:
        if principal is not None:
            client, rate = f"key {principal.key_id}", self._limits.with_key
        elif token is not None:
            client, rate = f"wrong {address}", self._limits.wrong_key
        elif is_loopback(address):
            return None
        else:
            client, rate = f"address {address}", self._limits.without_key
        wait_s = self._limiter.wait_s(client, rate, self._monotonic())
        if wait_s > 0:
            seconds = str(int(wait_s) + 1)
            return problems.response(
                request_id, 429, "too-many", f"come again in {seconds} s",
                headers={"Retry-After": seconds},
            )  # fmt: skip
        if token is not None and principal is None:
            return problems.response(
                request_id, 401, "unknown-key",
                "this key is unknown, revoked or expired; send one as 'Authorization: Bearer KEY'",
                headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return None


def _bearer(scope: Scope) -> bytes | None:
    """What was sent as a key; empty where the header holds something else."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = bytes(value).partition(b" ")
            return token.strip() if scheme.lower() == b"bearer" else b""
    return None
