"""Frames of the caller wait for each other where nothing depends on a single one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import soundfile

from asr.audio import Pcm
from asr.detectors import make_detector
from asr.endpointing import ByExpectation
from asr.listener import Listener
from asr.transcribe import frames
from telephony.caller import MOST_TICKS, PATIENT_TICKS, Caller
from telephony.clock import FastClock
from telephony.echo import EchoGate
from telephony.edge import Inbound
from telephony.events import Held
from telephony.intake import Intake
from telephony.recorder import Recorder
from tests.asr.conftest import recording
from tests.telephony.fakes import ScriptedEdge, silence
from tests.telephony.table import GREETING_S, PHRASES, Table


@dataclass
class CountedEdge(ScriptedEdge):
    read_in: list[int] = field(default_factory=list)
    """Numbers of the ticks in which it was read."""

    def read(self, ticks: int = 1) -> Inbound:
        self.read_in.append(len(self.sent))
        return super().read(ticks)

    @property
    def reads(self) -> int:
        return len(self.read_in)


class Impatient(Listener):
    """Wants every frame at once."""

    @property
    def next_signal(self) -> int:
        return 1


def said() -> list[Pcm]:
    """A recording; each sample of 1 in it is heard as the first phrase."""
    samples = recording("phrases/opening_hours.flac").copy()
    samples[len(samples) // 2] = 1
    return [*frames(samples)]


async def call(folder: Path, kind: type[Listener], recorder: Recorder | None = None) -> Table:
    table = Table.in_directory(folder)
    table.recognizer.phrases = {1: PHRASES[1]}
    gate = EchoGate(make_detector("webrtc"))
    await table.call(
        silence(1.03),
        said(),
        silence(GREETING_S),
        call_id=kind.__name__,
        listener=kind(gate, ByExpectation()),
        echo=gate,
        edge=CountedEdge,
        recorder=recorder,
    )
    return table


async def test_nothing_is_decided_later_for_frames_that_waited(tmp_path: Path) -> None:
    waited = await call(tmp_path, Listener)
    at_once = await call(tmp_path, Impatient)
    held = [event.reaction_ms for event in waited.events(Held)]
    assert held == [event.reaction_ms for event in at_once.events(Held)]
    assert held
    endpoints = [turn.times.endpoint for turn in waited.turns]
    assert endpoints == [pytest.approx(turn.times.endpoint) for turn in at_once.turns]
    assert waited.heard == at_once.heard


async def test_the_caller_is_read_every_few_frames(tmp_path: Path) -> None:
    table = await call(tmp_path, Listener)
    assert isinstance(table.edge, CountedEdge)
    assert table.edge.reads < 0.5 * len(table.edge.sent)


async def test_it_is_read_half_as_often_where_no_prompt_can_be_interrupted(tmp_path: Path) -> None:
    table = Table.in_directory(tmp_path)
    gate = EchoGate(make_detector("webrtc"))
    await table.call(
        silence(GREETING_S + 1.0),
        listener=Listener(gate, ByExpectation()),
        echo=gate,
        edge=CountedEdge,
    )
    edge = table.edge
    assert isinstance(edge, CountedEdge)
    asked = edge.floors[0]
    prompt = [tick for tick in edge.read_in if 10 < tick < asked]
    answer = [tick for tick in edge.read_in if asked + PATIENT_TICKS < tick]
    assert set(np.diff(prompt)) == {MOST_TICKS}
    assert set(np.diff(answer)) == {PATIENT_TICKS}


@dataclass
class Wall(FastClock):
    """Shows the same tick to several calls."""

    frame: int = 0


@dataclass
class Quiet:
    """A caller of whom nothing is due for a while."""

    wall: Wall
    taken: list[int] = field(default_factory=list)

    def take(self, inbound: Inbound, ticks: int) -> int:
        self.taken.append(self.wall.frame)
        return MOST_TICKS


def test_calls_that_tick_together_are_read_together_whenever_they_began() -> None:
    wall = Wall()
    intakes, callers = [], [Quiet(wall) for _ in range(MOST_TICKS)]
    for wall.frame in range(40):
        if wall.frame < len(callers):
            edge, caller = ScriptedEdge([]), cast(Caller, callers[wall.frame])
            intakes.append(Intake(edge, wall, caller, None, None))
        for intake in intakes:
            intake.tick()
    together = {tuple(n for n in caller.taken if n >= 8) for caller in callers}
    assert together == {tuple(range(8, 40, MOST_TICKS))}


class LateClock(FastClock):
    """There is never enough time."""

    @property
    def behind(self) -> bool:
        return True


async def test_where_time_is_short_the_caller_is_read_seldom_but_heard(tmp_path: Path) -> None:
    table = Table.in_directory(tmp_path)
    table.recognizer.phrases = {1: PHRASES[1]}
    edge = CountedEdge([Inbound((f,)) for f in [*said(), *silence(3.0)]])
    listener = Listener(make_detector("webrtc"), ByExpectation())
    await table.session(edge, LateClock(), "call", listener=listener).run()
    assert edge.reads <= len(edge.sent) / 10 + 1
    assert PHRASES[1] in table.heard


async def test_a_recording_keeps_both_sides_in_step(tmp_path: Path) -> None:
    recorder, file = Recorder(), tmp_path / "call.wav"
    table = await call(tmp_path, Listener, recorder)
    recorder.write(file)
    both, _ = soundfile.read(file, dtype="int16")
    caller, assistant = both.T
    np.testing.assert_array_equal(assistant, np.concatenate(table.edge.sent))
    sent = np.concatenate([*silence(1.03), *said()])
    np.testing.assert_array_equal(caller[: len(sent)], sent)
