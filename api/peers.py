"""Who may use what belongs to the PBX and the browser's call: this machine, or who has the key."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.addresses import is_loopback
from api.problems import ProblemError
from routing.access import Principal, Role

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class PeerAccess:
    """Access of peers that carry calls.

    Args:
        trust_loopback: whether programs on this machine need no key. Switch it off behind a proxy
            that does not tell the client's address.
    """

    trust_loopback: bool = True

    def __call__(self, connection: HTTPConnection) -> None:
        """As a dependency.

        Raises:
            ProblemError: 401 or 403.
        """
        if self.allows(connection):
            return
        principal = self._principal(connection)
        if principal is not None:
            raise ProblemError(
                403, "role", f"this key has the role {principal.role}; needed: edge, admin"
            )
        raise ProblemError(
            401,
            "key-needed",
            "send a key of the role edge as 'Authorization: Bearer KEY', or ask from this machine",
            {"WWW-Authenticate": "Bearer"},
        )

    def allows(self, connection: HTTPConnection) -> bool:
        """Whether this peer may carry calls."""
        unnamed = self._principal(connection) is None
        return self.has_key(connection) or (unnamed and self.is_local(connection))

    def has_key(self, connection: HTTPConnection) -> bool:
        """Whether a key came along that is good for carrying calls."""
        principal = self._principal(connection)
        return principal is not None and principal.role in (Role.EDGE, Role.ADMIN)

    def _principal(self, connection: HTTPConnection) -> Principal | None:
        """Whom the `Guard` has recognized."""
        return getattr(connection.state, "principal", None)

    def is_local(self, connection: HTTPConnection) -> bool:
        """Whether this machine asks: a program, or a page that this service itself has served.

        A foreign page in a local browser sends its `Origin`; one behind a rebound name, its `Host`.
        """
        client, headers = connection.client, connection.headers
        if not self.trust_loopback or client is None or not is_loopback(client.host):
            return False
        origin = headers.get("origin")
        host = urlsplit(f"//{headers.get('host', '')}")
        if host.hostname not in _LOCAL_NAMES:
            return False
        return origin is None or urlsplit(origin).netloc == host.netloc
