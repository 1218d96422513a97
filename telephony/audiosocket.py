"""Asterisk's AudioSocket protocol: bytes in, messages out. No sockets, no clock.

A message is its kind (one byte), the length of its payload (two bytes, big-endian) and the payload.
The first one names the call; audio is 16-bit little-endian mono PCM, at a rate that the kind tells.
Asterisk drops a call to which any other kind is sent.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from asr.audio import FRAME_SAMPLES, SAMPLE_RATE, Pcm
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
_SAMPLE: Final = np.dtype("<i2")
_LONGEST: Final = {
    HANGUP: 0,
    CALL_ID: 16,
    DTMF: 1,
    ERROR: 64,
    **{kind: int(rate * LONGEST_AUDIO_S) * 2 for kind, rate in RATES.items()},
}
"""Bytes of payload at most, by the kind of a message."""
_USUAL_BYTES: Final = FRAME_SAMPLES * 2
_USUAL_HEADER: Final = _HEADER.pack(KINDS[SAMPLE_RATE], _USUAL_BYTES)
_USUAL_SIZE: Final = _HEADER.size + _USUAL_BYTES
"""Of the message that nearly all are: a frame of the house."""


@dataclass(frozen=True)
class CallId:
    """The peer says which call it carries."""

    value: str


class Audio(NamedTuple):
    """Sound of the caller. (A tuple, for it is made fifty times a second for each call.)"""

    samples: Pcm
    """Shape (n,), int16, n >= 0; read only."""
    rate: int
    """Hz."""

    @property
    def seconds(self) -> float:
        """How long it sounds (s)."""
        return len(self.samples) / self.rate


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
        self._rest = b""
        self._named = False

    def usual_frames(self, data: bytes) -> list[Pcm] | None:
        """The frames, where `data` is whole messages of 20 ms at 8 kHz: nearly always.

        It costs a fraction of what `feed` does, which is to be asked where the answer is None.
        """
        if len(data) % _USUAL_SIZE or self._rest or not self._named:
            return None
        for at in range(0, len(data), _USUAL_SIZE):
            if not data.startswith(_USUAL_HEADER, at):
                return None
        # One by one, for a processor whose caches are cold pays for each function of numpy anew.
        cut = range(_HEADER.size, len(data), _USUAL_SIZE)
        return [np.frombuffer(data[at : at + _USUAL_BYTES], _SAMPLE) for at in cut]

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with `data`.

        Raises:
            PeerError: the peer does not speak the protocol; its connection is of no use any more.
        """
        if self._rest:
            data = self._rest + data
        messages: list[Message] = []
        at, size = 0, len(data)
        while size - at >= _HEADER.size:
            kind, length = _HEADER.unpack_from(data, at)
            self._check(kind, length)
            begin = at + _HEADER.size
            end = begin + length
            if size < end:
                break
            rate = RATES.get(kind)
            if rate is None:
                messages.append(self._message(kind, data[begin:end]))
            elif length % 2:
                raise PeerError("malformed", f"audio of {length} bytes, half a sample")
            else:
                messages.append(Audio(_samples(data[begin:end]), rate))
            at = end
        self._rest = data[at:]
        return messages

    def _check(self, kind: int, length: int) -> None:
        """By the header alone, so that nothing oversized is ever collected."""
        if not self._named and kind not in (CALL_ID, HANGUP, ERROR):
            raise PeerError("wrong_order", f"message {kind:#04x} came before the call's id")
        most = _LONGEST.get(kind)
        if most is None:
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
            case _:
                raise PeerError("peer_error", f"the peer reports an error, code {payload.hex()}")

    def _call_id(self, payload: bytes) -> CallId:
        if len(payload) != 16:
            raise PeerError("malformed", f"a call's id of {len(payload)} bytes instead of 16")
        if self._named:
            raise PeerError("wrong_order", "a second call id on one connection")
        self._named = True
        return CallId(str(uuid.UUID(bytes=payload)))


def _samples(payload: bytes) -> Pcm:
    """Samples where they are; a payload of its own lies straight in memory, as numpy likes it."""
    return np.frombuffer(payload, _SAMPLE).astype(np.int16, copy=False)


def encode_audio(samples: Pcm, rate: int) -> bytes:
    """An audio message.

    Args:
        samples: shape (n,), int16.
        rate: one of `RATES`.
    """
    payload = samples.astype(_SAMPLE, copy=False).tobytes()
    return _HEADER.pack(KINDS[rate], len(payload)) + payload


def encode_frame(frame: Pcm) -> bytes:
    """The audio message of a frame of the house: shape (160,), int16, 8 kHz."""
    return _USUAL_HEADER + frame.astype(_SAMPLE, copy=False).tobytes()


def encode_hangup() -> bytes:
    """The message that ends the call at the peer."""
    return _HEADER.pack(HANGUP, 0)
