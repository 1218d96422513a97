"""Twilio Media Streams (`<Connect><Stream>`): JSON with mu-law audio at 8 kHz in base64."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import numpy as np

from asr.audio import Pcm
from telephony.dialects import mulaw
from telephony.dialects.dialect import (
    LONGEST_AUDIO_S,
    Left,
    Received,
    Sent,
    Sound,
    Started,
    call_id_of,
    document,
    keys_of,
)
from telephony.errors import PeerError
from telephony.events import CallEvent

_RATE = 8_000


class Twilio:
    """See `telephony.dialects.dialect.Dialect`.

    Args:
        call_id: from the address; usually it comes as ``callSid``.
    """

    def __init__(self, call_id: str | None = None) -> None:
        self._call_id = call_id
        self._stream: str | None = None

    def text(self, text: str) -> list[Received]:
        message = document(text)
        match message.get("event"):
            case "start" if self._stream is None:
                return [self._start(message)]
            case "start":
                raise PeerError("wrong_order", "a second start")
            case "media":
                return [self._media(_object(message, "media"))]
            case "dtmf":
                return [keys_of(_object(message, "dtmf").get("digit"))]
            case "stop":
                return [Left()]
            case str():
                return []  # connected, mark
        raise PeerError("malformed", "a message without an event")

    def binary(self, data: bytes) -> list[Received]:
        raise PeerError("wrong_type", "Twilio sends no binary messages")

    def started(self, call_id: str, rate: int) -> list[Sent]:
        return []

    def sound(self, samples: Pcm) -> list[Sent]:
        payload = base64.b64encode(mulaw.encode(samples)).decode()
        return [self._message("media", media={"payload": payload})]

    def clear(self) -> list[Sent]:
        return [self._message("clear")]

    def event(self, event: CallEvent) -> list[Sent]:
        return []

    def refused(self, error: PeerError) -> list[Sent]:
        return []

    def hang_up(self) -> list[Sent]:
        return []  # the end of the stream lets its TwiML go on

    def _start(self, message: dict[str, Any]) -> Started:
        start = _object(message, "start")
        stream, media = start.get("streamSid"), start.get("mediaFormat", {})
        if not isinstance(stream, str) or not 1 <= len(stream) <= 64:
            raise PeerError("malformed", "a start without streamSid")
        if not isinstance(media, dict) or media.get("encoding", "audio/x-mulaw") != "audio/x-mulaw":
            raise PeerError("wrong_rate", "the encoding is audio/x-mulaw")
        self._stream = stream
        return Started(_RATE, call_id_of(start.get("callSid", self._call_id)))

    def _media(self, media: dict[str, Any]) -> Sound:
        if self._stream is None:
            raise PeerError("wrong_order", "audio before the start")
        payload = media.get("payload")
        if media.get("track", "inbound") != "inbound":
            return Sound(np.zeros(0, np.int16))  # our own, forked back
        try:
            data = base64.b64decode(payload, validate=True) if isinstance(payload, str) else None
        except (binascii.Error, ValueError):
            data = None
        if data is None:
            raise PeerError("malformed", "audio that is no base64")
        if len(data) > _RATE * LONGEST_AUDIO_S:
            raise PeerError("oversized", f"{len(data)} bytes of audio in one message")
        return Sound(mulaw.decode(data))

    def _message(self, event: str, **fields: Any) -> str:
        return json.dumps({"event": event, "streamSid": self._stream, **fields})


def _object(message: dict[str, Any], name: str) -> dict[str, Any]:
    found = message.get(name)
    if not isinstance(found, dict):
        raise PeerError("malformed", f"a message without {name}")
    return found
