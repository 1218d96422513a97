"""jambonz's `listen` verb and FreeSWITCH's mod_audio_fork, which it is built on.

One JSON message opens the stream, then binary PCM goes both ways. The verb needs
``bidirectionalAudio: {enabled: true, streaming: true, sampleRate: N}`` with the same N as its
``sampleRate``, ``mixType: mono`` and ``passDtmf: true``.
"""

from __future__ import annotations

import json

from asr.audio import Pcm
from telephony.dialects.dialect import (
    Received,
    Sent,
    Started,
    call_id_of,
    document,
    keys_of,
    linear,
    rate_of,
)
from telephony.errors import PeerError
from telephony.events import CallEvent


class Jambonz:
    """See `telephony.dialects.dialect.Dialect`.

    Args:
        call_id: from the address, where it does not come in the first message.
    """

    def __init__(self, call_id: str | None = None) -> None:
        self._call_id = call_id
        self._rate: int | None = None

    def text(self, text: str) -> list[Received]:
        message = document(text)
        if self._rate is None:
            if message.get("mixType", "mono") != "mono":
                raise PeerError("wrong_type", "mixType is mono")
            self._rate = rate_of(message.get("sampleRate", 8000))
            return [Started(self._rate, call_id_of(message.get("callSid", self._call_id)))]
        if message.get("event") == "dtmf":
            return [keys_of(message.get("dtmf"))]
        return []

    def binary(self, data: bytes) -> list[Received]:
        if self._rate is None:
            raise PeerError("wrong_order", "audio before the opening message")
        return [linear(data, self._rate)]

    def started(self, call_id: str, rate: int) -> list[Sent]:
        return []

    def sound(self, samples: Pcm) -> list[Sent]:
        return [samples.astype("<i2", copy=False).tobytes()]

    def clear(self) -> list[Sent]:
        return [json.dumps({"type": "killAudio"})]

    def event(self, event: CallEvent) -> list[Sent]:
        return []

    def refused(self, error: PeerError) -> list[Sent]:
        return []

    def hang_up(self) -> list[Sent]:
        return [json.dumps({"type": "disconnect"})]
