"""Encryption of personal data at rest: names, telephone numbers, transcripts.

AES-256-GCM with a key from the environment. A sealed value is ``v1:<key id>:<base64 of nonce and
ciphertext>``; what was written before a key was set stays readable as it is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import weakref
from collections.abc import Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from routing.errors import StoreError

_PREFIX: Final = "v1:"
_NONCE: Final = 12
_KEY_BYTES: Final = 32
_DIGITS: Final = re.compile(r"\D")
_LOCAL_DIGITS: Final = 10


class Sealer:
    """Seals with the first key, opens with any: to change the key, put a new one first.

    Args:
        keys: each 32 bytes. Without any, values are kept as they are.

    Raises:
        StoreError: a key has another length.
    """

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        if any(len(key) != _KEY_BYTES for key in keys):
            raise StoreError("VOICE122_DATA_KEY must be 32 bytes in base64; see `new_key`")
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0]) if keys else None
        self._index_keys = [_derived(key) for key in keys] or [b""]

    @classmethod
    def from_setting(cls, text: str | None) -> Sealer:
        """Of a setting: keys in base64, separated by commas; None or empty for no encryption.

        Raises:
            StoreError: not base64, or not 32 bytes.
        """
        try:
            parts = [part.strip() for part in (text or "").split(",") if part.strip()]
            return cls([base64.b64decode(part, altchars=b"-_", validate=True) for part in parts])
        except ValueError as error:
            raise StoreError(
                "VOICE122_DATA_KEY is not base64; make one with `openssl rand -base64 32`"
            ) from error

    @property
    def on(self) -> bool:
        """Whether values are encrypted."""
        return self._first is not None

    def seal(self, text: str) -> str:
        """`text`, encrypted."""
        if self._first is None:
            return text
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._first].encrypt(nonce, text.encode(), self._first.encode())
        return f"{_PREFIX}{self._first}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, stored: str) -> str:
        """What was sealed.

        Raises:
            StoreError: its key is not here, or the value was changed.
        """
        if not stored.startswith(_PREFIX):
            return stored
        _, key_id, body = stored.split(":", 2)
        key = self._keys.get(key_id)
        if key is None:
            raise StoreError(
                f"personal data are sealed with key {key_id}: add that key to VOICE122_DATA_KEY"
            )
        raw = base64.b64decode(body)
        try:
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], key_id.encode()).decode()
        except InvalidTag as error:
            raise StoreError("a sealed value was changed outside voice122") from error

    def index(self, phone: str) -> str:
        """By what a telephone number is found without being readable; for new records."""
        return _index(self._index_keys[0], phone)

    def indexes(self, phone: str) -> list[str]:
        """The same under every key, and under none: for searching."""
        return list(dict.fromkeys(_index(key, phone) for key in (*self._index_keys, b"")))


_SEALERS: weakref.WeakKeyDictionary[Any, Sealer] = weakref.WeakKeyDictionary()
_OPEN: Final = Sealer()


def seal_with(dialect: Any, sealer: Sealer) -> None:
    """Let columns of a dialect be sealed by `sealer`; a dialect belongs to one engine."""
    _SEALERS[dialect] = sealer


def sealer_of(dialect: Any) -> Sealer:
    """What seals columns of `dialect`."""
    return _SEALERS.get(dialect, _OPEN)


def local_digits(phone: str) -> str:
    """The last ten digits: the same caller with +7, 8 or neither in front."""
    return _DIGITS.sub("", phone)[-_LOCAL_DIGITS:]


def mask_phone(phone: str | None) -> str | None:
    """A number as logs and exports may show it: its last two digits."""
    if phone is None:
        return None
    digits = _DIGITS.sub("", phone)
    return f"***{digits[-2:]}" if len(digits) > 4 else "***"


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"voice122 key id" + key).hexdigest()[:8]


def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"voice122 phone index", "sha256")


def _index(key: bytes, phone: str) -> str:
    return hmac.new(key, local_digits(phone).encode(), "sha256").hexdigest()[:32]
