"""What a tick costs: processor time of calls' frames in one process, without sending.

Sessions are real, from the bytes of AudioSocket to its bytes; engines are scripted, and callers
speak now and then, as in `bench.telephony`. Ticks follow each other without waiting, so that the
figure hardly depends on what else the machine does; what sending costs comes on top. With --cold,
other work empties the processor's caches between ticks, as it does where frames are 20 ms apart.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import socket
import struct
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from asr.audio import FRAME_S
from asr.files import read_recording
from bench.callers import ROOT, SILENT, packed
from telephony.audiosocket_server import AudioSocketConnection, Outbox
from telephony.edge import Edge
from telephony.events import Silent
from telephony.limits import PeerLimits
from telephony.switchboard import IncomingCall
from tests.telephony.fake_service import ScriptedEngines

PHRASE = ROOT / "tests" / "audio" / "phrases" / "opening_hours.flac"
ROUND = 600
"""Frames of a caller's round: a phrase, and silence up to 12 s."""
HEARS = {"во сколько вы работаете": "working_hours"}


class Hand:
    """A clock that is turned by hand: see `telephony.clock.Clock`."""

    def __init__(self) -> None:
        self.ticks: list[Callable[[], object]] = []
        self.frame = 0

    def now(self) -> float:
        return self.frame * FRAME_S

    @property
    def behind(self) -> bool:
        return False

    async def drive(self, tick: Callable[[], bool], until: asyncio.Future[Any]) -> None:
        self.ticks.append(tick)
        await asyncio.wait({until})


class Wire(asyncio.Transport):
    """Carries what the caller says; swallows what is sent."""

    def __init__(self) -> None:
        self.caller, self._ours = socket.socketpair()
        self._ours.setblocking(False)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self

    def setsockopt(self, *_: int) -> None:
        """As a socket has it."""

    def fileno(self) -> int:
        return self._ours.fileno()

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Frames are read in ticks anyway."""

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Swallow."""


async def frames(calls: int, rounds: int, cold: bool, profile: cProfile.Profile | None) -> float:
    """Run `calls` calls for `rounds` of `ROUND` frames; processor time a frame (s).

    Of each moment of a round the best counts, which hides what else the machine does.
    """
    clock = Hand()
    limits = PeerLimits(idle_s=1e6, speed=1e6, burst_s=1e6, messages_a_second=1e6)
    phrase = packed(read_recording(PHRASE))
    with tempfile.TemporaryDirectory() as directory:
        engines = ScriptedEngines(Path(directory), HEARS, forever=True)
        sessions = set()
        outbox = Outbox()

        def serve(call_id: str, edge: Edge) -> None:
            session = engines.session(IncomingCall(call_id), edge, clock, Silent())
            sessions.add(asyncio.create_task(session.run()))

        callers = [AudioSocketConnection(serve, limits, print, outbox) for _ in range(calls)]
        wires = [Wire() for _ in callers]
        for caller, wire in zip(callers, wires, strict=True):
            caller.connection_made(cast(asyncio.BaseTransport, wire))
            caller.data_received(struct.pack(">BH", 1, 16) + uuid.uuid4().bytes)
        await asyncio.sleep(0)  # sessions begin
        other_work = np.random.default_rng(1).random(500_000)
        spent = np.zeros((rounds, ROUND))
        for frame in range(rounds * ROUND):
            for number, wire in enumerate(wires):
                at = (frame + 37 * number) % ROUND
                wire.caller.send(phrase[at] if at < len(phrase) else SILENT)
            if cold:
                np.copyto(other_work, other_work[::-1])
            began = time.thread_time()
            if profile is not None and frame >= ROUND:  # what the first calls load, stays
                profile.enable()
            for tick in clock.ticks:
                tick()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if profile is not None:
                profile.disable()
            spent[divmod(frame, ROUND)] = time.thread_time() - began
            clock.frame += 1
            await asyncio.sleep(0.002 if frame % 20 == 0 else 0)  # the store's threads
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
    return float(spent.min(axis=0).mean()) / calls


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tick", description=__doc__)
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3, help="of 12 s")
    parser.add_argument("--cold", action="store_true", help="empty the caches between ticks")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    options = parser.parse_args(argv)
    profile = cProfile.Profile() if options.profile else None
    cost_s = asyncio.run(frames(options.calls, options.rounds, options.cold, profile))
    print(
        f"{options.calls} calls: {cost_s * 1e6:.1f} us a frame, "
        f"{cost_s / FRAME_S * 100:.3f} % of a core a call"
    )
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(60)
    return 0
