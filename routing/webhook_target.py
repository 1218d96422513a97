"""Where webhooks may be sent: a target inside the region's network is refused unless it is allowed.

Who registers a webhook chooses an address that this service will call from inside the walls
(server-side request forgery). So the name is resolved here, every address that it has is looked
at, and the request goes to the address that was looked at, not to what the name means later
(DNS rebinding). Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from routing.errors import TargetError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Name and port -> its addresses. Raises OSError where there is none."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_RESOLVE_S: Final = 5.0
_LONGEST: Final = 500


@dataclass(frozen=True)
class Pinned:
    """A target that was looked at."""

    url: str
    host: str
    """As the certificate must have it."""
    address: Address
    """Where the request goes."""
    port: int


async def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class TargetPolicy:
    """Decides about targets.

    Args:
        allowed: private networks in which targets may be; over plain http, too.
        resolver: of names.
    """

    def __init__(self, allowed: Sequence[Network] = (), resolver: Resolve = resolve) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolver

    async def pin(self, url: str) -> Pinned:
        """Look at a target.

        Raises:
            TargetError: it is no target for us; the message says why.
        """
        scheme, host, port = _parts(url)
        try:
            async with asyncio.timeout(_RESOLVE_S):
                found = await self._resolve(host, port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise TargetError(f"{host}: this name cannot be resolved") from error
        addresses = [_embedded(ipaddress.ip_address(text.partition("%")[0])) for text in found]
        if not addresses:
            raise TargetError(f"{host}: this name has no address")
        for address in addresses:
            inside = any(address in network for network in self._allowed)
            if not inside and not _is_public(address):
                raise TargetError(
                    f"{host} is at a private address; to allow its network, "
                    "name it in VOICE122_WEBHOOK_NETWORKS"
                )
            if not inside and scheme != "https":
                raise TargetError("a target outside the allowed networks needs https")
        # The first one as it was given: an IPv4 address inside IPv6 is reached over IPv6.
        return Pinned(url, host, ipaddress.ip_address(found[0].partition("%")[0]), port)


def _parts(url: str) -> tuple[str, str, int]:
    try:
        if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if parts.scheme not in {"https", "http"} or not host or parts.fragment or port == 0:
            raise ValueError
    except ValueError:
        raise TargetError(
            f"a target is 'https://host/path', in ASCII, of at most {_LONGEST} characters"
        ) from None
    if parts.username is not None or parts.password is not None:
        raise TargetError("a target holds no user name or password; check the signature instead")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
