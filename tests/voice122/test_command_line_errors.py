"""The command line when something is missing, broken or misspelt: one line that says what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.voice122.program import (
    AUDIO,
    HIDE_RHVOICE,
    ROOT,
    assert_one_line_error,
    caller,
    run,
    turns,
)


def _damaged_models(data_dir: Path) -> None:
    (data_dir / "models").unlink()
    shutil.copytree(ROOT / "var" / "models" / "whisper-base", data_dir / "models" / "whisper-base")
    with (data_dir / "models" / "whisper-base" / "model.bin").open("r+b") as file:
        file.truncate(1000)


def _wav(path: Path, rate: int, channels: int, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, np.zeros((rate, channels)), rate, subtype=subtype, format="WAV")
    return path


def bad_files(directory: Path) -> dict[str, Path]:
    (directory / "text.wav").write_text("this is no audio")
    (directory / "empty.wav").touch()
    return {
        "no audio": directory / "text.wav",
        "empty": directory / "empty.wav",
        "missing": directory / "missing.wav",
        "directory": directory,
        "rate": _wav(directory / "rate.wav", 16000, 1),
        "channels": _wav(directory / "stereo.wav", 8000, 2),
        "codec": _wav(directory / "float.wav", 8000, 1, "FLOAT"),
        "no samples": _no_samples(directory / "none.wav"),
    }


def _no_samples(path: Path) -> Path:
    soundfile.write(path, np.zeros(0), 8000, subtype="PCM_16", format="WAV")
    return path


@pytest.mark.parametrize("command", ["asr", "call"])
@pytest.mark.parametrize(
    "kind",
    ["no audio", "empty", "missing", "directory", "rate", "channels", "codec", "no samples"],
)
def test_unusable_recording(data_dir: Path, command: str, kind: str) -> None:
    done = run(data_dir, command, bad_files(data_dir)[kind])
    assert_one_line_error(done)


def test_recording_in_another_format_is_converted_on_request(data_dir: Path) -> None:
    samples, rate = soundfile.read(AUDIO / "phrases" / "cancel.flac")
    wide = np.repeat(samples, 2)
    soundfile.write(data_dir / "wide.wav", np.stack([wide, wide], axis=1), 2 * rate)
    (found,) = turns(run(data_dir, "asr", "--jsonl", "--convert", data_dir / "wide.wav"))
    assert found["heard"] == "я завтра прийти не смогу отмените мою запись"


@pytest.mark.parametrize(
    "args",
    [
        ["--bogus"],
        ["bogus"],
        ["call"],
        ["call", "--bogus", "x.wav"],
        ["asr", "x.wav", "--engine", "bogus"],
        ["say", "текст", "--voice", "bogus"],
        ["say", "!!!"],
        ["models", "fetch", "bogus"],
        ["call", "x.wav", "--at", "yesterday"],
    ],
)
def test_unknown_options_and_names(data_dir: Path, args: list[str]) -> None:
    done = run(data_dir, *args)
    assert_one_line_error(done)
    assert not list(data_dir.glob("*.wav"))


def test_missing_model_names_the_command_that_fetches_it(data_dir: Path) -> None:
    (data_dir / "models").unlink()
    done = run(data_dir, "asr", AUDIO / "phrases" / "book_cardiologist.flac")
    assert_one_line_error(done)
    assert "models fetch" in done.stderr


def test_damaged_model_names_the_command_that_mends_it(data_dir: Path) -> None:
    _damaged_models(data_dir)
    done = run(data_dir, "asr", AUDIO / "phrases" / "book_cardiologist.flac")
    assert_one_line_error(done)
    assert "models fetch whisper-base" in done.stderr


@pytest.mark.parametrize("command", ["say", "call"])
def test_without_any_voice_it_says_how_to_get_one(data_dir: Path, command: str) -> None:
    (data_dir / "models").unlink()
    (data_dir / "models").mkdir()
    for path in (ROOT / "var" / "models").glob("whisper-base*"):
        (data_dir / "models" / path.name).symlink_to(path)
    out = data_dir / "said.wav"
    words = ["Добрый день."] if command == "say" else [AUDIO / "operator" / "1.flac"]
    done = run(data_dir, command, *words, "--out", out, before=HIDE_RHVOICE, VOICE122_TTS="auto")
    assert_one_line_error(done)
    assert "models fetch silero" in done.stderr
    assert "apt install rhvoice" in done.stderr
    assert not out.exists()


def test_untrained_interpreter_names_the_command_that_trains_it(data_dir: Path) -> None:
    (data_dir / "nlu").unlink()
    done = run(data_dir, "nlu", "parse", "--jsonl", stdin="да\n")
    assert_one_line_error(done)
    assert "voice122 train" in done.stderr


def test_wrong_setting_is_named(data_dir: Path) -> None:
    done = run(data_dir, "handovers", VOICE122_PORT="99999")
    assert_one_line_error(done)
    assert "VOICE122_PORT" in done.stderr


def test_recording_that_cannot_be_written_leaves_nothing(data_dir: Path) -> None:
    out = data_dir / "missing" / "call.wav"
    done = run(data_dir, "call", *caller("operator"), "--json", "--out", out)
    assert_one_line_error(done)
    assert not out.parent.exists()
