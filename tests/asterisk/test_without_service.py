"""The service is down, hangs or talks nonsense: the caller still gets a person or a clear word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.odd_service import OddService
from tests.asterisk.parties import OPERATOR, OPERATOR_COMES_S, operator
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.signals import correlation, murmur, spoken_file
from tests.asterisk.sipp import Sipp

NEVER = "00:00-00:00,mon,1,jan"


@pytest.fixture
def after_hours(asterisk: Asterisk) -> Iterator[None]:
    asterisk.command(f"dialplan set global V122_HOURS {NEVER}")
    yield
    asterisk.command("dialplan set global V122_HOURS *,*,*,*")


async def test_service_down_by_day_an_operator_answers(asterisk: Asterisk, folder: Path) -> None:
    async with operator(folder), Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(OPERATOR, OPERATOR_COMES_S)
        await phone.hang_up()


async def test_service_and_operators_away_a_recording_says_so(
    asterisk: Asterisk, folder: Path
) -> None:
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        await phone.event("CALL_CLOSED", 20)
        assert correlation(spoken_file("nobody"), phone.heard()) >= 0.99


async def test_service_down_after_hours_a_recording_names_the_hours(
    asterisk: Asterisk, after_hours: None, folder: Path
) -> None:
    async with Phone(folder / "caller") as phone:
        await phone.dial()
        await phone.event("CALL_CLOSED", 20)
        assert correlation(spoken_file("closed"), phone.heard()) >= 0.99


async def test_a_hanging_service_is_noticed_before_the_caller_hears_its_silence(
    asterisk: Asterisk, folder: Path
) -> None:
    async with OddService(murmur(1, 1), None) as service, operator(folder):
        async with Phone(folder / "caller") as phone:
            await phone.dial()
            assert await phone.hears_sound(OPERATOR, within_s=25)
            await phone.hang_up()
        assert service.calls == []


async def test_a_service_that_breaks_off_at_once_is_not_called_for_ever(
    asterisk: Asterisk, folder: Path
) -> None:
    async with OddService(None, "speech", "again") as service, operator(folder):
        async with Phone(folder / "caller") as phone:
            await phone.dial()
            assert await phone.hears_sound(OPERATOR, OPERATOR_COMES_S)
            await phone.hang_up()
        assert 1 < len(service.calls) < 10
        assert len(set(service.calls)) == 1


NONSENSE = (
    "queue,no-such-queue",
    "queue,${EXTEN}),System(touch${IFS}x",
    "redirect,88095551234",
    "redirect,103@evil.example",
    "redirect,",
    "x" * 100_000,
    "",
)


async def test_nonsense_leads_nowhere_but_to_an_operator(asterisk: Asterisk, folder: Path) -> None:
    """Never to a number that the site has not listed, whatever the service says."""
    before = len(asterisk.log())
    asterisk.command(f"dialplan set global V122_PATIENCE_AT_START {len(NONSENSE)}")
    async with (
        OddService(None, "speech", *NONSENSE),
        operator(folder),
        Phone(folder / "caller") as phone,
    ):
        await phone.dial()
        assert await phone.hears_sound(OPERATOR, within_s=30)
        await phone.hang_up()
    asterisk.command("dialplan set global V122_PATIENCE_AT_START 2")
    log = asterisk.log()[before:]
    assert "Dial(" not in log
    assert "no-such-queue" in log and "88095551234" in log


async def test_the_service_learns_who_calls_and_which_number(
    asterisk: Asterisk, folder: Path
) -> None:
    async with (
        OddService(murmur(1, 1), "speech", "hangup") as service,
        Phone(folder / "caller", number="73425550123") as phone,
    ):
        await phone.dial("+73422000001")
        await asyncio.sleep(0.5)
        await phone.hang_up()
    asked, body = service.asked[0]
    assert asked == "POST /calls"
    assert f"id={service.call_ids[0]}&caller=73425550123&dialled=73422000001" == body


async def test_caller_hangs_up_before_anybody_answers(asterisk: Asterisk, folder: Path) -> None:
    """The service takes its time with the announcement, so the telephone still rings."""
    async with OddService(murmur(1, 1), None) as hanging:
        async with Sipp(folder, "hangs_up_before_answer", "-m", "1", port=5090) as caller:
            assert await caller.finished(within_s=15) == 0, caller.errors()
        assert hanging.calls == []
