"""The journal of calls: every event with its time, and nothing that was said."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from telephony.events import Answer, Answered, Ended, Guess, Held, NoWords
from telephony.journal import Journal
from telephony.turn import Outcome, StageTimes, Turn

AT = datetime.fromisoformat("2026-11-24T23:59:59+05:00")
SECRET = "меня зовут анна"


def test_events_are_kept_with_times_and_without_words(tmp_path: Path) -> None:
    times = StageTimes(endpoint=300.0, tts_first=50.0)
    with Journal(tmp_path / "journal", lambda: AT, timedelta(days=90)) as journal:
        journal.happened("one", Answered(0.0, keypad_only=False))
        journal.happened("one", Guess(1.0, SECRET))
        journal.happened("one", Held(1.23456, 120.0))
        journal.happened("one", NoWords(1.5, "nothing"))
        journal.happened("one", Answer(2.0, Turn(1, heard=SECRET, times=times)))
        journal.happened("one", Ended(3.0, Outcome("handed_over", "general")))
        journal.refused("two", "overloaded")
        journal.dropped("audiosocket", "too_fast")
    text = (tmp_path / "journal" / "2026-11-24.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert SECRET not in json.dumps(lines, ensure_ascii=False)
    assert [line["event"] for line in lines] == [
        "Answered", "Held", "NoWords", "Answer", "Ended", "Refused", "Dropped"
    ]  # fmt: skip
    assert lines[1] == {
        "at": "2026-11-24T23:59:59.000+05:00",
        "call": "one",
        "event": "Held",
        "t": 1.235,
        "reaction_ms": 120.0,
    }
    assert lines[3]["ms"]["response"] == 350.0
    assert (lines[4]["outcome"], lines[4]["target"]) == ("handed_over", "general")


def test_a_new_day_has_a_new_file_and_old_ones_go(tmp_path: Path) -> None:
    moment = AT
    (tmp_path / "2026-08-25.jsonl").write_text("old")
    (tmp_path / "2026-08-28.jsonl").write_text("kept")
    with Journal(tmp_path, lambda: moment, timedelta(days=90)) as journal:
        journal.refused("one", "overloaded")
        moment = AT + timedelta(seconds=2)
        journal.refused("two", "overloaded")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["2026-08-28.jsonl", "2026-11-24.jsonl", "2026-11-25.jsonl"]


def test_a_full_disk_does_not_stop_calls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "journal").write_text("a file where the directory should be")
    with Journal(tmp_path / "journal", lambda: AT, timedelta(days=90)) as journal:
        journal.refused("one", "overloaded")
    assert "the journal cannot be written" in caplog.text
