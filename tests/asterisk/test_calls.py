"""Whole calls: a real telephone, the real Asterisk, the real service with scripted engines."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Pcm
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import CARRIER, DESK, PASSWORD, Asterisk
from tests.asterisk.service import Service
from tests.asterisk.signals import correlation, murmur
from tests.asterisk.sipp import Sipp
from tests.dialog.scripts import real_script
from tests.telephony.fake_service import voice_of

OPERATOR = murmur(2, seed=9)
AUDIO = Path(__file__).parent.parent / "audio"
APPOINTMENT = "запишите меня к врачу=make_appointment"
AMBULANCE = "вызовите скорую=ambulance_103"


SHORT_S = 1.5
"""So much of every prompt is spoken where its whole length does not matter (s)."""


def prompt(name: str) -> Pcm:
    """How an answer of `nlu_data` begins in these tests."""
    return voice_of(real_script().prompt(name))[: round(SHORT_S * SAMPLE_RATE)]


def phrase(name: str) -> Pcm:
    """A recorded caller's words, shape (n,), int16, 8 kHz."""
    samples: Pcm = soundfile.read(AUDIO / "phrases" / f"{name}.flac", dtype="int16")[0]
    return samples


GREETING = prompt("utter_greeting")
WHOLE_GREETING = voice_of(real_script().prompt("utter_greeting"))
ASK_SPECIALTY = prompt("utter_ask_specialty")
RECONNECTED = prompt("utter_reconnected")


def service_of(folder: Path, *hears: str) -> Service:
    """A service whose prompts are cut short."""
    return Service(folder, *hears, longest_s=SHORT_S)


def operator(folder: Path) -> Phone:
    return Phone(
        folder / "operator", address=DESK, port=5080, account="101", password=PASSWORD,
        answers=True, says=np.tile(OPERATOR, 10),
    )  # fmt: skip


def carrier(folder: Path, number: str, says: Pcm) -> Phone:
    """Whoever answers an outside number behind the trunk."""
    return Phone(folder / number, address=CARRIER, port=5060, number=number, answers=True,
                 says=np.tile(says, 10))  # fmt: skip


async def test_caller_hears_the_greeting_speaks_and_is_answered(
    asterisk: Asterisk, folder: Path
) -> None:
    async with service_of(folder, APPOINTMENT) as service, Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(GREETING, within_s=10)
        await phone.say(phrase("book_therapist"))
        assert await phone.hears_sound(ASK_SPECIALTY, within_s=12)
        await phone.hang_up()
        await service.ends_with("caller_hung_up")
    started = service.events()[0]
    assert (started["caller"], started["dialled"]) == ("73422000001", "122")


async def test_caller_who_speaks_into_the_greeting_silences_it_and_is_heard(
    asterisk: Asterisk, folder: Path
) -> None:
    async with Service(folder, APPOINTMENT), Phone(folder / "caller") as phone:
        await phone.dial()
        await asyncio.sleep(1)
        await phone.say(phrase("book_therapist"))
        assert await phone.hears_sound(ASK_SPECIALTY, within_s=12)
        assert correlation(WHOLE_GREETING[:8000], phone.heard()) >= 0.99
        assert correlation(WHOLE_GREETING, phone.heard()) < 0.9
        await phone.hang_up()


async def test_keys_work_without_a_word_said(asterisk: Asterisk, folder: Path) -> None:
    async with service_of(folder) as service, operator(folder), Phone(folder / "caller") as phone:
        await phone.dial()
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(OPERATOR, within_s=15)
        await phone.hang_up()
        assert [event["keys"] for event in service.events() if event["event"] == "Keys"] == ["0"]


async def test_operator_and_caller_hear_each_other_after_the_transfer(
    asterisk: Asterisk, folder: Path
) -> None:
    said = murmur(3, seed=4)
    async with (
        service_of(folder) as service,
        operator(folder) as desk,
        Phone(folder / "caller") as phone,
    ):
        await phone.dial()
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(prompt("utter_transfer_operator"), within_s=10)
        assert await phone.hears_sound(OPERATOR, within_s=10)
        await phone.say(said)
        assert await desk.hears_sound(said, within_s=10)
        assert service.queues() == ["general"]
        assert f"X-Voice122-Call: {service.call_ids()[0]}" in desk.signalling()
        await desk.hang_up()
        await phone.event("CALL_CLOSED", 5)


async def test_a_clinics_own_number_leads_to_its_own_queue(
    asterisk: Asterisk, folder: Path
) -> None:
    before = len(asterisk.log())
    async with (
        service_of(folder, "перезвоните=operator"),
        operator(folder),
        Phone(folder / "caller") as phone,
    ):
        await phone.dial("73422000002")
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(OPERATOR, within_s=15)
        await phone.hang_up()
    assert "voice122-general-gkp2" in asterisk.log()[before:]


async def test_nobody_in_the_queue_the_caller_is_back_with_the_assistant(
    asterisk: Asterisk, folder: Path
) -> None:
    async with service_of(folder), Phone(folder / "caller") as phone:
        await phone.dial()
        await asyncio.sleep(1)
        await phone.press("0")
        assert await phone.hears_sound(RECONNECTED, within_s=15)
        await phone.hang_up()


async def test_ambulance_answers(asterisk: Asterisk, folder: Path) -> None:
    ambulance = murmur(2, seed=103)
    async with (
        service_of(folder, AMBULANCE),
        carrier(folder, "103", ambulance),
        Phone(folder / "caller") as phone,
    ):
        await phone.dial()
        await asyncio.sleep(1)
        await phone.say(phrase("chest_pain"))
        assert await phone.hears_sound(ambulance, within_s=25)
        await phone.hang_up()


@pytest.mark.parametrize("there", ["busy", "rings_for_ever", None])
async def test_ambulance_does_not_answer_and_the_caller_is_back(
    asterisk: Asterisk, folder: Path, there: str | None
) -> None:
    """Busy, no answer, and nothing at all at the other end."""
    async with contextlib.AsyncExitStack() as stack:
        if there is not None:
            await stack.enter_async_context(Sipp(folder, there))
        service = await stack.enter_async_context(service_of(folder, AMBULANCE))
        await stack.enter_async_context(operator(folder))
        phone = await stack.enter_async_context(Phone(folder / "caller"))
        await phone.dial()
        await asyncio.sleep(1)
        await phone.say(phrase("chest_pain"))
        assert await phone.hears_sound(OPERATOR, within_s=40)
        await phone.hang_up()
    back = [event for event in service.events() if event["event"] == "RedirectFailed"]
    assert back[0]["number"] == "103"
