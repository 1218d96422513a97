"""Commands that lead conversations: `call`, `chat`, `handovers`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from asr.files import read_recording
from routing.hours import load_hours
from telephony.clock import FastClock, RealClock
from telephony.pacer import Pacer
from telephony.recorded import RecordedCaller
from telephony.recorder import Recorder
from telephony.turn import Outcome, Turn
from voice122.cli.chat import run_chat, run_jsonl
from voice122.cli.console import CallConsole
from voice122.cli.voice_chat import run_voice
from voice122.settings import Settings
from voice122.wiring import Rooms, open_content, open_store


class _Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without a zone it is the region's time."""

    name = "iso-time"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> datetime:
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write it as 2026-11-24T10:00:00+05:00", param)


MOMENT = _Moment()


def _clock_of_day(at: datetime | None, settings: Settings) -> Callable[[], datetime]:
    """The time of day: the machine's, or one that begins at `at`."""
    began = time.monotonic()
    if at is None:
        return lambda: datetime.now().astimezone()
    if at.tzinfo is None:
        at = at.replace(tzinfo=load_hours(settings.content_dir / "hours.yml").zone)
    start = at
    return lambda: start + timedelta(seconds=time.monotonic() - began)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a turn.")
@click.option("--out", type=click.Path(path_type=Path), help="Record the call, two channels.")
@click.option("--realtime", is_flag=True, help="Take as long as the call would on the phone.")
@click.option("--at", type=MOMENT, help="When the call comes in, e.g. 2026-11-24T10:00+05:00.")
@click.option("--convert", is_flag=True, help="Accept recordings in other formats.")
def call(
    files: tuple[Path, ...],
    as_json: bool,
    out: Path | None,
    realtime: bool,
    at: datetime | None,
    convert: bool,
) -> None:
    """Handle one whole phone call from recordings: each FILE is the caller's next turn."""
    turns = [read_recording(path, convert=convert) for path in files]
    recorder = Recorder()
    console = CallConsole(Console())
    if as_json:
        on_turn: Callable[[Turn], None] = _print_json
    else:
        on_turn = console.turn

    settings = Settings().for_one_call()
    now = _clock_of_day(at, settings)

    async def run() -> Outcome:
        async with Rooms(settings) as rooms:
            session = rooms.session(
                RecordedCaller(turns),
                RealClock(Pacer()) if realtime else FastClock(),
                now=now,
                on_turn=on_turn,
                recorder=recorder,
            )
            began = time.monotonic()
            outcome = await session.run()
            if not as_json:
                console.outcome(outcome, recorder.duration_s, time.monotonic() - began)
            return outcome

    asyncio.run(run())
    if out is not None:
        recorder.write(out)


def _print_json(turn: Turn) -> None:
    print(json.dumps(turn.to_json(), ensure_ascii=False), flush=True)


@click.command()
@click.option("--jsonl", is_flag=True, help="Events in on stdin, acts out, one JSON object a line.")
@click.option("--at", type=MOMENT, help="When the call comes in, e.g. 2026-11-24T10:00+05:00.")
@click.option("--voice", is_flag=True, help="Speak and listen on this machine's sound card.")
def chat(jsonl: bool, at: datetime | None, voice: bool) -> None:
    """Have the conversation in text, or by voice on the sound card."""
    if jsonl and voice:
        raise click.UsageError("--jsonl and --voice exclude each other")
    settings = Settings()
    now = _clock_of_day(at, settings)
    if voice:
        asyncio.run(run_voice(settings, now, Console()))
    elif jsonl:
        asyncio.run(run_jsonl(settings, now, sys.stdin.buffer, sys.stdout))
    else:
        asyncio.run(run_chat(settings, now, Console()))


@click.command()
@click.option("--queue", help="Only this queue.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def handovers(queue: str | None, as_json: bool) -> None:
    """List calls that were handed over to operators, oldest first."""
    settings = Settings()
    store = open_store(settings)
    zone = open_content(settings).hours.zone
    for item in store.handovers(queue):
        if as_json:
            document = {**vars(item), "created_at": item.created_at.isoformat()}
            print(json.dumps(document, ensure_ascii=False))
            continue
        slots = ", ".join(f"{name}: {value}" for name, value in item.brief["slots"].items())
        when = item.created_at.astimezone(zone).strftime("%d.%m.%Y %H:%M")
        print(f"{when}  {item.queue:14}  {item.brief['title'] or '-'}  {slots}")
    store.close()
