"""The line itself: what the caller says and presses arrives, what the assistant says is heard."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from tests.asterisk.odd_service import OddService
from tests.asterisk.phone import ALIKE, Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.signals import correlation, murmur


async def test_sound_arrives_unharmed_both_ways(asterisk: Asterisk, folder: Path) -> None:
    said, answered = murmur(5, seed=1), murmur(5, seed=2)
    async with (
        OddService(answered, "speech", "hangup") as service,
        Phone(folder / "caller", says=said) as phone,
    ):
        await phone.dial()
        await asyncio.sleep(6)
        await phone.hang_up()
        # The first moments pass while Asterisk connects the two.
        assert correlation(said[8000:], np.frombuffer(service.heard, "<i2")) >= ALIKE
        assert correlation(answered, phone.heard()) >= ALIKE
