"""Asterisk's AudioSocket protocol: bytes in, messages out. No sockets, no clock.

A message is its kind (one byte), the length of its payload (two bytes, big-endian) and the payload.
The first one names the call; audio is 16-bit little-endian mono PCM, at a rate that the kind tells.
Asterisk drops a call to which any other kind is sent.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Final

import numpy as np

from asr.audio import Pcm
from telephony.errors import PeerError

HANGUP: Final = 0x00
CALL_ID: Final = 0x01
DTMF: Final = 0x03
ERROR: Final = 0xFF
RATES: Final = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""Sampling rates (Hz) by the kind of an audio message."""
KINDS: Final = {rate: kind for kind, rate in RATES.items()}

KEYS: Final = frozenset("0123456789*#ABCD")
LONGEST_AUDIO_S: Final = 0.2
"""A longer audio message is not telephony (s)."""

_HEADER: Final = struct.Struct(">BH")


@dataclass(frozen=True)
class CallId:
    """The peer says which call it carries."""

    value: str


@dataclass(frozen=True)
class Audio:
    """Sound of the caller."""

    samples: Pcm
    """Shape (n,), int16, n >= 0."""
    rate: int
    """Hz."""


@dataclass(frozen=True)
class Key:
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


Message = CallId | Audio | Key | HungUp


class Decoder:
    """Turns a stream of bytes, cut anywhere, into messages."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._named = False

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with `data`.

        Raises:
            PeerError: the peer does not speak the protocol; its connection is of no use any more.
        """
        self._bytes += data
        messages: list[Message] = []
        at = 0
        while len(self._bytes) - at >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._bytes, at)
            self._check(kind, length)
            end = at + _HEADER.size + length
            if len(self._bytes) < end:
                break
            messages.append(self._message(kind, bytes(self._bytes[at + _HEADER.size : end])))
            at = end
        del self._bytes[:at]
        return messages

    def _check(self, kind: int, length: int) -> None:
        """By the header alone, so that nothing oversized is ever collected."""
        if not self._named and kind not in (CALL_ID, HANGUP, ERROR):
            raise PeerError("wrong_order", f"message {kind:#04x} came before the call's id")
        match kind:
            case 0x00:
                most = 0
            case 0x01:
                most = 16
            case 0x03:
                most = 1
            case 0xFF:
                most = 64
            case _ if kind in RATES:
                most = int(RATES[kind] * LONGEST_AUDIO_S) * 2
            case _:
                raise PeerError("wrong_type", f"unknown message kind {kind:#04x}")
        if length > most:
            raise PeerError("oversized", f"{length} bytes in message {kind:#04x}, {most} at most")

    def _message(self, kind: int, payload: bytes) -> Message:
        match kind:
            case 0x00:
                return HungUp()
            case 0x01:
                return self._call_id(payload)
            case 0x03:
                key = payload.decode("ascii", "replace")
                if key not in KEYS or not key:
                    raise PeerError("malformed", "a key that no telephone has")
                return Key(key)
            case 0xFF:
                raise PeerError("peer_error", f"the peer reports an error, code {payload.hex()}")
            case _:
                if len(payload) % 2:
                    raise PeerError("malformed", f"audio of {len(payload)} bytes, half a sample")
                return Audio(np.frombuffer(payload, "<i2").astype(np.int16), RATES[kind])

    def _call_id(self, payload: bytes) -> CallId:
        if len(payload) != 16:
            raise PeerError("malformed", f"a call's id of {len(payload)} bytes instead of 16")
        if self._named:
            raise PeerError("wrong_order", "a second call id on one connection")
        self._named = True
        return CallId(str(uuid.UUID(bytes=payload)))


def encode_audio(samples: Pcm, rate: int) -> bytes:
    """An audio message.

    Args:
        samples: shape (n,), int16.
        rate: one of `RATES`.
    """
    payload = samples.astype("<i2", copy=False).tobytes()
    return _HEADER.pack(KINDS[rate], len(payload)) + payload


def encode_hangup() -> bytes:
    """The message that ends the call at the peer."""
    return _HEADER.pack(HANGUP, 0)
