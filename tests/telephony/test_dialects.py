"""Dialects of WebSocket peers: messages as the peers document them, and everything else refused."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from telephony.dialects import mulaw
from telephony.dialects.asterisk import AsteriskWebSocket
from telephony.dialects.dialect import Congested, Dialect, KeysPressed, Left, Sound, Started
from telephony.dialects.jambonz import Jambonz
from telephony.dialects.plain import Plain
from telephony.dialects.twilio import Twilio
from telephony.errors import PeerError
from telephony.events import Answer, Ended, Guess, Held, Listening
from telephony.turn import Outcome, Turn

TONE = np.arange(-160, 160).astype(np.int16)

STARTS = {
    "plain": (Plain, {"type": "start", "rate": 16000, "call_id": "A-1"}, 16000),
    "asterisk": (
        lambda: AsteriskWebSocket("A-1"),
        {
            "event": "MEDIA_START",
            "connection_id": "media_connection1",
            "channel": "WebSocket/voice122/0x1",
            "channel_id": "pbx-1",
            "format": "slin16",
            "optimal_frame_size": 640,
            "ptime": 20,
            "channel_variables": {},
        },
        16000,
    ),
    "jambonz": (
        Jambonz,
        {"callSid": "A-1", "sampleRate": 16000, "mixType": "mono", "from": "+79990001122"},
        16000,
    ),
    "twilio": (
        Twilio,
        {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": "MZ1",
            "start": {
                "streamSid": "MZ1",
                "accountSid": "AC1",
                "callSid": "A-1",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            },
        },
        8000,
    ),
}


def started(name: str) -> Dialect:
    make, start, _ = STARTS[name]
    dialect: Dialect = make()
    dialect.text(json.dumps(start))
    return dialect


@pytest.mark.parametrize("name", STARTS)
def test_a_peer_says_which_call_it_carries(name: str) -> None:
    make, start, rate = STARTS[name]
    assert make().text(json.dumps(start)) == [Started(rate, "a-1")]


@pytest.mark.parametrize("name", ["plain", "asterisk", "jambonz"])
def test_audio_is_plain_pcm_both_ways(name: str) -> None:
    dialect = started(name)
    (sound,) = dialect.binary(TONE.tobytes())
    assert isinstance(sound, Sound)
    np.testing.assert_array_equal(sound.samples, TONE)
    assert dialect.sound(TONE) == [TONE.tobytes()]


def test_twilio_sends_and_gets_mu_law_in_base64() -> None:
    dialect = started("twilio")
    payload = base64.b64encode(mulaw.encode(TONE)).decode()
    (sound,) = dialect.text(json.dumps({"event": "media", "media": {"payload": payload}}))
    assert isinstance(sound, Sound)
    assert np.abs(sound.samples - TONE).max() <= 8
    (message,) = dialect.sound(TONE)
    assert json.loads(message) == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": payload},
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plain", {"type": "keys", "keys": "5"}),
        ("asterisk", {"event": "DTMF_END", "digit": "5", "channel_id": "pbx-1"}),
        ("jambonz", {"event": "dtmf", "dtmf": "5", "duration": "1600"}),
        ("twilio", {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "5"}}),
    ],
)
def test_keys_come_in_every_dialect(name: str, message: object) -> None:
    assert started(name).text(json.dumps(message)) == [KeysPressed("5")]


@pytest.mark.parametrize(
    ("name", "message"),
    [("plain", {"type": "hangup"}), ("twilio", {"event": "stop", "stop": {}})],
)
def test_some_say_that_the_caller_left(name: str, message: object) -> None:
    assert started(name).text(json.dumps(message)) == [Left()]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("asterisk", {"event": "QUEUE_DRAINED"}),
        ("asterisk", {"event": "WHATEVER_COMES"}),
        ("jambonz", {"type": "playDone"}),
        ("twilio", {"event": "connected", "protocol": "Call", "version": "1.0.0"}),
        ("twilio", {"event": "mark", "mark": {"name": "x"}}),
    ],
)
def test_what_does_not_matter_is_ignored(name: str, message: object) -> None:
    assert started(name).text(json.dumps(message)) == []


def test_a_full_queue_at_asterisk_is_flushed() -> None:
    dialect = started("asterisk")
    assert dialect.text(json.dumps({"event": "MEDIA_XOFF"})) == [Congested()]


@pytest.mark.parametrize(
    ("name", "started_by", "clear", "hang_up"),
    [
        ("plain", {"type": "started", "call_id": "a-1", "rate": 8000}, {"type": "clear"}, None),
        ("asterisk", {"command": "ANSWER"}, {"command": "FLUSH_MEDIA"}, {"command": "HANGUP"}),
        ("jambonz", None, {"type": "killAudio"}, {"type": "disconnect"}),
        ("twilio", None, {"event": "clear", "streamSid": "MZ1"}, None),
    ],
)
def test_commands_are_those_of_the_peer(
    name: str, started_by: object, clear: object, hang_up: object
) -> None:
    dialect = started(name)
    for sent, expected in (
        (dialect.started("a-1", 8000), started_by),
        (dialect.clear(), clear),
        (dialect.hang_up(), hang_up),
    ):
        assert [json.loads(message) for message in sent] == ([expected] if expected else [])
        if name == "asterisk":
            assert all(len(message) <= 128 for message in sent)


def test_a_browser_sees_what_happens() -> None:
    dialect = Plain()
    seen = [
        json.loads(message)
        for event in (
            Listening(1.0),
            Guess(2.0, "как"),
            Held(2.0, 120.0),
            Answer(3.0, Turn(1, heard="как дела")),
            Ended(4.0, Outcome("handed_over", "general")),
        )
        for message in dialect.event(event)
    ]
    assert [message["type"] for message in seen] == [
        "state", "transcript", "state", "transcript", "turn", "ended"
    ]  # fmt: skip
    assert seen[0]["state"] == "listening"
    assert seen[1] == {"type": "transcript", "who": "caller", "text": "как", "final": False}
    assert seen[4]["heard"] == "как дела"
    assert seen[5] == {"type": "ended", "outcome": "handed_over", "target": "general"}


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 5000, "{}" * 9000, '{"type": 1}', '{"event": null}'],
)
def test_what_is_no_message_is_refused_before_the_start(name: str, text: str) -> None:
    make: Callable[[], Dialect] = STARTS[name][0]
    if name == "jambonz" and text.startswith('{"'):
        return  # its first message may be any object
    with pytest.raises(PeerError):
        make().text(text)


@pytest.mark.parametrize("name", STARTS)
def test_audio_before_the_start_is_refused(name: str) -> None:
    with pytest.raises(PeerError):
        STARTS[name][0]().binary(b"\0\0")


@pytest.mark.parametrize("name", ["plain", "asterisk", "jambonz"])
@pytest.mark.parametrize("data", [b"\0", bytes(65_000)])
def test_half_samples_and_oversized_audio_are_refused(name: str, data: bytes) -> None:
    with pytest.raises(PeerError):
        started(name).binary(data)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plain", {"type": "start", "rate": 8000}),
        ("plain", {"type": "keys", "keys": "x"}),
        ("plain", {"type": "keys", "keys": 12}),
        ("plain", {"type": "unknown"}),
        ("asterisk", {"event": "MEDIA_START", "format": "slin"}),
        ("asterisk", {"event": "ERROR"}),
        ("twilio", {"event": "media", "media": {"payload": "%%%"}}),
        ("twilio", {"event": "media", "media": {"payload": "ключ"}}),
        (
            "twilio",
            {"event": "media", "media": {"payload": base64.b64encode(bytes(9000)).decode()}},
        ),
        ("twilio", {"event": "media"}),
        ("twilio", {"event": "start"}),
    ],
)
def test_wrong_messages_are_refused(name: str, message: object) -> None:
    with pytest.raises(PeerError):
        started(name).text(json.dumps(message))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Plain, {"type": "start", "rate": 44100}),
        (Plain, {"type": "start", "rate": True}),
        (Plain, {"type": "start", "rate": 8000, "call_id": "../etc"}),
        (AsteriskWebSocket, {"event": "MEDIA_START", "format": "opus"}),
        (Jambonz, {"sampleRate": 8000, "mixType": "stereo"}),
        (Twilio, {"event": "start", "start": {"streamSid": ""}}),
        (Twilio, {"event": "start", "start": {"streamSid": "1", "mediaFormat": 1}}),
    ],
)
def test_wrong_starts_are_refused(make: Callable[[], Dialect], message: object) -> None:
    with pytest.raises(PeerError):
        make().text(json.dumps(message))


def test_mu_law_is_that_of_everybody_else() -> None:
    codes = bytes(range(256))
    raw = {"samplerate": 8000, "channels": 1, "format": "RAW", "subtype": "ULAW"}
    theirs, _ = soundfile.read(io.BytesIO(codes), dtype="int16", **raw)
    np.testing.assert_array_equal(mulaw.decode(codes), theirs)
    zeros = {0x7F, 0xFF}  # minus zero and zero
    again = mulaw.encode(mulaw.decode(codes))
    assert all(a == b or {a, b} <= zeros for a, b in zip(codes, again, strict=True))


@given(st.integers(-32_768, 32_767))
def test_mu_law_is_as_exact_as_it_promises(sample: int) -> None:
    back = int(mulaw.decode(mulaw.encode(np.array([sample], np.int16)))[0])
    assert abs(back - max(-32_635, min(sample, 32_635))) <= (abs(sample) + 132) // 32 + 1
