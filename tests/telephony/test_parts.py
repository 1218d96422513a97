"""Clock, player, recorder and recorded caller: the small parts that a call stands on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asr.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE
from telephony.clock import FastClock
from telephony.errors import TelephonyError
from telephony.player import Player
from telephony.recorded import RecordedCaller
from telephony.recorder import Recorder
from tts.synthesizer import OUTPUT_RATE


def test_all_rooms_speak_of_the_same_audio() -> None:
    assert OUTPUT_RATE == SAMPLE_RATE
    assert FRAME_SAMPLES == SAMPLE_RATE * FRAME_S


async def test_fast_time_flies_while_nobody_works() -> None:
    clock, began = FastClock(), time.monotonic()
    await clock.drive(lambda: False, until(clock, 60))
    assert clock.now() == pytest.approx(60, abs=2 * FRAME_S)
    assert time.monotonic() - began < 30


async def test_fast_time_is_real_while_an_engine_works() -> None:
    clock, began = FastClock(), time.monotonic()
    await clock.drive(lambda: True, until(clock, 10 * FRAME_S))
    assert time.monotonic() - began >= 9 * FRAME_S


def until(clock: FastClock, seconds: float) -> asyncio.Task[None]:
    async def wait() -> None:
        while clock.now() < seconds:  # noqa: ASYNC110 - its time has no timers
            await asyncio.sleep(0)

    return asyncio.create_task(wait())


@given(st.lists(st.integers(0, 1000), max_size=20))
def test_whatever_the_chunks_the_player_gives_every_sample_in_order(sizes: list[int]) -> None:
    samples = np.arange(1, sum(sizes) + 1).astype(np.int16)
    player = Player()
    at = 0
    for size in sizes:
        player.push(samples[at : at + size])
        at += size
    frames = []
    while not player.empty:
        frames.append(player.next_frame())
    played = np.concatenate(frames) if frames else np.zeros(0, np.int16)
    assert all(frame.shape == (FRAME_SAMPLES,) for frame in frames)
    np.testing.assert_array_equal(played[: len(samples)], samples)
    assert not played[len(samples) :].any()
    assert not player.next_frame().any()


def test_a_held_prompt_goes_on_from_where_it_was_without_a_click() -> None:
    player = Player()
    player.push(np.full(FRAME_SAMPLES * 4, 1000, np.int16))
    assert (player.next_frame() == 1000).all()
    player.hold()
    fading = player.next_frame()
    assert fading[0] == 1000
    assert fading[-1] == 0
    assert not player.next_frame().any()
    assert player.left_s == pytest.approx(3 * FRAME_S)
    player.release()
    rising = player.next_frame()
    assert rising[0] == 0
    assert rising[-1] == 1000
    assert (player.next_frame() == 1000).all()
    assert (player.next_frame() == 1000).all()
    assert player.empty


def test_a_prompt_that_is_held_before_it_begins_is_heard_whole() -> None:
    player = Player()
    player.hold()
    player.push(np.full(FRAME_SAMPLES * 2, 1000, np.int16))
    assert not player.next_frame().any()
    player.release()
    player.next_frame()
    assert (player.next_frame() == 1000).all()
    assert player.empty


def test_recorded_caller_speaks_in_turn_and_hangs_up() -> None:
    turn = np.full(320, 1000, np.int16)
    caller = RecordedCaller([turn, turn])
    assert not caller.read().frames[0].any()
    for _ in range(2):
        caller.give_floor()
        heard = np.concatenate([caller.read().frames[0] for _ in range(40)])
        assert (heard == 1000).sum() == 320
    caller.give_floor()
    assert caller.read().hung_up


def test_recording_has_the_caller_left_and_the_assistant_right(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.add((np.full(160, 100, np.int16),), [np.full(160, -200, np.int16)])
    recorder.add((), [np.full(160, -200, np.int16)])
    recorder.write(tmp_path / "call.wav")
    samples, rate = soundfile.read(tmp_path / "call.wav", dtype="int16")
    assert rate == 8000
    assert samples.shape == (320, 2)
    assert set(samples[:160, 0]) == {100}
    assert set(samples[160:, 0]) == {0}
    assert set(samples[:, 1]) == {-200}


def test_recording_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.add((), [np.zeros(160, np.int16)])
    with pytest.raises(TelephonyError, match="--out"):
        recorder.write(tmp_path / "missing" / "call.wav")
    assert list(tmp_path.iterdir()) == []
