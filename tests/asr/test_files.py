"""Recordings are read, or refused in one line that says what they are and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE
from asr.errors import AudioError
from asr.files import read_recording

SECOND = (8000 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.int16)


def write(
    path: Path, samples: NDArray[Any], rate: int = SAMPLE_RATE, subtype: str = "PCM_16"
) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_recording_of_a_phone_line_is_read_exactly(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"call.{suffix}", SECOND)
    samples = read_recording(path)
    assert samples.dtype == np.int16
    np.testing.assert_array_equal(samples, SECOND)


def strange(folder: Path, kind: str) -> Path:
    wide = np.repeat(SECOND, 2)
    match kind:
        case "A-law":
            return write(folder / "a.wav", SECOND, subtype="ALAW")
        case "U-Law":
            return write(folder / "u.wav", SECOND, subtype="ULAW")
        case "16000 Hz":
            return write(folder / "wide.wav", wide, 16000)
        case "2 channels":
            return write(folder / "stereo.wav", np.stack([SECOND, SECOND], axis=1))
        case "32 bit float":
            return write(folder / "f.wav", SECOND / 32768, subtype="FLOAT")
        case "OGG":
            return write(folder / "v.ogg", SECOND, subtype="VORBIS")
        case "MP3":
            return write(folder / "m.mp3", wide, 16000, subtype="MPEG_LAYER_III")
        case _:
            raise AssertionError(kind)


KINDS = ["A-law", "U-Law", "16000 Hz", "2 channels", "32 bit float", "OGG", "MP3"]


@pytest.mark.parametrize("kind", KINDS)
def test_other_formats_are_named_and_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(AudioError) as refusal:
        read_recording(strange(tmp_path, kind))
    message = str(refusal.value)
    assert kind.lower() in message.lower()
    assert "--convert" in message
    assert "\n" not in message


@pytest.mark.parametrize("kind", KINDS)
def test_other_formats_are_converted_when_asked(kind: str, tmp_path: Path) -> None:
    samples = read_recording(strange(tmp_path, kind), convert=True)
    assert samples.dtype == np.int16
    assert len(samples) == pytest.approx(SAMPLE_RATE, rel=0.15)  # MP3 pads
    middle = samples[2000:6000].astype(float)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(middle) == pytest.approx(440, abs=4)


def broken(folder: Path, kind: str) -> Path:
    path = folder / "call.wav"
    match kind:
        case "no such file":
            return folder / "nowhere.wav"
        case "a directory":
            return folder
        case "empty file":
            path.touch()
        case "no samples":
            write(path, np.zeros(0, np.int16))
        case "not audio":
            path.write_text("Добрый день, это не звук", "utf-8")
        case "truncated":
            write(path, SECOND)
            path.write_bytes(path.read_bytes()[:9000])
        case "damaged":
            write(path.with_suffix(".flac"), np.tile(SECOND, 5))
            data = path.with_suffix(".flac").read_bytes()
            path.write_bytes(data[: len(data) // 2])
    return path


BROKEN = ["no such file", "a directory", "empty file", "no samples", "not audio", "truncated"]


@pytest.mark.parametrize("convert", [False, True])
@pytest.mark.parametrize("kind", [*BROKEN, "damaged"])
def test_what_cannot_be_used_says_why(kind: str, convert: bool, tmp_path: Path) -> None:
    with pytest.raises(AudioError) as refusal:
        read_recording(broken(tmp_path, kind), convert=convert)
    message = str(refusal.value)
    if kind != "damaged":  # half a FLAC file is told from none by libsndfile's own words
        assert kind in message
    assert "\n" not in message


@settings(max_examples=25, deadline=None)
@given(
    rate=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000]),
    seconds=st.floats(0.05, 2.0),
    channels=st.integers(1, 3),
)
def test_conversion_keeps_length_and_level(
    rate: int, seconds: float, channels: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    count = max(1, int(rate * seconds))
    wave = 0.25 * np.sin(2 * np.pi * 300 * np.arange(count) / rate)
    path = tmp_path_factory.mktemp("rates") / "call.wav"
    write(path, np.stack([wave] * channels, axis=1), rate)
    if (rate, channels) == (8000, 1):
        path = write(path, wave, rate, "PCM_24")
    samples = read_recording(path, convert=True)
    assert abs(len(samples) - count * SAMPLE_RATE / rate) <= 2
    if seconds > 0.2:
        assert np.sqrt(np.mean((samples / 32768) ** 2)) == pytest.approx(0.177, rel=0.06)
