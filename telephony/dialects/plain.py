"""Our own dialect, for browsers: binary PCM, JSON for all else. docs/telephony.md describes it."""

from __future__ import annotations

import json
from typing import Any

from asr.audio import Pcm
from telephony.dialects.dialect import (
    Left,
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
from telephony.events import (
    Answer,
    CallEvent,
    Ended,
    Guess,
    Held,
    Listening,
    Resumed,
    Speaking,
    Thinking,
)

_STATES = {
    Thinking: "thinking",
    Speaking: "speaking",
    Listening: "listening",
    Held: "held",
    Resumed: "speaking",
}


class Plain:
    """See `telephony.dialects.dialect.Dialect`."""

    def __init__(self, call_id: str | None = None) -> None:
        self._call_id = call_id
        self._rate: int | None = None

    def text(self, text: str) -> list[Received]:
        message = document(text)
        match message.get("type"):
            case "start" if self._rate is None:
                self._rate = rate_of(message.get("rate", 8000))
                call_id = call_id_of(message.get("call_id", self._call_id))
                return [Started(self._rate, call_id)]
            case "start":
                raise PeerError("wrong_order", "a second start")
            case "keys":
                return [keys_of(message.get("keys"))]
            case "hangup":
                return [Left()]
        raise PeerError("wrong_type", "a message other than start, keys, hangup")

    def binary(self, data: bytes) -> list[Received]:
        if self._rate is None:
            raise PeerError("wrong_order", "audio before the start")
        return [linear(data, self._rate)]

    def started(self, call_id: str, rate: int) -> list[Sent]:
        return [_message("started", call_id=call_id, rate=rate)]

    def sound(self, samples: Pcm) -> list[Sent]:
        return [samples.astype("<i2", copy=False).tobytes()]

    def clear(self) -> list[Sent]:
        return [_message("clear")]

    def event(self, event: CallEvent) -> list[Sent]:
        match event:
            case Guess(text=text):
                return [_message("transcript", who="caller", text=text, final=False)]
            case Answer(turn=turn):
                said = (("caller", turn.heard), ("assistant", turn.said))
                words = [_message("transcript", who=w, text=t, final=True) for w, t in said if t]
                return [*words, _message("turn", **turn.to_json())]
            case Ended(outcome=outcome):
                return [_message("ended", outcome=outcome.kind, target=outcome.target)]
        state = _STATES.get(type(event))
        return [] if state is None else [_message("state", state=state)]

    def refused(self, error: PeerError) -> list[Sent]:
        return [_message("error", reason=error.reason, detail=error.detail)]

    def hang_up(self) -> list[Sent]:
        return []


def _message(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)
