"""``Idempotency-Key``: a request that is sent again is carried out once and answered the same.

After the IETF draft *The Idempotency-Key HTTP Header Field*. It works for every method that changes
something, for clients with a key.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from functools import partial
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from routing.errors import StoreError
from routing.replays import Answer, Fresh, InProgress, Replays, Reused

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_MOST_KEPT: Final = 1024 * 1024
"""Longer answers are not kept; nothing that changes something answers so much."""

log = logging.getLogger(__name__)


class Once:
    """ASGI middleware behind the `Guard`."""

    def __init__(self, app: ASGIApp, replays: Replays) -> None:
        self._app = app
        self._replays = replays

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        state = scope["state"]
        refuse = partial(problems.response, state["request_id"])
        if not _FORM.fullmatch(key):
            answer: Response = refuse(
                400, "bad-idempotency-key", "Idempotency-Key: 1 to 128 visible ASCII characters"
            )
            await answer(scope, receive, send)
            return
        owner, name = state["principal"].key_id, key.decode("ascii")
        try:
            found = await asyncio.to_thread(self._replays.begin, owner, name, _fingerprint(scope))
        except StoreError as error:
            log.error("request %s: %s", state["request_id"], error)
            answer = problems.store_failed(state["request_id"])
            await answer(scope, receive, send)
            return
        match found:
            case Fresh():
                await self._carry_out(scope, receive, send, owner, name)
                return
            case InProgress():
                answer = refuse(
                    409, "in-progress", "the first request with this key is still being carried out"
                )
                answer.headers["Retry-After"] = "1"
            case Reused():
                answer = refuse(
                    422, "key-reused", "this Idempotency-Key was sent with another request"
                )
            case Answer(status, media_type, body):
                answer = Response(
                    body if status != 204 else None, status, {"Idempotent-Replayed": "true"},
                    media_type if body else None,
                )  # fmt: skip
        await answer(scope, receive, send)

    async def _carry_out(
        self, scope: Scope, receive: Receive, send: Send, owner: str, name: str
    ) -> None:
        answer = _Recorder(send)
        try:
            await self._app(scope, receive, answer)
        finally:
            # What broke on our side, or was refused for now, may be tried again with the same key.
            kept = answer.whole if answer.status < 500 and answer.status != 429 else None
            try:
                if kept is None:
                    await asyncio.to_thread(self._replays.forget, owner, name)
                else:
                    await asyncio.to_thread(self._replays.finish, owner, name, kept)
            except StoreError as error:
                log.error("answer to an idempotency key is not kept: %s", error)


class _Recorder:
    """Passes an answer on and keeps it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._parts: list[bytes] = []
        self._complete = False
        self._media_type = "application/json"
        self.status = 500

    @property
    def whole(self) -> Answer | None:
        body = b"".join(self._parts)
        if not self._complete or len(body) > _MOST_KEPT:
            return None
        return Answer(self.status, self._media_type, body)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                if name == b"content-type":
                    self._media_type = value.decode("latin-1")
        elif message["type"] == "http.response.body":
            if sum(map(len, self._parts)) <= _MOST_KEPT:
                self._parts.append(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        await self._send(message)


def _key(scope: Scope) -> bytes | None:
    if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
        return None
    if scope["state"]["principal"] is None:
        return None
    return next((bytes(v) for n, v in scope["headers"] if n == b"idempotency-key"), None)


def _fingerprint(scope: Scope) -> str:
    target = scope["path"].encode("utf-8", "surrogateescape") + b"?" + scope["query_string"]
    parts = (scope["method"].encode(), target, scope["state"]["body"])
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
