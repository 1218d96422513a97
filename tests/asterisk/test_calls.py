"""Whole calls: a real telephone, the real Asterisk, the real service with scripted engines."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.odd_service import MEDIA_PORT
from tests.asterisk.parties import (
    APPOINTMENT,
    APPOINTMENT_KEYS,
    ASK_SPECIALTY,
    GREETING,
    OPERATOR,
    OPERATOR_COMES_S,
    SHORT_S,
    UNANSWERED,
    WHOLE_GREETING,
    operator,
    phrase,
    prompt,
)
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.service import Service
from tests.asterisk.signals import correlation, murmur


@pytest.fixture(scope="module")
def appointments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service to which callers want to see a doctor; its prompts are cut short."""
    folder = tmp_path_factory.mktemp("appointments")
    with Service(folder, APPOINTMENT, longest_s=SHORT_S) as service:
        yield service


async def test_caller_hears_the_greeting_speaks_and_is_answered(
    asterisk: Asterisk, appointments: Service, folder: Path
) -> None:
    before = appointments.calls()
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(GREETING, within_s=10)
        await phone.say(phrase("book_therapist"))
        assert await phone.hears_sound(ASK_SPECIALTY, within_s=12)
        await phone.hang_up()
    await appointments.ends_with("caller_hung_up", before)
    started = appointments.events()[0]
    assert (started["caller"], started["dialled"]) == ("73422000001", "122")


async def test_keys_work_without_a_word_said(
    asterisk: Asterisk, appointments: Service, folder: Path
) -> None:
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(GREETING, within_s=10)
        await phone.press(APPOINTMENT_KEYS)
        assert await phone.hears_sound(ASK_SPECIALTY, within_s=10)
        await phone.hang_up()
    pressed = [event["keys"] for event in appointments.events() if event["event"] == "Keys"]
    assert pressed == list(APPOINTMENT_KEYS)


async def test_operator_and_caller_hear_each_other_after_the_transfer(
    asterisk: Asterisk, appointments: Service, folder: Path
) -> None:
    said = murmur(3, seed=4)
    async with operator(folder) as desk, Phone(folder / "caller") as phone:
        await phone.dial()
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(prompt("utter_transfer_operator"), within_s=10)
        assert await phone.hears_sound(OPERATOR, OPERATOR_COMES_S)
        await phone.say(said)
        assert await desk.hears_sound(said, within_s=10)
        assert appointments.queue() == "general"
        assert f"X-Voice122-Call: {appointments.call_id()}" in desk.signalling()
        await appointments.task_ends("assigned", None)
        await desk.hang_up()
        await phone.event("CALL_CLOSED", 5)
    await appointments.task_ends("completed", "answered")


async def test_a_clinics_own_number_leads_to_its_own_queue(
    asterisk: Asterisk, appointments: Service, folder: Path
) -> None:
    before = len(asterisk.log())
    async with operator(folder), Phone(folder / "caller") as phone:
        await phone.dial("73422000002")
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(OPERATOR, OPERATOR_COMES_S)
        await phone.hang_up()
    assert "Queue(" in asterisk.log()[before:]
    assert "voice122-general-gkp2" in asterisk.log()[before:]


async def test_nobody_in_the_queue_the_caller_is_back_with_the_assistant(
    asterisk: Asterisk, appointments: Service, folder: Path
) -> None:
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(UNANSWERED, within_s=15)
        await appointments.task_ends("pending", None)
        await phone.hang_up()
    await appointments.task_ends("canceled", "hung_up")


async def test_the_same_call_id_twice_the_second_is_dropped_and_the_caller_does_not_notice(
    asterisk: Asterisk, appointments: Service, folder: Path
) -> None:
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(GREETING, within_s=10)
        reader, writer = await asyncio.open_connection("127.0.0.1", MEDIA_PORT)
        writer.write(b"\x01\x00\x10" + uuid.UUID(appointments.call_id()).bytes)
        assert await asyncio.wait_for(reader.read(), 5) in (b"", b"\x00\x00\x00")
        writer.close()
        await phone.press(APPOINTMENT_KEYS)
        assert await phone.hears_sound(ASK_SPECIALTY, within_s=10)
        await phone.hang_up()


async def test_caller_who_speaks_into_the_greeting_silences_it_and_is_heard(
    asterisk: Asterisk, folder: Path
) -> None:
    with Service(folder / "service", APPOINTMENT):
        async with Phone(folder / "caller") as phone:
            await phone.dial()
            assert await phone.hears_sound(WHOLE_GREETING[:8000], within_s=10)
            await phone.say(phrase("book_therapist"))
            assert await phone.hears_sound(ASK_SPECIALTY, within_s=15)
            assert correlation(WHOLE_GREETING, phone.heard()) < 0.9
            await phone.hang_up()
