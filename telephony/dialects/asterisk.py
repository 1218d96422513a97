"""Asterisk's `chan_websocket` with JSON control messages (20.18, 22.8, 23.2 and newer).

The dialplan calls us: ``Dial(WebSocket/voice122/c(slin)f(json)v(call=${UUID}),20,g)``. Asterisk
plays what it is sent at its own pace from a queue, which after a stall of ours keeps the delay:
then it is flushed.
"""

from __future__ import annotations

import json
from typing import Final

from asr.audio import Pcm
from telephony.dialects.dialect import (
    Congested,
    Received,
    Sent,
    Started,
    call_id_of,
    document,
    keys_of,
    linear,
)
from telephony.errors import PeerError
from telephony.events import CallEvent

_RATES: Final = {"slin": 8_000, "slin16": 16_000}


class AsteriskWebSocket:
    """See `telephony.dialects.dialect.Dialect`.

    Args:
        call_id: from the address that Asterisk calls (``v(call=…)``).
    """

    def __init__(self, call_id: str | None = None) -> None:
        self._call_id = call_id
        self._rate: int | None = None

    def text(self, text: str) -> list[Received]:
        message = document(text)
        match message.get("event"):
            case "MEDIA_START" if self._rate is None:
                codec = message.get("format")
                if codec not in _RATES:
                    raise PeerError("wrong_rate", "the codec is slin or slin16: c(slin)")
                self._rate = _RATES[codec]
                return [Started(self._rate, call_id_of(self._call_id))]
            case "MEDIA_START":
                raise PeerError("wrong_order", "a second MEDIA_START")
            case "DTMF_END":
                return [keys_of(message.get("digit"))]
            case "MEDIA_XOFF":
                return [Congested()]
            case "ERROR":
                raise PeerError("peer_error", "Asterisk reports an error")
            case str():
                return []  # STATUS, QUEUE_DRAINED, MEDIA_XON and what is yet to come
        raise PeerError("malformed", "a message without an event; say f(json) in the dialplan")

    def binary(self, data: bytes) -> list[Received]:
        if self._rate is None:
            raise PeerError("wrong_order", "audio before MEDIA_START")
        return [linear(data, self._rate)]

    def started(self, call_id: str, rate: int) -> list[Sent]:
        return [_command("ANSWER")]

    def sound(self, samples: Pcm) -> list[Sent]:
        return [samples.astype("<i2", copy=False).tobytes()]

    def clear(self) -> list[Sent]:
        return [_command("FLUSH_MEDIA")]

    def event(self, event: CallEvent) -> list[Sent]:
        return []

    def refused(self, error: PeerError) -> list[Sent]:
        return []

    def hang_up(self) -> list[Sent]:
        return [_command("HANGUP")]


def _command(name: str) -> str:
    return json.dumps({"command": name})
