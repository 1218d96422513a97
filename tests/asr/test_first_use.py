"""Nothing is loaded while a caller waits: the ear of a first call is that of a thousandth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FIRST_CALL = """
import sys
from pathlib import Path

from asr.detectors import make_detector
from asr.endpoint import Expectation, Signal
from asr.endpointing import ByExpectation
from asr.files import read_recording
from asr.listener import Listener
from asr.phrase import preload
from asr.transcribe import frames

samples = read_recording(Path(sys.argv[1]))
preload()
before = set(sys.modules)
listener = Listener(make_detector("webrtc"), ByExpectation())
signals = []
for frame in frames(samples):
    signals.append(listener.accept(frame))
    if signals[-1] is Signal.MAYBE_END:
        listener.guess("во сколько")
assert Signal.MAYBE_END in signals and listener.snr_db is not None
print(*sorted(set(sys.modules) - before))
"""
RECORDING = Path(__file__).parents[1] / "audio" / "phrases" / "opening_hours.flac"


def test_first_utterance_loads_no_code() -> None:
    command = [sys.executable, "-c", FIRST_CALL, str(RECORDING)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert (done.stdout.split(), done.stderr) == ([], "")
