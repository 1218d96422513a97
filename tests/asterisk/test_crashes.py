"""The service dies in the middle of a call, comes back, or is stopped: the caller stays."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.asterisk.parties import (
    APPOINTMENT,
    APPOINTMENT_KEYS,
    ASK_SPECIALTY,
    GREETING,
    OPERATOR,
    OPERATOR_COMES_S,
    RECONNECTED,
    SHORT_S,
    operator,
)
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.service import Service
from tests.asterisk.signals import spoken_file


async def test_kill_9_in_the_middle_of_a_call_and_it_goes_on_where_it_was(
    asterisk: Asterisk, folder: Path
) -> None:
    asterisk.command("dialplan set global V122_PATIENCE_IN_CALL 60")  # this machine may be busy
    with Service(folder / "service", APPOINTMENT, longest_s=SHORT_S) as service:
        async with Phone(folder / "caller") as phone:
            await phone.dial()
            assert await phone.hears_sound(GREETING, within_s=10)
            await phone.press(APPOINTMENT_KEYS)
            assert await phone.hears_sound(ASK_SPECIALTY, within_s=10)
            service.kill()
            await asyncio.to_thread(service.start)
            assert await phone.hears_sound(RECONNECTED, within_s=60)
            before = len(phone.heard())
            assert await phone.hears_sound(ASK_SPECIALTY, within_s=10, since=before - 16000)
            await phone.hang_up()
        await service.ends_with("caller_hung_up")
        assert len(service.calls()) == 1
        happened = [event["event"] for event in service.events()]
        assert happened[:4] == ["CallStarted", "Keys", "Keys", "Reconnected"]
    asterisk.command("dialplan set global V122_PATIENCE_IN_CALL 15")


async def test_kill_9_and_it_stays_away_so_the_caller_gets_an_operator(
    asterisk: Asterisk, folder: Path
) -> None:
    asterisk.command("dialplan set global V122_PATIENCE_IN_CALL 4")
    with Service(folder / "service", APPOINTMENT, longest_s=SHORT_S) as service:
        async with operator(folder), Phone(folder / "caller") as phone:
            await phone.dial()
            assert await phone.hears_sound(GREETING, within_s=10)
            await asyncio.sleep(2)
            service.kill()
            assert await phone.hears_sound(spoken_file("one-moment"), within_s=10)
            assert await phone.hears_sound(OPERATOR, OPERATOR_COMES_S)
            await phone.hang_up()
    asterisk.command("dialplan set global V122_PATIENCE_IN_CALL 15")


async def test_a_stop_lets_the_call_finish_and_sends_the_next_one_to_an_operator(
    asterisk: Asterisk, folder: Path
) -> None:
    with Service(folder / "service", APPOINTMENT, longest_s=SHORT_S) as service:
        async with (
            operator(folder),
            Phone(folder / "caller") as phone,
            Phone(folder / "next", port=5074, number="73422000009") as late,
        ):
            await phone.dial()
            assert await phone.hears_sound(GREETING, within_s=10)
            service.stop()
            await asyncio.sleep(0.5)
            await late.dial()
            assert await late.hears_sound(OPERATOR, OPERATOR_COMES_S)
            await late.hang_up()
            await phone.press(APPOINTMENT_KEYS)
            assert await phone.hears_sound(ASK_SPECIALTY, within_s=10)
            await phone.hang_up()
            assert await service.stopped() == 0
