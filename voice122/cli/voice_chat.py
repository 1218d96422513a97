"""The conversation by voice, on this machine's sound card; keys come from its keyboard."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import datetime

import click
from rich.console import Console

from telephony.clock import RealClock
from telephony.pacer import Pacer
from telephony.sound_card import NoSoundCard, SoundCard
from voice122.cli.console import CallConsole
from voice122.settings import Settings
from voice122.wiring import Rooms


async def run_voice(settings: Settings, now: Callable[[], datetime], console: Console) -> None:
    """Talk until the call ends; digits, ``*`` and ``#`` with Enter are keys, Ctrl-D hangs up.

    Raises:
        click.UsageError: there is no sound card.
    """
    try:
        card = SoundCard().__enter__()  # before minutes of loading
    except NoSoundCard as error:
        raise click.UsageError(str(error)) from error
    with card:
        shown = CallConsole(console)
        async with Rooms(settings.for_one_call()) as rooms:
            threading.Thread(target=_keyboard, args=(card,), daemon=True).start()
            session = rooms.session(card, RealClock(Pacer()), now=now, on_turn=shown.turn)
            outcome = await session.run()
    console.print(f"{outcome.kind} {outcome.target or ''}".strip())


def _keyboard(card: SoundCard) -> None:
    for line in sys.stdin:
        keys = "".join(c for c in line if c in "0123456789*#")
        if keys:
            card.press(keys)
    card.hang_up()
