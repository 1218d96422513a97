"""Addresses of clients."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a client's address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
