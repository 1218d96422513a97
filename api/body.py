"""Request bodies: read whole, up to a limit, and handed on as one message."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope


class BodyTooLargeError(Exception):
    """The body is longer than the limit."""


class ClientGoneError(Exception):
    """The client hung up before its request was whole."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLargeError: it has, or announces, more than `limit` bytes.
        ClientGoneError: it never came to an end.
    """
    announced = dict(scope["headers"]).get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > 12 or int(announced) > limit):
        raise BodyTooLargeError
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLargeError
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body` first; what comes after it is the client's hang-up."""
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again
