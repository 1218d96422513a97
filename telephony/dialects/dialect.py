"""What a dialect is: messages of a peer in, messages of the house out, and back. No I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from asr.audio import Pcm
from telephony.errors import PeerError
from telephony.events import CallEvent

RATES: Final = (8_000, 16_000)
"""Sampling rates of the WebSocket edge (Hz)."""
KEYS: Final = frozenset("0123456789*#ABCD")
CALL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)
LONGEST_AUDIO_S: Final = 0.2
LONGEST_TEXT: Final = 16_384

Sent = str | bytes
"""A text or a binary message."""


@dataclass(frozen=True)
class Started:
    """The peer says what it carries; the first message of the house."""

    rate: int
    """Of its audio, both ways (Hz)."""
    call_id: str | None = None


@dataclass(frozen=True)
class Sound:
    """Audio of the caller, at the rate of `Started`: shape (n,), int16."""

    samples: Pcm


@dataclass(frozen=True)
class KeysPressed:
    """Keys of the caller, one or more."""

    keys: str


@dataclass(frozen=True)
class Left:
    """The caller is gone."""


@dataclass(frozen=True)
class Congested:
    """The peer's buffer holds what it should have played already."""


Received = Started | Sound | KeysPressed | Left | Congested


class Dialect(Protocol):
    """One for each connection."""

    def text(self, text: str) -> list[Received]:
        """What a text message says; nothing for one that does not matter.

        Raises:
            PeerError: it is not of this dialect.
        """
        ...

    def binary(self, data: bytes) -> list[Received]:
        """What a binary message says.

        Raises:
            PeerError: it is not of this dialect.
        """
        ...

    def started(self, call_id: str, rate: int) -> list[Sent]:
        """The call is served."""
        ...

    def sound(self, samples: Pcm) -> list[Sent]:
        """20 ms for the caller, at the peer's rate."""
        ...

    def clear(self) -> list[Sent]:
        """Forget what was sent and is not played yet."""
        ...

    def event(self, event: CallEvent) -> list[Sent]:
        """Something happened in the call, for peers with a screen."""
        ...

    def refused(self, error: PeerError) -> list[Sent]:
        """The connection is about to be closed for this reason."""
        ...

    def hang_up(self) -> list[Sent]:
        """The assistant leaves; the connection is closed right after."""
        ...


def document(text: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        PeerError: it is none.
    """
    if len(text) > LONGEST_TEXT:
        raise PeerError("oversized", f"a text message of {len(text)} characters")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise PeerError("malformed", "a text message that is no JSON") from None
    if not isinstance(found, dict):
        raise PeerError("malformed", "a text message that is no JSON object")
    return found


def linear(data: bytes, rate: int) -> Sound:
    """16-bit little-endian PCM.

    Raises:
        PeerError: half a sample, or more than a telephone has at a time.
    """
    if len(data) > int(rate * LONGEST_AUDIO_S) * 2:
        raise PeerError("oversized", f"{len(data)} bytes of audio in one message")
    if len(data) % 2:
        raise PeerError("malformed", f"audio of {len(data)} bytes, half a sample")
    return Sound(np.frombuffer(data, "<i2").astype(np.int16))


def keys_of(value: object) -> KeysPressed:
    """Keys of a message.

    Raises:
        PeerError: no telephone has them.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or not KEYS.issuperset(value):
        raise PeerError("malformed", "keys that no telephone has")
    return KeysPressed(value)


def call_id_of(value: object) -> str | None:
    """A call's id, in lower case as everywhere; None where there is none.

    Raises:
        PeerError: it cannot be one.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not CALL_ID.fullmatch(value):
        raise PeerError("malformed", "a call's id that cannot be one")
    return value.lower()


def rate_of(value: object) -> int:
    """A sampling rate (Hz).

    Raises:
        PeerError: not one of `RATES`.
    """
    if isinstance(value, bool) or value not in RATES:
        raise PeerError("wrong_rate", f"the rate is one of {', '.join(map(str, RATES))} Hz")
    assert isinstance(value, int)
    return value
