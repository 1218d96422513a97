"""Signatures of webhooks, after the Standard Webhooks specification.

``webhook-signature: v1,<base64 of HMAC-SHA256 of "id.timestamp.body">``; the receiver checks it
and the age of the timestamp. Libraries of the specification read ours as they are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from routing.errors import SignatureError

_PREFIX: Final = "whsec_"
_MAX_AGE_S: Final = 300.0


def new_secret() -> str:
    """A new secret of 32 bytes: ``whsec_...``."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Headers of a webhook."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_signature(secret, message_id, timestamp, body)}",
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Check a webhook that has arrived.

    Args:
        headers: of the request, with names in lower case.
        now: a message that is more than five minutes older or newer is refused.

    Raises:
        SignatureError: it is not ours, or too old: do not act on it.
    """
    try:
        message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split()
        age_s = abs(now.timestamp() - int(timestamp))
    except (KeyError, ValueError) as error:
        raise SignatureError("the headers of a webhook are missing or broken") from error
    expected = f"v1,{_signature(secret, message_id, timestamp, body)}".encode()
    if not any(hmac.compare_digest(expected, each.encode()) for each in given):
        raise SignatureError("the signature is wrong: check the secret, and sign the raw body")
    if age_s > _MAX_AGE_S:
        raise SignatureError("the message is too old: it may be a replay; check the clock")


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
