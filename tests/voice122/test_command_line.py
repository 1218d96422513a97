"""The command line as scripts and people meet it: real program, real engines, real files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.voice122.program import (
    AUDIO,
    DAY,
    NIGHT,
    ROOT,
    caller,
    run,
    turns,
)
from voice122.cli.main import COMMANDS


def test_appointment_is_led_question_by_question(data_dir: Path) -> None:
    said = turns(run(data_dir, "call", *caller("appointment"), "--json", "--at", DAY))
    assert "робот" in str(said[0]["said"])
    assert said[0]["heard"] is None
    assert said[1]["intent"] == "make_appointment"
    assert "врачу" in str(said[1]["said"])
    assert str(said[2]["said"]).startswith("К кардиологу.")
    assert str(said[3]["said"]).startswith("В Кунгуре.")
    assert "четверг" in str(said[4]["said"])
    filed = [act for turn in said for act in turn["acts"] if "file" in act]  # type: ignore[attr-defined]
    assert [act["file"] for act in filed] == ["appointment"]
    assert said[-1]["acts"][-1] == {"hangup": "resolved"}  # type: ignore[index]


def test_a_call_that_was_handed_over_is_listed_with_its_brief(data_dir: Path) -> None:
    said = turns(run(data_dir, "call", *caller("operator"), "--json", "--at", DAY))
    (transfer,) = [act for turn in said for act in turn["acts"] if "transfer" in act]  # type: ignore[union-attr,attr-defined]
    listed = run(data_dir, "handovers", "--json")
    (item,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert item["queue"] == transfer["transfer"]
    assert item["brief"] == transfer["brief"]


def test_opening_hours_are_told_and_the_call_ends_well(data_dir: Path) -> None:
    said = turns(run(data_dir, "call", *caller("opening_hours"), "--json", "--at", DAY))
    assert said[1]["intent"] == "working_hours"
    assert said[-1]["acts"][-1] == {"hangup": "resolved"}  # type: ignore[index]


def test_emergency_is_redirected_at_once(data_dir: Path) -> None:
    said = turns(run(data_dir, "call", *caller("emergency"), "--json", "--at", NIGHT))
    assert said[1]["acts"][-1] == {"redirect": "103"}  # type: ignore[index]


def test_every_turn_has_the_promised_fields_and_stages_add_up(data_dir: Path) -> None:
    said = turns(run(data_dir, "call", *caller("operator"), "--json", "--at", DAY))
    for turn in said:
        assert list(turn) == ["turn", "heard", "intent", "confidence", "said", "acts", "ms"]
    stages = said[1]["ms"]
    assert isinstance(stages, dict)
    assert list(stages) == ["endpoint", "asr", "nlu", "dialog", "tts_first", "response"]
    response = stages.pop("response")
    assert response == pytest.approx(sum(stages.values()), abs=0.5)


def test_silent_caller_is_not_lost(data_dir: Path) -> None:
    said = turns(run(data_dir, "call", *caller("silent"), "--json", "--at", DAY))
    assert all(not turn["heard"] for turn in said)
    assert said[-1]["acts"]


def test_call_is_recorded_with_both_sides(data_dir: Path) -> None:
    out = data_dir / "call.wav"
    done = run(data_dir, "call", *caller("operator"), "--out", out, "--at", DAY)
    assert done.returncode == 0, done.stderr
    assert "передать" in done.stdout or "оператор" in done.stdout.lower()
    samples, rate = soundfile.read(out)
    assert rate == 8000
    assert samples.shape[1] == 2
    assert all(np.abs(samples[:, side]).max() > 0.05 for side in (0, 1))


# Ear, voice, understanding


def test_help_lists_every_command_without_loading_any() -> None:
    script = (
        "import sys; from voice122.cli.main import COMMANDS, cli;"
        "cli.main(['--help'], standalone_mode=False);"
        "print(*(name for name, module in COMMANDS.items() if module in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    *listed, loaded = done.stdout.splitlines()
    assert not loaded.strip()
    lines = listed[listed.index("Commands:") + 1 :]
    # A long summary goes on in the next line, further to the right.
    commands = [line.split(maxsplit=1) for line in lines if not line.startswith("   ")]
    assert all(len(each) == 2 for each in commands)
    assert set(COMMANDS) <= {name for name, _ in commands}


def test_asr_tells_what_was_heard_and_where(data_dir: Path) -> None:
    phrase = AUDIO / "phrases" / "book_cardiologist.flac"
    (found,) = turns(run(data_dir, "asr", "--jsonl", phrase))
    assert list(found) == ["file", "heard", "confidence", "speech", "snr_db", "ms"]
    assert "кардиолог" in str(found["heard"])
    start, end = found["speech"]  # type: ignore[misc]
    assert 0.3 < start < 1.2 < 4.0 < end < 5.0


@pytest.mark.parametrize("name", ["hum", "dtmf", "music", "line_noise", "digital_zero", "busy"])
def test_asr_invents_no_words(data_dir: Path, name: str) -> None:
    (found,) = turns(run(data_dir, "asr", "--jsonl", AUDIO / "not_speech" / f"{name}.flac"))
    assert found["heard"] == ""


def test_say_writes_telephone_audio_that_can_be_recognized(data_dir: Path) -> None:
    out = data_dir / "said.wav"
    done = run(data_dir, "say", "Поликлиника работает с восьми утра.", "--out", out)
    assert done.returncode == 0, done.stderr
    assert soundfile.info(out).samplerate == 8000
    (found,) = turns(run(data_dir, "asr", "--jsonl", out))
    assert "поликлиника работает" in str(found["heard"])


def test_nlu_parse_takes_any_bytes(data_dir: Path) -> None:
    lines = b"\xff\xfe\x00\n" + "запишите к лору\n".encode() + b"\n" + b"x" * 100_000 + b"\n"
    found = turns(run(data_dir, "nlu", "parse", "--jsonl", stdin=lines))
    assert len(found) == 4
    assert found[1]["intent"] == "make_appointment"
    assert list(found[1]) == ["text", "intent", "confidence", "ranking", "entities", "safety"]


def test_chat_speaks_json_lines(data_dir: Path) -> None:
    events = [{"say": "хочу записаться к лору"}, {"keys": "0"}]
    answers = turns(
        run(data_dir, "chat", "--jsonl", "--at", DAY, stdin="\n".join(map(json.dumps, events)))
    )
    assert len(answers) == 3
    assert "ask" in answers[0]["acts"][0]  # type: ignore[index]
    assert answers[1]["flow"] == "make_appointment"
    assert answers[1]["slots"] == {"specialty": "ent"}
    assert "transfer" in answers[2]["acts"][-1]  # type: ignore[index]


def test_chat_answers_a_broken_line_and_goes_on(data_dir: Path) -> None:
    stdin = '{"say": \n[]\n{"keys": "abc"}\n{"say": "соедините с оператором"}\n'
    answers = turns(run(data_dir, "chat", "--jsonl", "--at", DAY, stdin=stdin))
    assert ["error" in answer for answer in answers] == [False, True, True, True, False]


def test_chat_files_a_request_once_and_tells_its_number(data_dir: Path) -> None:
    words = ("перезвоните мне", "про справку", "89125556677", "утром")
    stdin = "\n".join(json.dumps({"say": text}) for text in words)
    answers = turns(run(data_dir, "chat", "--jsonl", "--at", DAY, stdin=stdin))
    acts = answers[-1]["acts"]
    assert isinstance(acts, list)
    (file,) = [act for act in acts if "file" in act]
    assert (file["file"], file["phone"]) == ("callback", "+79125556677")
    assert "омер" in str(acts)
    listed = run(data_dir, "requests", "--json")
    assert len(listed.stdout.splitlines()) == 1


def test_voice_without_a_sound_card_says_so(data_dir: Path) -> None:
    done = run(data_dir, "chat", "--voice")
    if done.returncode == 0:
        pytest.skip("this machine has a sound card")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


# Bad input: one line that says what to do, exit code 2, nothing half-written
