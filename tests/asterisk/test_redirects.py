"""Calls that go on to another number: somebody answers there, or the caller is back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.parties import GREETING, OPERATOR, SHORT_S, carrier, operator, phrase
from tests.asterisk.phone import Phone
from tests.asterisk.private_asterisk import Asterisk
from tests.asterisk.service import Service
from tests.asterisk.signals import murmur
from tests.asterisk.sipp import Sipp


@pytest.fixture(scope="module")
def ambulances(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service to which callers want an ambulance; its prompts are cut short."""
    folder = tmp_path_factory.mktemp("ambulances")
    with Service(folder, "вызовите скорую=ambulance_103", longest_s=SHORT_S) as service:
        yield service


async def test_ambulance_answers(asterisk: Asterisk, ambulances: Service, folder: Path) -> None:
    ambulance = murmur(2, seed=103)
    async with carrier(folder, "103", ambulance), Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(GREETING, within_s=10)
        await phone.say(phrase("chest_pain"))
        assert await phone.hears_sound(ambulance, within_s=25)
        assert ambulances.told("call.redirect_answered") == 1
        await phone.hang_up()
    assert not [event for event in ambulances.events() if event["event"] == "RedirectFailed"]


@pytest.mark.parametrize("there", ["busy", "rings_for_ever", None])
async def test_ambulance_does_not_answer_and_the_caller_is_back(
    asterisk: Asterisk, ambulances: Service, folder: Path, there: str | None
) -> None:
    """Busy, no answer, and nothing at all at the other end."""
    other_end = contextlib.nullcontext() if there is None else Sipp(folder, there)
    async with other_end, operator(folder), Phone(folder / "caller") as phone:
        await phone.dial()
        assert await phone.hears_sound(GREETING, within_s=10)
        await phone.say(phrase("chest_pain"))
        assert await phone.hears_sound(OPERATOR, within_s=40)
        await phone.hang_up()
    back = [event for event in ambulances.events() if event["event"] == "RedirectFailed"]
    assert back[0]["number"] == "103"
    assert ambulances.told("call.redirect_answered") == 0
    await ambulances.task_ends("completed", "answered")
