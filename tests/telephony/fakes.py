"""A scripted ear and voice on fast time: exact to the frame, no engines.

The caller's audio carries the words: a frame whose samples all equal n (n >= 1) belongs to the
n-th phrase of the recognizer's script.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from asr.audio import FRAME_S, FRAME_SAMPLES, Pcm
from asr.endpoint import Expectation, Signal
from asr.errors import RecognitionError
from asr.recognizer import Hints, Recognition
from dialog.nlu.interpreter import Context, Parse, Ranked
from routing.hours import Duty
from telephony.conversation import UnderstandingLost
from telephony.edge import Inbound
from telephony.events import CallEvent
from tts.errors import SynthesisError

AT = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
START_FRAMES = 3
PAUSE_FRAMES = 10
END_FRAMES = 30


def speech(phrase: int, seconds: float) -> list[Pcm]:
    """Frames in which the caller says the n-th phrase."""
    return [np.full(FRAME_SAMPLES, phrase, np.int16)] * round(seconds / FRAME_S)


def silence(seconds: float) -> list[Pcm]:
    return [np.zeros(FRAME_SAMPLES, np.int16)] * round(seconds / FRAME_S)


class ScriptedListener:
    """Loud frames are speech; every threshold is exact."""

    def __init__(self, complete: Sequence[str] = (), *, hasty: bool = False) -> None:
        self.expected: list[Expectation] = []
        self.next_signal = 1
        self.position_s = 0.0
        self.speech = (0.0, 0.0)
        self.snr_db = 20.0
        self._complete = complete
        self._hasty = hasty
        """Whether what was understood ends the turn, pause or not."""
        self._loud = 0
        self._quiet = 0
        self._in_turn = False
        self._pending: list[Pcm] = []

    @property
    def speech_s(self) -> float:
        return self.speech[1] - self.speech[0]

    def expect(self, expectation: Expectation) -> None:
        self.expected.append(expectation)

    def hear(self, frames: Sequence[Pcm]) -> Iterator[Signal | None]:
        return map(self.accept, frames)

    def accept(self, frame: Pcm) -> Signal | None:
        self.position_s += FRAME_S
        if self._in_turn:
            self._pending.append(frame)
        if frame.any():
            self._loud += 1
            resumed = self._in_turn and self._quiet >= PAUSE_FRAMES
            self._quiet = 0
            if not self._in_turn and self._loud >= START_FRAMES:
                self._in_turn = True
                self._pending = [frame]
                self.speech = (self.position_s - self._loud * FRAME_S, self.position_s)
                return Signal.STARTED
            self.speech = (self.speech[0], self.position_s)
            return Signal.RESUMED if resumed else None
        self._loud = 0
        self._quiet += 1
        if self._in_turn and self._quiet == PAUSE_FRAMES:
            return Signal.MAYBE_END
        if self._in_turn and self._quiet == END_FRAMES:
            self._in_turn = False
            return Signal.END
        return None

    def take_new_samples(self) -> Pcm:
        taken, self._pending = self._pending, []
        return np.concatenate(taken) if taken else np.zeros(0, np.int16)

    def guess(self, text: str) -> Signal | None:
        if text in self._complete:
            self._in_turn = False
            return Signal.END
        return None

    def understood(self) -> Signal | None:
        if self._hasty and self._in_turn:
            self._in_turn = False
            return Signal.END
        return None

    @property
    def loud(self) -> bool:
        """Whether the last frame was speech."""
        return not self._quiet


@dataclass
class ScriptedRecognizer:
    """Hears the phrase whose number the samples carry; "" for a number without a phrase."""

    phrases: dict[int, str]
    fails_on: set[int] = field(default_factory=set)
    opened: list[Hints] = field(default_factory=list)
    closed: int = 0
    streams_partials = False

    def open(self, hints: Hints) -> _Transcription:
        self.opened.append(hints)
        return _Transcription(self)


@dataclass
class _Transcription:
    recognizer: ScriptedRecognizer
    samples: list[Pcm] = field(default_factory=list)

    async def feed(self, samples: Pcm) -> None:
        self.samples.append(samples)

    async def partial(self, wanted: Callable[[], bool]) -> Recognition:
        return self._read()

    async def finish(self) -> Recognition:
        return self._read()

    async def close(self) -> None:
        self.recognizer.closed += 1

    def _read(self) -> Recognition:
        heard = sorted(set(np.concatenate(self.samples).tolist()) - {0})
        if self.recognizer.fails_on & set(heard):
            raise RecognitionError("the recognizer died; it was restarted")
        words = [self.recognizer.phrases[n] for n in heard if n in self.recognizer.phrases]
        return Recognition(" ".join(words), 0.9 if words else 0.0)


@dataclass
class ScriptedVoice:
    """Every character lasts 20 ms; samples are -1, so that the edge can tell."""

    said: list[str] = field(default_factory=list)
    failures: int = 0
    """How many of the next prompts fail."""

    async def speak(
        self, text: str, *, rate: float = 1.0, cacheable: bool = True
    ) -> AsyncIterator[Pcm]:
        if self.failures:
            self.failures -= 1
            raise SynthesisError("the synthesizer died; it was restarted")
        self.said.append(text)
        for _ in text:
            await asyncio.sleep(0)
            yield np.full(FRAME_SAMPLES, -1, np.int16)


@dataclass
class ScriptedEdge:
    """Plays what `inbound` lists, frame by frame; keeps what the assistant sent."""

    inbound: list[Inbound]
    sent: list[Pcm] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)
    closed: bool = False

    def read(self, ticks: int = 1) -> Inbound:
        if not self.inbound:
            return Inbound(hung_up=True)
        came, self.inbound = self.inbound[:ticks], self.inbound[ticks:]
        frames = tuple(frame for each in came for frame in each.frames)
        return Inbound(frames, "".join(each.keys for each in came), came[-1].hung_up)

    def write(self, frame: Pcm) -> None:
        self.sent.append(frame)

    def give_floor(self) -> None:
        self.floors.append(len(self.sent))

    def clear(self) -> None:
        pass

    def show(self, event: CallEvent) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    @property
    def spoken_frames(self) -> int:
        return sum(bool(frame.any()) for frame in self.sent)


@dataclass
class ScriptedUnderstanding:
    """Knows the meaning of every phrase beforehand."""

    intents: dict[str, str]
    confidence: float = 0.9
    lost: int = 0
    delay_s: float = 0.0
    """How long it takes; real time, as engines take it."""
    contexts: list[Context] = field(default_factory=list)

    async def __call__(self, text: str, context: Context) -> Parse:
        self.contexts.append(context)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.lost:
            self.lost -= 1
            raise UnderstandingLost("the interpreter died; it was restarted")
        intent = self.intents.get(text)
        ranking = (Ranked(intent, self.confidence),) if intent else ()
        return Parse(text, intent, self.confidence, ranking)


class AlwaysOnDuty:
    def duty(self, at: datetime) -> Duty:
        return Duty(on_duty=True)
