"""One call's ear: signals, the utterance's audio, where it lies, and how noisy the line is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.audio import FRAME_SAMPLES, SAMPLE_RATE, Pcm
from asr.detectors import make_detector
from asr.endpoint import Expectation, Signal
from asr.endpointing import ByExpectation, FixedSilence
from asr.level import NoiseFloor, level_dbfs, levels_dbfs, snr_db
from asr.listener import Listener, ListenerSettings
from asr.transcribe import frames
from bench.audio import add_noise, line_noise, pink, to_pcm, to_signal
from tests.asr.conftest import recording


class LoudIsSpeech:
    """Speech is what is loud: makes every test of the listener exact."""

    name = "loud"

    def are_speech(self, frames: Sequence[Pcm]) -> list[bool]:
        return [self.is_speech(frame) for frame in frames]

    def is_speech(self, frame: Pcm) -> bool:
        return bool(np.abs(frame).max() > 1000)

    def reset(self) -> None:
        pass


def sound(pattern: Iterable[tuple[int, int]]) -> Pcm:
    """Frames numbered in their first sample: (how many, loudness) after each other."""
    total: list[Pcm] = []
    for count, loudness in pattern:
        for _ in range(count):
            frame = np.full(FRAME_SAMPLES, loudness, np.int16)
            frame[1::2] = -loudness
            frame[0] = len(total) + 1
            total.append(frame)
    return np.concatenate(total)


def numbers(samples: Pcm) -> list[int]:
    """Which frames are in `samples`, counted from 1."""
    return [int(number) for number in samples[::FRAME_SAMPLES]]


def listen(listener: Listener, samples: Pcm) -> list[Signal]:
    signals = [listener.accept(frame) for frame in frames(samples)]
    return [signal for signal in signals if signal is not None]


@pytest.fixture
def listener() -> Listener:
    return Listener(LoudIsSpeech(), FixedSilence(400))


def test_utterance_has_pre_roll_speech_and_trailing_silence(listener: Listener) -> None:
    came = listen(listener, sound([(50, 10), (30, 5000), (40, 10)]))
    assert came == [Signal.STARTED, Signal.MAYBE_END, Signal.END]
    assert numbers(listener.samples) == list(range(50 - 15 + 1, 50 + 30 + 20 + 1))
    assert listener.speech == (1.0, 1.6)
    assert listener.speech_s == pytest.approx(0.6)
    assert not listener.speaking


def test_pre_roll_cannot_reach_before_the_call(listener: Listener) -> None:
    listen(listener, sound([(3, 10), (30, 5000), (40, 10)]))
    assert numbers(listener.samples)[0] == 1
    assert listener.speech == (0.06, 0.66)


def test_start_interrupted_by_a_stop_consonant_counts_from_its_first_frame(
    listener: Listener,
) -> None:
    listen(listener, sound([(50, 10), (2, 5000), (3, 10), (20, 5000), (40, 10)]))
    assert listener.speech == (1.0, 1.5)


def test_new_samples_are_given_once_and_nothing_is_missed(listener: Listener) -> None:
    taken = []
    for frame in frames(sound([(50, 10), (30, 5000), (40, 10)])):
        listener.accept(frame)
        taken.append(listener.take_new_samples())
    np.testing.assert_array_equal(np.concatenate(taken), listener.samples)
    assert len(listener.take_new_samples()) == 0


def test_without_speech_there_is_nothing(listener: Listener) -> None:
    assert listen(listener, sound([(500, 10)])) == []
    assert listener.speech is None
    assert listener.snr_db is None
    assert len(listener.samples) == len(listener.take_new_samples()) == 0
    assert listener.position_s == pytest.approx(10.0)


def test_next_utterance_replaces_the_last_one(listener: Listener) -> None:
    listen(listener, sound([(50, 10), (30, 5000), (40, 10)]))
    listen(listener, sound([(10, 10), (20, 6000), (40, 10)]))
    assert listener.speech == (2.6, 3.0)
    assert len(listener.samples) == (15 + 20 + 20) * FRAME_SAMPLES


def test_pre_roll_does_not_repeat_the_utterance_before(listener: Listener) -> None:
    listen(listener, sound([(50, 10), (30, 5000), (20, 10)]))
    first_end = numbers(listener.samples)[-1]
    listen(listener, sound([(100, 10), (30, 5000), (40, 10)])[100 * FRAME_SAMPLES :])
    assert first_end not in numbers(listener.samples)


def test_expecting_anew_drops_what_was_heard(listener: Listener) -> None:
    listen(listener, sound([(50, 10), (30, 5000)]))
    assert listener.speaking
    listener.expect(Expectation.YES_NO)
    assert not listener.speaking
    assert listener.speech is None
    assert len(listener.samples) == 0


def test_guess_that_ends_the_turn_ends_it_here_too() -> None:
    listener = Listener(LoudIsSpeech(), ByExpectation())
    listener.expect(Expectation.YES_NO)
    listen(listener, sound([(50, 10), (30, 5000), (11, 10)]))
    assert listener.speaking
    assert listener.guess("да") is Signal.END
    assert not listener.speaking
    assert listener.speech == (1.0, 1.6)


def test_endless_speech_is_cut_and_goes_on_in_the_next_utterance() -> None:
    listener = Listener(LoudIsSpeech(), ByExpectation())
    came = listen(listener, sound([(5, 10), (1100, 5000)]))
    assert came == [Signal.STARTED, Signal.TOO_LONG, Signal.STARTED]


def test_memory_is_bounded_by_the_turn() -> None:
    listener = Listener(LoudIsSpeech(), ByExpectation())
    loud = np.full(FRAME_SAMPLES, 5000, np.int16)
    longest = 0
    for _ in range(5000):
        listener.accept(loud)
        longest = max(longest, len(listener.samples) // FRAME_SAMPLES if _ % 50 == 0 else 0)
    assert longest <= (20_000 + 600) // 20


@pytest.mark.parametrize("detector", ["webrtc", "silero"])
@pytest.mark.parametrize("ratio", [5, 10, 15, 20, 30])
def test_snr_is_close_to_that_of_a_known_mix(
    detector: str, ratio: int, request: pytest.FixtureRequest
) -> None:
    rng = np.random.default_rng(ratio)
    weights = request.getfixturevalue("silero_weights")
    speech = np.concatenate(
        [line_noise(2 * SAMPLE_RATE, rng, -80), to_signal(recording("phrases/ct_scan.flac"))]
    )
    noisy = to_pcm(add_noise(speech, pink(len(speech), rng), ratio) * 0.5)
    listener = Listener(make_detector(detector, weights), FixedSilence(5000))
    listen(listener, noisy)
    assert listener.snr_db == pytest.approx(ratio, abs=4)


def test_snr_of_frame_levels() -> None:
    assert snr_db([-20.0] * 10, [-40.0] * 10) == pytest.approx(19.96, abs=0.05)
    assert snr_db([-20.0], [-96.0]) == 60.0
    assert snr_db([-40.0], [-40.0]) == -10.0
    assert snr_db([], [-40.0]) is snr_db([-20.0], []) is None


def test_level_is_relative_to_full_scale() -> None:
    full = np.tile(np.array([32767, -32767], np.int16), 80)
    assert level_dbfs(full) == pytest.approx(0, abs=0.01)
    assert level_dbfs(np.zeros(160, np.int16)) == level_dbfs(np.zeros(0, np.int16)) == -96
    assert level_dbfs(np.full(160, 9000, np.int16)) == -96  # a DC offset is silent


def test_levels_of_many_frames_are_those_of_each() -> None:
    rng = np.random.default_rng(122)
    some = [(rng.normal(0, 4.0**n, 160) + 300 * n).astype(np.int16) for n in range(7)]
    assert levels_dbfs(some) == pytest.approx([level_dbfs(frame) for frame in some], abs=1e-6)
    assert levels_dbfs([]) == []


def test_frames_heard_together_are_heard_as_one_by_one() -> None:
    samples = sound([(30, 10), (40, 5000), (9, 10), (50, 5000), (60, 10)])
    one, other = (Listener(LoudIsSpeech(), FixedSilence(400)) for _ in range(2))
    signals, taken = [], [np.zeros(0, np.int16)]
    left = [*frames(samples)]
    while left:
        now = left[: other.next_signal]
        del left[: len(now)]
        came = [*other.hear(now)]
        assert came[:-1] == [None] * (len(now) - 1)  # nothing was due before the last of them
        signals += came
        taken.append(other.take_new_samples())
    assert signals == [one.accept(frame) for frame in frames(samples)]
    np.testing.assert_array_equal(np.concatenate(taken), one.samples)
    assert (other.speech, other.speech_s, other.snr_db) == (one.speech, one.speech_s, one.snr_db)


@given(st.lists(st.floats(-96, 0), min_size=1, max_size=200))
def test_noise_floor_is_the_lowest_smoothed_level_of_its_window(levels: list[float]) -> None:
    floor, smoothed = NoiseFloor(window_ms=400, smoothing=0.5), []
    found = floor.update(levels[:100]) + floor.update(levels[100:])
    for level, lowest in zip(levels, found, strict=True):
        before = smoothed[-1] if smoothed else level
        smoothed.append(0.5 * before + 0.5 * level)
        assert lowest == min(smoothed[-20:])


@pytest.mark.parametrize(
    "broken", [lambda: ListenerSettings(pre_roll_ms=-1), lambda: ListenerSettings(noise_ms=0)]
)
def test_settings_that_make_no_sense_are_refused(broken: object) -> None:
    assert callable(broken)
    with pytest.raises(ValueError, match="_ms is"):
        broken()


def test_what_is_not_a_frame_is_refused(listener: Listener) -> None:
    with pytest.raises(ValueError, match="a frame is int16"):
        listener.accept(np.zeros(161, np.int16))


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from([10, 5000])), max_size=12))
def test_utterances_lie_in_the_call_and_never_overlap(pattern: list[tuple[int, int]]) -> None:
    listener = Listener(LoudIsSpeech(), FixedSilence(300))
    last_end = 0.0
    for frame in frames(sound(pattern)) if pattern else ():
        if listener.accept(frame) is Signal.END:
            assert listener.speech is not None
            start, end = listener.speech
            assert last_end <= start < end <= listener.position_s
            last_end = end


@given(st.binary(max_size=2000))
def test_framing_loses_nothing(data: bytes) -> None:
    samples = np.frombuffer(data[: len(data) // 2 * 2], np.int16)
    cut = [*frames(samples)]
    assert all(frame.shape == (FRAME_SAMPLES,) and frame.dtype == np.int16 for frame in cut)
    joined = np.concatenate([*cut, np.zeros(0, np.int16)])
    np.testing.assert_array_equal(joined[: len(samples)], samples)
    assert not joined[len(samples) :].any()
    assert len(joined) - len(samples) < FRAME_SAMPLES
