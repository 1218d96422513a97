"""The caller may leave at any moment: nothing is left behind, in Asterisk or in the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.asterisk.parties import (
    APPOINTMENT,
    ASK_SPECIALTY,
    GREETING,
    OPERATOR,
    OPERATOR_COMES_S,
    SHORT_S,
    operator,
    phrase,
    prompt,
)
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.service import Service
from tests.asterisk.sipp import Sipp

Reach = Callable[[Phone], Awaitable[None]]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("hang-ups")
    with Service(folder, APPOINTMENT, longest_s=SHORT_S) as service:
        yield service


async def _in_the_greeting(phone: Phone) -> None:
    assert await phone.hears_sound(GREETING[:4000], within_s=10)


async def _while_speaking(phone: Phone) -> None:
    assert await phone.hears_sound(GREETING, within_s=10)
    await phone.say(phrase("book_therapist"))
    await asyncio.sleep(2)


async def _while_the_assistant_waits(phone: Phone) -> None:
    await _while_speaking(phone)
    assert await phone.hears_sound(ASK_SPECIALTY, within_s=12)
    await asyncio.sleep(0.5)


async def _while_being_transferred(phone: Phone) -> None:
    assert await phone.hears_sound(GREETING, within_s=10)
    await phone.press("0")
    assert await phone.hears_sound(prompt("utter_transfer_operator")[:4000], within_s=10)


@pytest.mark.parametrize(
    "reach",
    [
        _in_the_greeting,
        _while_speaking,
        _while_the_assistant_waits,
        _while_being_transferred,
    ],
)
async def test_caller_hangs_up(
    asterisk: Asterisk, service: Service, folder: Path, reach: Reach
) -> None:
    before = service.calls()
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        await reach(phone)
        await phone.hang_up()
    if reach is _while_being_transferred:  # written down, and no ghost is left in the queue
        await service.ends_with("handed_over", before)
        await service.task_ends("canceled", "hung_up")
    else:
        await service.ends_with("caller_hung_up", before)


async def test_caller_hangs_up_as_soon_as_anybody_answers(
    asterisk: Asterisk, service: Service, folder: Path
) -> None:
    """Mostly before the service has heard of the call."""
    before = service.calls()
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        await phone.hang_up()
    await asyncio.sleep(1)
    after = {how for call, how in service.calls().items() if call not in before}
    assert after <= {"caller_hung_up"}


async def test_caller_hangs_up_while_talking_to_the_operator(
    asterisk: Asterisk, service: Service, folder: Path
) -> None:
    before = service.calls()
    async with operator(folder) as desk, Phone(folder / "caller") as phone:
        await phone.dial()
        await _while_being_transferred(phone)
        assert await phone.hears_sound(OPERATOR, OPERATOR_COMES_S)
        await service.task_ends("assigned", None)
        await phone.hang_up()
        await desk.event("CALL_CLOSED", 5)
    await service.ends_with("handed_over", before)
    task = await service.task_ends("completed", "answered")
    assert task.answered_at is not None
    assert task.ended_at is not None
    assert task.created_at <= task.answered_at < task.ended_at


async def test_the_line_dies_without_a_word(
    asterisk: Asterisk, service: Service, folder: Path
) -> None:
    """No hang-up comes, only the sound stops: Asterisk ends the call by `rtp_timeout`."""
    before = service.calls()
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        await _in_the_greeting(phone)
        await phone.disappear()
    await service.ends_with("caller_hung_up", before, within_s=15)


async def test_twenty_callers_hang_up_at_random_moments(
    asterisk: Asterisk, service: Service, folder: Path
) -> None:
    before = set(service.calls())
    options = ("-m", "20", "-r", "10", "-l", "20")
    async with Sipp(folder, "short_call", *options, port=5090) as callers:
        assert await callers.finished(within_s=40) == 0, callers.errors()
    await asyncio.sleep(2)
    ended = {call: how for call, how in service.calls().items() if call not in before}
    assert set(ended.values()) <= {"caller_hung_up"}
    assert service.active() == 0
    assert len(ended) >= 5  # the others hung up before the service had heard of them
