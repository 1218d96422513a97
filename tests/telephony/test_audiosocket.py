"""AudioSocket, byte by byte: what Asterisk sends, and everything that nobody should send."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.audiosocket import (
    RATES,
    Audio,
    CallId,
    Decoder,
    HungUp,
    Key,
    Message,
    encode_audio,
    encode_hangup,
)
from telephony.errors import PeerError
from tests.telephony.asterisk_peer import call_id_message, message

CALL = "8f14e45f-ceea-467f-a83c-d1b8f6d9a3a1"
NAMED = call_id_message(CALL)


def test_a_call_as_asterisk_sends_it() -> None:
    stream = bytes.fromhex(
        "010010 8f14e45fceea467fa83cd1b8f6d9a3a1"  # the call's id
        "100004 0100 feff"  # two samples at 8 kHz
        "030001 35"  # key 5
        "120002 0080"  # one sample at 16 kHz
        "000000"  # hung up
    )
    call_id, audio, key, wide, gone = Decoder().feed(stream)
    assert call_id == CallId(CALL)
    assert isinstance(audio, Audio)
    assert (audio.samples.tolist(), audio.rate) == ([1, -2], 8000)
    assert key == Key("5")
    assert isinstance(wide, Audio)
    assert (wide.samples.tolist(), wide.rate) == ([-32768], 16000)
    assert gone == HungUp()


@given(st.lists(st.integers(1, 40)))
def test_wherever_the_network_cuts_the_messages_are_the_same(cuts: list[int]) -> None:
    stream = NAMED + message(0x10, b"\1\0" * 160) + message(0x03, b"#") + message(0x10)
    decoder, kinds, at = Decoder(), list[type[Message]](), 0
    for cut in [*cuts, len(stream)]:
        kinds += [type(each) for each in decoder.feed(stream[at : at + cut])]
        at += cut
    assert kinds == [CallId, Audio, Key, Audio]


FRAME = np.arange(-80, 80).astype(np.int16)


@pytest.mark.parametrize(
    ("before", "data", "frames"),
    [
        (NAMED, encode_audio(FRAME, 8000), 1),
        (NAMED + encode_audio(FRAME, 8000), encode_audio(FRAME, 8000), 1),
        (NAMED, encode_audio(FRAME, 8000) * 3, 3),
        (b"", encode_audio(FRAME, 8000), None),
        (NAMED, encode_audio(FRAME, 8000) + encode_audio(FRAME[:80], 8000) * 2, None),
        (NAMED, encode_audio(FRAME[:80], 16000), None),
        (NAMED, encode_audio(FRAME[:159], 8000) + b"\0\0", None),
        (NAMED + b"\x10", encode_audio(FRAME, 8000), None),
    ],
    ids=["one", "again", "three", "unnamed", "halves", "other rate", "other length", "inside"],
)
def test_whole_frames_are_told_at_a_glance(before: bytes, data: bytes, frames: int | None) -> None:
    decoder = Decoder()
    decoder.feed(before)
    found = decoder.usual_frames(data)
    assert (None if found is None else len(found)) == frames
    for frame in found or ():
        np.testing.assert_array_equal(frame, FRAME)


@pytest.mark.parametrize(("kind", "rate"), RATES.items())
def test_every_rate_goes_both_ways(kind: int, rate: int) -> None:
    samples = np.arange(rate // 50).astype(np.int16)
    decoder = Decoder()
    decoder.feed(NAMED)
    (audio,) = decoder.feed(encode_audio(samples, rate))
    assert isinstance(audio, Audio)
    assert audio.rate == rate
    np.testing.assert_array_equal(audio.samples, samples)
    assert encode_audio(samples, rate)[0] == kind


def test_hang_up_is_three_zero_bytes() -> None:
    assert encode_hangup() == b"\0\0\0"


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (message(0x10, b"\0\0"), "wrong_order"),
        (NAMED + NAMED, "wrong_order"),
        (message(0x01, b"short"), "malformed"),
        (NAMED + message(0x02), "wrong_type"),
        (NAMED + message(0x19, b"\0\0"), "wrong_type"),
        (b"GET / HTTP/1.1\r\n", "wrong_order"),
        (NAMED + message(0x03, b"x"), "malformed"),
        (NAMED + message(0x03), "malformed"),
        (NAMED + message(0x03, b"12"), "oversized"),
        (NAMED + message(0x10, b"\0"), "malformed"),
        (NAMED + message(0xFF, b"\1"), "peer_error"),
        (NAMED + b"\x10\xff\xff", "oversized"),
        (NAMED + message(0x00, b"\0"), "oversized"),
    ],
)
def test_what_is_not_the_protocol_is_refused(stream: bytes, reason: str) -> None:
    with pytest.raises(PeerError) as refused:
        Decoder().feed(stream)
    assert refused.value.reason == reason


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_no_bytes_do_more_than_that(parts: list[bytes]) -> None:
    decoder = Decoder()
    try:
        for part in [NAMED, *parts]:
            decoder.feed(part)
    except PeerError:
        pass
