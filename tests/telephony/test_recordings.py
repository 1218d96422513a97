"""Recordings: both sides in step, for their owner only, gone when their time or their words are."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import FRAME_SAMPLES, Pcm
from routing.store import Store
from telephony.recordings import Recorded, Recordings
from telephony.turn import Outcome
from tests.telephony.fakes import AT
from voice122.upkeep import forget_recordings

CALL = "0d7d6a1e-5c1e-4a57-9d51-6d1f0c2f3a4b"


def frame(value: int) -> Pcm:
    return np.full(FRAME_SAMPLES, value, np.int16)


def recordings(folder: Path, now: datetime = AT) -> Recordings:
    return Recordings(folder / "recordings", timedelta(days=14), lambda: now)


def recorded(folder: Path, seconds: float = 2.5, call_id: str = CALL) -> Path:
    kept = recordings(folder)
    recording = kept.begin(call_id)
    for _ in range(round(seconds * 50)):
        recording.add((frame(3),), [frame(-5)])
    recording.close()
    kept.close()
    return sorted((folder / "recordings").glob(f"{call_id}.*.wav"))[-1]


def said(store: Store, call_id: str) -> None:
    store.begin_call(call_id, AT)
    store.record_turn(call_id, 1, {"event": "CallStarted", "at": AT.isoformat()}, "{}", [])


def test_both_sides_are_kept_in_step(tmp_path: Path) -> None:
    kept = recordings(tmp_path)
    recording = kept.begin(CALL)
    for sent, ticks in (((frame(1),), 1), ((), 1), ((frame(2), frame(3)), 2)):
        recording.add(sent, [frame(9)] * ticks)
    recording.close()
    kept.close()
    both, rate = soundfile.read(tmp_path / "recordings" / f"{CALL}.1.wav", dtype="int16")
    assert rate == 8000
    assert both[::FRAME_SAMPLES, 0].tolist() == [1, 0, 2, 3]
    assert (both[:, 1] == 9).all()


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = recorded(tmp_path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_was_written_before_a_crash_can_be_heard(tmp_path: Path) -> None:
    kept = recordings(tmp_path)
    recording = kept.begin(CALL)
    for _ in range(120):
        recording.add((frame(3),), [frame(-5)])
    kept.close()  # and nobody closes the recording
    both, _ = soundfile.read(tmp_path / "recordings" / f"{CALL}.1.wav", dtype="int16")
    assert len(both) == 2 * 8000


def test_a_call_that_comes_back_gets_a_further_file(tmp_path: Path) -> None:
    assert recorded(tmp_path).name == f"{CALL}.1.wav"
    assert recorded(tmp_path).name == f"{CALL}.2.wav"
    assert recordings(tmp_path).call_ids() == {CALL}


def test_too_old_recordings_go(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    assert recordings(tmp_path, written + timedelta(days=13)).expire() == 0
    assert recordings(tmp_path, written + timedelta(days=15)).expire() == 1
    assert not path.exists()


def test_a_recording_goes_with_the_words_of_its_call(tmp_path: Path) -> None:
    erased, other = recorded(tmp_path), recorded(tmp_path, call_id="other")
    written = datetime.fromtimestamp(other.stat().st_mtime).astimezone()
    store = Store.in_directory(tmp_path)
    said(store, "other")
    assert forget_recordings(recordings(tmp_path, written), store) == 1
    assert (erased.exists(), other.exists()) == (False, True)
    store.close()


def test_a_full_disk_costs_the_recording_and_not_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "recordings").write_text("not a folder")
    kept = recordings(tmp_path)
    recording = kept.begin(CALL)
    with caplog.at_level(logging.ERROR):
        for _ in range(150):
            recording.add((frame(3),), [frame(-5)])
        recording.close()
        kept.close()
    assert caplog.text.count("is not recorded") == 1


async def test_the_recording_ends_with_its_session(tmp_path: Path) -> None:
    kept = recordings(tmp_path)
    recording = kept.begin(CALL)

    class Fails:
        async def run(self) -> Outcome:
            recording.add((frame(3),), [frame(-5)])
            raise RuntimeError("the session failed")

    with pytest.raises(RuntimeError):
        await Recorded(Fails(), recording).run()
    kept.close()
    assert (tmp_path / "recordings" / f"{CALL}.1.wav").stat().st_size == 44 + FRAME_SAMPLES * 4
