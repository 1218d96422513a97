"""One whole call with nothing scripted: spoken, recognized, understood, answered, transferred."""

from __future__ import annotations

from pathlib import Path

import soundfile

from tests.asterisk.parties import AUDIO, OPERATOR, operator
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.service import WholeService
from tests.asterisk.signals import level


async def test_a_caller_who_asks_for_an_operator_gets_one(asterisk: Asterisk, folder: Path) -> None:
    words, _ = soundfile.read(AUDIO / "operator" / "1.flac", dtype="int16")
    with WholeService(folder / "service") as service:
        async with operator(folder), Phone(folder / "caller") as phone:
            await phone.dial()
            await phone.hears_speech(seconds=3, within_s=30)
            greeting = phone.heard()
            await phone.say(words)
            assert await phone.hears_sound(OPERATOR, within_s=90)
            await phone.hang_up()
        heard = [e["parse"]["text"] for e in service.events() if e["event"] == "Heard"]
    assert "оператор" in heard[0]
    assert service.queue() == "general"
    assert level(greeting) > 300
