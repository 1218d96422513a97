"""Who is not listed does not get in, and nobody gets out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asterisk.parties import operator
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.sipp import Sipp

STRANGER = "127.0.0.66"


async def test_a_stranger_is_asked_for_a_password(asterisk: Asterisk, folder: Path) -> None:
    """Though he calls himself by an operator's name, and asks for a number that may be dialled."""
    async with Sipp(folder, "stranger", "-m", "1", address=STRANGER) as stranger:
        assert await stranger.finished(within_s=15) == 0, stranger.errors()


async def test_a_telephone_with_a_wrong_password_is_not_registered(
    asterisk: Asterisk, folder: Path
) -> None:
    phone = Phone(
        folder / "thief", address=STRANGER, port=5080, account="101", password="guess",
        registers_s=3,
    )  # fmt: skip
    with pytest.raises(TimeoutError):
        await phone.__aenter__()
    await phone.__aexit__(None, None, None)
    assert STRANGER not in asterisk.command("pjsip show contacts")


@pytest.mark.parametrize("number", ["103", "88095551234", "122"])
async def test_an_operators_telephone_calls_nowhere(
    asterisk: Asterisk, folder: Path, number: str
) -> None:
    before = len(asterisk.log())
    async with operator(folder) as desk:
        await desk.try_to_dial(number)
        await desk.event("CALL_CLOSED", 5)
    assert "Dial(" not in asterisk.log()[before:]
