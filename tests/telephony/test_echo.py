"""The assistant's own voice coming back, by real speech: it is no caller, and a caller is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asr.audio import FRAME_SAMPLES, Pcm
from asr.detectors import make_detector
from asr.files import read_recording
from telephony.echo import EchoGate

AUDIO = Path(__file__).parents[1] / "audio"
SILENT = np.zeros(FRAME_SAMPLES, np.int16)


def spoken(name: str) -> Pcm:
    samples = read_recording(AUDIO / name)
    return samples[: len(samples) - len(samples) % FRAME_SAMPLES]


PROMPT = np.concatenate([spoken("phrases/opening_hours.flac"), spoken("phrases/passport.flac")])
CALLER = spoken("operator/1.flac")


def line(far: Pcm, echo_of: Pcm, delay_ms: int, loss_db: float, seed: int = 1) -> Pcm:
    """What comes from the far end: a caller, the echo of what is played, some noise."""
    echo = np.concatenate([np.zeros(delay_ms * 8), echo_of])[: len(echo_of)] / 10 ** (loss_db / 20)
    # A hall smears it.
    echo = np.convolve(echo, [1.0, 0.0, 0.4, 0.0, 0.0, -0.2], "full")[: len(echo_of)]
    caller = np.zeros(len(echo_of))
    caller[: len(far)] = far[: len(echo_of)]
    noise = np.random.default_rng(seed).normal(0, 15, len(echo_of))
    return (caller + echo + noise).clip(-32768, 32767).astype(np.int16)


def verdicts(detector: EchoGate, inbound: Pcm, played: Pcm) -> list[bool]:
    found = []
    for at in range(0, len(inbound), FRAME_SAMPLES):
        found.append(detector.is_speech(inbound[at : at + FRAME_SAMPLES]))
        detector.played(played[at : at + FRAME_SAMPLES])
    return found


def longest(found: list[bool]) -> int:
    """Frames of the longest run of speech."""
    runs = "".join("1" if each else "0" for each in found).split("0")
    return max(map(len, runs))


@pytest.mark.parametrize("delay_ms", [20, 90, 250, 480])
@pytest.mark.parametrize("loss_db", [12, 20, 30])
def test_its_own_voice_is_no_caller(delay_ms: int, loss_db: int) -> None:
    inbound = line(np.zeros(0, np.int16), PROMPT, delay_ms, loss_db)
    without = verdicts(EchoGate(make_detector("webrtc")), inbound, np.zeros_like(PROMPT))
    found = verdicts(EchoGate(make_detector("webrtc")), inbound, PROMPT)
    assert sum(found) <= 0.06 * max(sum(without), 100)
    assert longest(found) < 4  # 80 ms are a start of speech


@pytest.mark.parametrize("loss_db", [12, 20, 30])
def test_a_caller_who_speaks_over_it_is_heard(loss_db: int) -> None:
    silence = np.zeros_like(PROMPT)
    alone = verdicts(EchoGate(make_detector("webrtc")), line(CALLER, silence, 150, 0), silence)
    found = verdicts(EchoGate(make_detector("webrtc")), line(CALLER, PROMPT, 150, loss_db), PROMPT)
    speech = [heard for heard, spoken in zip(found, alone, strict=True) if spoken]
    assert sum(speech) >= 0.95 * len(speech)


@pytest.mark.parametrize("loss_db", [12, 20])
def test_frames_heard_together_are_told_apart_as_one_by_one(loss_db: int) -> None:
    inbound = line(CALLER, PROMPT, 150, loss_db)
    one_by_one = verdicts(EchoGate(make_detector("webrtc")), inbound, PROMPT)
    gate = EchoGate(make_detector("webrtc"))
    starts = range(0, len(inbound), FRAME_SAMPLES)
    heard, played = (
        [sound[at : at + FRAME_SAMPLES] for at in starts] for sound in (inbound, PROMPT)
    )
    together: list[bool] = []
    for at in range(0, len(heard), 5):
        for frame in played[at : at + 4]:  # the caller is heard before the fifth is played
            gate.played(frame)
        together += gate.are_speech(heard[at : at + 5])
        gate.played(played[min(at + 4, len(played) - 1)])
    assert together[: len(heard) // 5 * 5] == one_by_one[: len(heard) // 5 * 5]


def test_a_caller_is_heard_while_nothing_plays() -> None:
    silence = np.zeros_like(CALLER)
    plain, gated = make_detector("webrtc"), EchoGate(make_detector("webrtc"))
    frames = [CALLER[at : at + FRAME_SAMPLES] for at in range(0, len(CALLER), FRAME_SAMPLES)]
    assert verdicts(gated, CALLER, silence) == [plain.is_speech(frame) for frame in frames]


@pytest.mark.parametrize("ticks", range(1, 5))
def test_a_caller_is_heard_of_whom_more_came_than_was_played(ticks: int) -> None:
    """A busy process reads a call late that has just begun."""
    detector = EchoGate(make_detector("webrtc"))
    late = (0.5 * CALLER[24 * FRAME_SAMPLES :][: 16 * FRAME_SAMPLES]).astype(np.int16)
    prompt = PROMPT[40 * FRAME_SAMPLES :]
    for tick in range(ticks):
        detector.played(prompt[tick * FRAME_SAMPLES :][:FRAME_SAMPLES])
    assert any(detector.are_speech([*late.reshape(-1, FRAME_SAMPLES)]))
