"""Who may use what belongs to the PBX and the browser's call: this machine, or who has the key."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.requests import HTTPConnection

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class PeerAccess:
    """Access of peers that carry calls.

    Args:
        api_key: what they send as ``Authorization: Bearer``; None: only this machine has access.
        trust_loopback: whether programs on this machine need no key. Switch it off behind a proxy
            that does not tell the client's address.
    """

    api_key: str | None
    trust_loopback: bool = True

    def __call__(self, connection: HTTPConnection) -> None:
        """As a dependency.

        Raises:
            HTTPException: 401.
        """
        if not (self.has_key(connection) or self.is_local(connection)):
            raise HTTPException(
                401,
                "send the key as 'Authorization: Bearer KEY', or connect from this machine",
                {"WWW-Authenticate": "Bearer"},
            )

    def has_key(self, connection: HTTPConnection) -> bool:
        """Whether the key came along."""
        given = connection.headers.get("authorization", "")
        return self.api_key is not None and secrets.compare_digest(
            given.encode(), f"Bearer {self.api_key}".encode()
        )

    def is_local(self, connection: HTTPConnection) -> bool:
        """Whether this machine asks: a program, or a page that this service itself has served.

        A foreign page in a local browser sends its `Origin`; one behind a rebound name, its `Host`.
        """
        client, headers = connection.client, connection.headers
        if not self.trust_loopback or client is None or not _is_loopback(client.host):
            return False
        origin = headers.get("origin")
        host = urlsplit(f"//{headers.get('host', '')}")
        if host.hostname not in _LOCAL_NAMES:
            return False
        return origin is None or urlsplit(origin).netloc == host.netloc


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
