"""Every detector hears speech and is deaf to what a line has besides it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asr.audio import FRAME_S, SAMPLE_RATE, Pcm
from asr.detectors import make_detector
from asr.endpointing import ByExpectation
from asr.errors import AsrError
from asr.level import level_dbfs
from asr.transcribe import frames
from asr.vad import VoiceDetector
from asr.vad_silero import SileroDetector, SileroSettings
from asr.vad_webrtc import ToneCheck, WebRtcSettings
from tests.asr.conftest import recording

RNG = np.random.default_rng(122)
SECONDS = np.arange(6 * SAMPLE_RATE) / SAMPLE_RATE


@pytest.fixture(params=["webrtc", "silero"])
def detector(request: pytest.FixtureRequest, silero_weights: Path) -> VoiceDetector:
    return make_detector(request.param, silero_weights)


def verdicts(detector: VoiceDetector, samples: Pcm) -> list[bool]:
    return [detector.is_speech(frame) for frame in frames(samples)]


def test_name_is_that_of_the_settings(detector: VoiceDetector, silero_weights: Path) -> None:
    assert make_detector(detector.name, silero_weights).name == detector.name


@pytest.mark.parametrize(
    ("phrase", "start_s", "end_s"),
    [("covid", 0.44, 2.77), ("yes", 0.71, 0.94), ("despair", 0.49, 2.15), ("gas", 0.58, 2.19)],
)
def test_speech_is_found_where_it_is(
    detector: VoiceDetector, phrase: str, start_s: float, end_s: float
) -> None:
    heard = np.flatnonzero(verdicts(detector, recording(f"phrases/{phrase}.flac"))) * FRAME_S
    assert heard[0] == pytest.approx(start_s, abs=0.16)
    assert heard[-1] == pytest.approx(end_s, abs=0.2)
    assert len(heard) * FRAME_S > 0.6 * (end_s - start_s)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(6 * SAMPLE_RATE), id="digital silence"),
        pytest.param(np.full(6 * SAMPLE_RATE, 700.0), id="DC offset"),
        pytest.param(RNG.normal(0, 30, 6 * SAMPLE_RATE), id="hiss at -60 dBFS"),
        pytest.param(RNG.normal(0, 1000, 6 * SAMPLE_RATE), id="loud steady noise"),
        pytest.param(
            sum(2000 / k * np.sin(2 * np.pi * 50 * k * SECONDS) for k in range(1, 20)), id="hum"
        ),
        pytest.param(3000 * np.sin(2 * np.pi * 425 * SECONDS), id="dial tone"),
        pytest.param(
            3000 * np.sin(2 * np.pi * 425 * SECONDS) * (SECONDS % 0.7 < 0.35), id="busy tone"
        ),
        pytest.param(
            3000
            * (np.sin(2 * np.pi * 770 * SECONDS) + np.sin(2 * np.pi * 1336 * SECONDS))
            * (SECONDS % 0.3 < 0.12),
            id="DTMF",
        ),
    ],
)
def test_no_speech_where_nobody_speaks(detector: VoiceDetector, sound: Pcm) -> None:
    heard = verdicts(detector, np.asarray(sound).astype(np.int16))
    assert sum(heard) <= 0.1 * len(heard)
    endpointing = ByExpectation()
    signals = [endpointing.accept(speech) for speech in heard[len(heard) // 4 :]]
    assert set(signals) == {None}  # at the latest then, no turn begins any more


@pytest.mark.parametrize("name", ["line_noise", "digital_zero", "hum"])
def test_recorded_idle_lines_hold_no_speech(detector: VoiceDetector, name: str) -> None:
    assert sum(verdicts(detector, recording(f"not_speech/{name}.flac"))) <= 3


def test_speech_is_heard_after_long_silence_and_noise(detector: VoiceDetector) -> None:
    noise = RNG.normal(0, 60, 20 * SAMPLE_RATE).astype(np.int16)
    assert sum(verdicts(detector, noise)) <= 10
    assert sum(verdicts(detector, recording("phrases/covid.flac"))) > 60


@pytest.mark.parametrize(
    "frame", [np.zeros(80, np.int16), np.zeros(160, np.float32), np.zeros((160, 1), np.int16)]
)
def test_what_is_not_a_frame_is_refused(detector: VoiceDetector, frame: Pcm) -> None:
    with pytest.raises(ValueError, match="a frame is int16"):
        detector.is_speech(frame)


def test_reset_forgets_everything(detector: VoiceDetector) -> None:
    samples = recording("phrases/despair.flac")
    first = verdicts(detector, samples)
    verdicts(detector, RNG.normal(0, 3000, SAMPLE_RATE).astype(np.int16))
    detector.reset()
    assert verdicts(detector, samples) == first


def test_frames_given_together_get_the_same_verdicts(detector: VoiceDetector) -> None:
    said = [recording(f"phrases/{name}.flac") for name in ("despair", "covid", "yes")]
    key = sum(6000 * np.sin(2 * np.pi * f * np.arange(4000) / SAMPLE_RATE) for f in (697, 1209))
    noise = RNG.normal(0, 60, 3 * SAMPLE_RATE)
    samples = np.concatenate([said[0], noise, key, said[1], key, noise * 20, said[2]])
    cut = [*frames(samples.astype(np.int16))]
    alone = [detector.is_speech(frame) for frame in cut]
    detector.reset()
    together: list[bool] = []
    while len(together) < len(cut):
        count = int(RNG.integers(1, 9))
        together += detector.are_speech(cut[len(together) : len(together) + count])
    assert together == alone


def test_two_calls_do_not_disturb_each_other(silero_weights: Path) -> None:
    samples = recording("phrases/despair.flac")
    alone = verdicts(make_detector("silero", silero_weights), samples)
    one, other = (make_detector("silero", silero_weights) for _ in range(2))
    side_by_side = []
    for frame in frames(samples):
        side_by_side.append(one.is_speech(frame))
        other.is_speech(np.zeros(160, np.int16))
    assert side_by_side == alone


def test_gate_shuts_out_noise_that_the_plain_detector_takes_for_speech() -> None:
    noise = RNG.normal(0, 1000, 6 * SAMPLE_RATE).astype(np.int16)
    assert sum(verdicts(make_detector("webrtc-plain"), noise)) > sum(
        verdicts(make_detector("webrtc"), noise)
    )


def test_tone_is_known_by_its_second_whole_frame_wherever_it_begins() -> None:
    tone = list(frames((3000 * np.sin(2 * np.pi * 425 * SECONDS[:640])).astype(np.int16)))
    vowel = list(frames(recording("phrases/yes.flac")))[40:44]
    for before in range(5):
        check = ToneCheck()
        assert not any(check.is_tone(frame) for frame in vowel[:before])
        assert [check.is_tone(frame) for frame in tone] == [False, False, True, True]


@pytest.mark.parametrize("at", range(40, 60))
def test_tone_that_breaks_into_speech_is_no_speech_soon(at: int) -> None:
    speech = list(frames(recording("phrases/opening_hours.flac")))[:at]
    tone = list(frames((3000 * np.sin(2 * np.pi * 425 * SECONDS[:4800])).astype(np.int16)))
    detector = make_detector("webrtc")
    heard = [detector.is_speech(frame) for frame in [*speech, *tone]]
    assert not any(heard[at + 8 :])


DTMF = [(low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477, 1633)]
SIGNALS = [(425, 0), (450, 0), (350, 440), (480, 620), (1100, 0), (2100, 0), (1400, 0)]


@pytest.mark.parametrize(("one", "other"), DTMF + SIGNALS)
@pytest.mark.parametrize("amiss", [-0.015, 0.0, 0.015])
def test_every_signal_of_a_telephone_network_is_a_tone(one: int, other: int, amiss: float) -> None:
    turns = 2 * np.pi * (1 + amiss) * SECONDS[:3200]
    sound = 3000 * np.sin(one * turns) + (3000 * np.sin(other * turns) if other else 0.0)
    check = ToneCheck()
    assert all([check.is_tone(frame) for frame in frames(sound.astype(np.int16))][2:])


@pytest.mark.parametrize("phrase", ["summons", "cancel", "yes"])
def test_word_that_begins_with_a_hum_is_heard_from_its_beginning(phrase: str) -> None:
    samples = recording(f"phrases/{phrase}.flac")
    heard = verdicts(make_detector("webrtc"), samples)
    loud = next(n for n, frame in enumerate(frames(samples)) if level_dbfs(frame) > -42)
    assert all(heard[loud : loud + 8])


@pytest.mark.parametrize("pitch", [90, 120, 160, 220, 300])
def test_two_harmonics_of_a_voice_are_no_tone(pitch: int) -> None:
    """What the telephone band leaves of "м" and "н"."""
    low = -(-250 // pitch)
    turns = 2 * np.pi * pitch * SECONDS[:3200]
    hum = 4000 * np.sin(low * turns) + 2000 * np.sin((low + 1) * turns)
    check = ToneCheck()
    assert not any(check.is_tone(frame) for frame in frames(hum.astype(np.int16)))


def test_vowel_is_not_a_tone() -> None:
    check = ToneCheck()
    tones = [check.is_tone(frame) for frame in frames(recording("phrases/yes.flac"))]
    assert sum(tones) <= 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: make_detector("psychic"), "no voice detector 'psychic'; there are: webrtc"),
        (lambda path: make_detector("silero"), "models fetch silero-vad"),
        (lambda path: make_detector("silero", path / "none.onnx"), "no such file; fetch it"),
        (lambda path: SileroDetector(Path(__file__)), "not an ONNX model; fetch"),
    ],
)
def test_missing_or_broken_weights_say_what_to_do(
    make: Callable[[Path], VoiceDetector], message: str, tmp_path: Path
) -> None:
    with pytest.raises(AsrError, match=message):
        make(tmp_path)


def test_other_onnx_model_is_refused(tone_directory: Path) -> None:
    with pytest.raises(AsrError, match="not Silero VAD"):
        SileroDetector(tone_directory / "model.onnx")


@pytest.mark.parametrize(
    "broken",
    [
        lambda: WebRtcSettings(mode=4),
        lambda: WebRtcSettings(gate_db=-1),
        lambda: WebRtcSettings(hangover_ms=30),
        lambda: SileroSettings(begin=0.3, keep=0.5),
    ],
)
def test_settings_that_make_no_sense_are_refused(broken: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"mode|gate_db|hangover_ms|keep"):
        broken()
