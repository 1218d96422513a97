"""Who takes part in these calls, and what they sound like."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE, Pcm
from dialog.acts import Ask
from dialog.engine import Engine
from dialog.events import CallStarted
from dialog.state import State
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import CARRIER, DESK, PASSWORD
from tests.asterisk.signals import murmur
from tests.dialog.scripts import real_script
from tests.telephony.fake_service import voice_of

AUDIO = Path(__file__).parent.parent / "audio"
OPERATOR = murmur(2, seed=9)
"""What an operator says, over and over."""
APPOINTMENT = "запишите меня к врачу=make_appointment"
"""A phrase of the scripted recognizer."""
APPOINTMENT_KEYS = "11"
"""The same by the keypad menu."""
SHORT_S = 1.5
"""So much of every prompt is spoken where its whole length does not matter (s)."""
OPERATOR_COMES_S = 25
"""Within this time an operator answers (s): who had a call in the test before rests for 10 s first
(`wrapuptime` in queues.conf)."""


def prompt(name: str) -> Pcm:
    """How an answer of `nlu_data` begins in these tests."""
    return voice_of(real_script().prompt(name))[: round(SHORT_S * SAMPLE_RATE)]


def _greeting() -> Pcm:
    """How the assistant greets, to its end."""
    started = CallStarted(datetime.fromisoformat("2026-11-24T10:00:00+05:00"), on_duty=True)
    _, (greeting, *_) = Engine(real_script()).step(State(), started)
    assert isinstance(greeting, Ask)
    return voice_of(greeting.text)


def phrase(name: str) -> Pcm:
    """A recorded caller's words, shape (n,), int16, 8 kHz."""
    samples: Pcm = soundfile.read(AUDIO / "phrases" / f"{name}.flac", dtype="int16")[0]
    return samples


def operator(folder: Path) -> Phone:
    """An operator's telephone, which takes every call."""
    return Phone(
        folder / "operator", address=DESK, port=5080, account="101", password=PASSWORD,
        answers=True, says=np.tile(OPERATOR, 10),
    )  # fmt: skip


def carrier(folder: Path, number: str, says: Pcm) -> Phone:
    """Whoever answers an outside number behind the trunk."""
    return Phone(
        folder / number, address=CARRIER, port=5060, number=number, answers=True,
        says=np.tile(says, 10),
    )  # fmt: skip


WHOLE_GREETING = _greeting()
GREETING = WHOLE_GREETING[: round(SHORT_S * SAMPLE_RATE)]
ASK_SPECIALTY = prompt("utter_ask_specialty")
RECONNECTED = prompt("utter_reconnected")
UNANSWERED = prompt("utter_queue_unanswered")
