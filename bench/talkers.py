"""Callers who hold a conversation: they listen, speak when it is quiet, and interrupt now and then.

What they are sent is played as a telephone plays it: sound lasts 20 ms a frame from its arrival or
from the end of the frame before, so that frames that come in pairs are no pause.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import numpy as np

from asr.audio import FRAME_S
from bench.callers import SILENT, Caller, Crowd

QUIET_S: Final = 0.25
"""After this time without sound the service has fallen silent (s)."""
LISTEN_S: Final = 0.6
"""Between the end of a prompt and what the caller says, at the least (s)."""
OVER_S: Final = 0.8
"""So much of a prompt is heard before the caller speaks over it (s)."""
PATIENCE_S: Final = 6.0
"""An answer that takes longer is missed (s)."""


class _Stage(Enum):
    LISTENS = auto()
    SPEAKS = auto()
    AWAITS = auto()
    WILL_INTERRUPT = auto()
    INTERRUPTS = auto()


@dataclass
class Heard:
    """What all callers measured."""

    responses_s: list[float] = field(default_factory=list)
    """From the end of the caller's speech to the answer's first sound."""
    stops_s: list[float] = field(default_factory=list)
    """From the first sound of the caller who interrupts to silence."""
    missed: int = 0
    """Turns without an answer, and interruptions that stopped nothing."""


class Ear(Caller):
    """A caller's telephone: when there was sound, and for how long."""

    def __init__(self) -> None:
        super().__init__()
        self.sound_began = 0.0
        """The first sound after quiet (monotonic time, s)."""
        self.sound_ends = 0.0
        """When the last sound that arrived has been played (monotonic time, s)."""
        self.gaps_s: list[float] = []
        """Between two arrivals of sound within a prompt."""
        self.waits_s: list[float] = []
        """The telephone had played everything and waited for so long within a prompt."""
        self._arrived = 0.0

    def data_received(self, data: bytes) -> None:
        before = len(self.arrivals)
        super().data_received(data)
        sounding = min(self.sounding, len(self.arrivals) - before)
        if not sounding:
            return
        now = time.monotonic()
        if now > self.sound_ends + QUIET_S:
            self.sound_began = now
        else:
            self.gaps_s.append(now - self._arrived)
            self.waits_s.append(max(0.0, now - self.sound_ends))
        self._arrived = now
        self.sound_ends = max(now, self.sound_ends) + sounding * FRAME_S


class Talker:
    """One caller's behaviour; ask it every 20 ms what to send.

    Args:
        ear: the call.
        phrase: what is said, in messages of 20 ms; begins and ends with sound.
        heard: where to note what was measured.
        seed: of the pauses between.
    """

    def __init__(self, ear: Ear, phrase: list[bytes], heard: Heard, seed: int) -> None:
        self._ear = ear
        self._phrase = phrase
        self._heard = heard
        self._random = np.random.default_rng(seed)
        self._stage = _Stage.LISTENS
        self._saying: Iterator[bytes] = iter(())
        self._since = 0.0
        self._stopped: float | None = None
        self._interrupts_next = False
        self._pause_s = LISTEN_S

    def says(self) -> bytes:
        """The next message."""
        now = time.monotonic()
        match self._stage:
            case _Stage.LISTENS if self._ear.sound_began and (
                now > self._ear.sound_ends + self._pause_s
            ):
                return self._begin(_Stage.SPEAKS, now)
            case _Stage.WILL_INTERRUPT if now > self._ear.sound_began + OVER_S:
                self._stopped = None
                return self._begin(_Stage.INTERRUPTS, now)
            case _Stage.SPEAKS | _Stage.INTERRUPTS:
                return self._go_on(now)
            case _Stage.AWAITS:
                self._await(now)
        return SILENT

    def _begin(self, stage: _Stage, now: float) -> bytes:
        self._stage = stage
        self._since = now
        self._saying = iter(self._phrase)
        return next(self._saying)

    def _go_on(self, now: float) -> bytes:
        quiet = now > self._ear.sound_ends + QUIET_S
        if self._stage is _Stage.INTERRUPTS and self._stopped is None and quiet:
            self._stopped = self._ear.sound_ends
            self._heard.stops_s.append(self._stopped - self._since)
        message = next(self._saying, None)
        if message is not None:
            return message
        if self._stage is _Stage.INTERRUPTS:
            self._heard.missed += self._stopped is None
        self._interrupts_next = self._stage is _Stage.SPEAKS
        self._stage = _Stage.AWAITS
        self._since = now
        return SILENT

    def _await(self, now: float) -> None:
        if self._ear.sound_began > self._since:
            self._heard.responses_s.append(self._ear.sound_began - self._since)
        elif now > self._since + PATIENCE_S:
            self._heard.missed += 1
            self._interrupts_next = False
        else:
            return
        self._stage = _Stage.WILL_INTERRUPT if self._interrupts_next else _Stage.LISTENS
        self._pause_s = LISTEN_S + float(self._random.uniform(0, 0.5))


@dataclass
class TalkingCrowd(Crowd):
    """Callers who talk, `talk(seconds, crowd.says)`."""

    phrase: list[bytes] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    talkers: list[Talker] = field(default_factory=list)

    def _new(self) -> Ear:
        ear = Ear()
        self.callers.append(ear)
        self.talkers.append(Talker(ear, self.phrase, self.heard, len(self.talkers)))
        return ear

    def says(self, number: int, frame: int) -> bytes:
        """What caller `number` sends now."""
        return self.talkers[number].says()

    def forget(self) -> None:
        """Measure from now on."""
        self.heard.responses_s.clear()
        self.heard.stops_s.clear()
        self.heard.missed = 0
        for ear in self.ears:
            ear.gaps_s.clear()
            ear.waits_s.clear()

    @property
    def ears(self) -> list[Ear]:
        """The callers' telephones."""
        return [caller for caller in self.callers if isinstance(caller, Ear)]
