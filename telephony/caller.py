"""The caller's side of a call: frames and keys in, events for the conversation out.

Who has the floor decides what the caller's speech means: an answer, an interruption, or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from asr.audio import Pcm
from asr.endpoint import Expectation, Signal
from asr.listener import Listener
from asr.recognizer import Hints, Recognition
from asr.service import RecognizerService
from telephony.clock import Clock
from telephony.edge import Inbound
from telephony.hearing import Hearing


class Floor(StrEnum):
    """Who may speak now."""

    ASSISTANT = "assistant"
    """A protected prompt, or an answer is being prepared: speech is not acted on."""
    SHARED = "shared"
    """A prompt that the caller may interrupt."""
    CALLER = "caller"
    """The assistant waits for an answer."""


@dataclass(frozen=True)
class Spoke:
    """The caller's utterance is over; its words are on their way."""

    hearing: Hearing
    speech_s: float
    """How much of the utterance is speech, pauses left out (s)."""
    snr_db: float | None
    endpoint_ms: float
    """From the end of speech to the decision that the turn is over (ms)."""
    decided_at: float
    """Time of the decision, by the call's clock (s)."""


@dataclass(frozen=True)
class Pressed:
    """The caller pressed keys."""

    keys: str


@dataclass(frozen=True)
class StayedSilent:
    """Nothing came for as long as a question waits."""


@dataclass(frozen=True)
class Gone:
    """The caller hung up."""


CallerEvent = Spoke | Pressed | StayedSilent | Gone


class Caller:
    """Fed once a tick by the media loop; the conversation awaits `next_event`.

    Args:
        listener: hears this call.
        recognizer: shared by calls.
        clock: the call's time.
        no_input_s: silence after a question until `StayedSilent` (s).
        barge_in_s: speech over a prompt from which it interrupts (s).
        heard_so_far: told of every guess; whether it must end the turn at once.
        on_interrupt: told when the caller takes the floor from a prompt.
    """

    def __init__(
        self,
        listener: Listener,
        recognizer: RecognizerService,
        clock: Clock,
        *,
        no_input_s: float,
        barge_in_s: float,
        heard_so_far: Callable[[Recognition], bool],
        on_interrupt: Callable[[], None],
    ) -> None:
        self._listener = listener
        self._recognizer = recognizer
        self._clock = clock
        self._no_input_s = no_input_s
        self._barge_in_s = barge_in_s
        self._heard_so_far = heard_so_far
        self._on_interrupt = on_interrupt
        self._events: asyncio.Queue[CallerEvent] = asyncio.Queue()
        self._floor = Floor.ASSISTANT
        self._hints = Hints()
        self._hearing: Hearing | None = None
        self._waiting_since = 0.0
        self.gone = False
        """Whether the caller hung up."""

    @property
    def deciding(self) -> bool:
        """Whether the recognizer works on what the caller said."""
        return self._hearing is not None and self._hearing.busy

    def expect(self, expectation: Expectation, hints: Hints) -> None:
        """The next question asks for such an answer."""
        self._hints = hints
        self._listener.expect(expectation)

    def give_floor(self, floor: Floor) -> None:
        """Say who may speak from now on; giving it to the caller starts the no-input timer."""
        self._floor = floor
        self._waiting_since = self._clock.now()
        if floor is Floor.ASSISTANT:
            self._drop_hearing()

    async def next_event(self) -> CallerEvent:
        """Wait for what the caller does next."""
        return await self._events.get()

    def close(self) -> None:
        """The call is over."""
        self._drop_hearing()

    def take(self, inbound: Inbound) -> None:
        """One tick: what came from the caller."""
        if self.gone:
            return
        if inbound.hung_up:
            self.gone = True
            self._happened(Gone())
            return
        if inbound.keys:
            self._happened(Pressed(inbound.keys))
        for frame in inbound.frames:
            self._listen(frame)
        if (
            self._floor is Floor.CALLER
            and self._hearing is None
            and self._clock.now() - self._waiting_since >= self._no_input_s
        ):
            self._happened(StayedSilent())

    def _listen(self, frame: Pcm) -> None:
        signal = self._listener.accept(frame)
        if self._floor is Floor.ASSISTANT:
            return
        if signal is Signal.STARTED:
            self._drop_hearing()
            self._hearing = Hearing(self._recognizer, self._hints, self._guessed)
        if self._hearing is None:
            return
        self._hearing.feed(self._listener.take_new_samples())
        if signal is Signal.MAYBE_END:
            self._hearing.pause()
        elif signal is Signal.RESUMED:
            self._hearing.resume()
        elif signal in (Signal.END, Signal.TOO_LONG):
            self._utterance_over()
        elif self._floor is Floor.SHARED and self._listener.speech_s >= self._barge_in_s:
            self._floor = Floor.CALLER
            self._on_interrupt()

    def _guessed(self, guess: Recognition) -> None:
        if self._hearing is None or self._floor is not Floor.CALLER:
            return
        speech = self._listener.speech
        if speech is None or speech[1] >= self._listener.position_s:
            return  # the caller has just gone on speaking
        if self._heard_so_far(guess) or self._listener.guess(guess.text) is Signal.END:
            self._utterance_over()

    def _utterance_over(self) -> None:
        hearing = self._hearing
        assert hearing is not None
        if self._floor is Floor.SHARED:  # too short to interrupt: a cough, an "угу"
            self._drop_hearing()
            return
        self._hearing = None
        speech = self._listener.speech
        assert speech is not None
        self._happened(
            Spoke(
                hearing,
                speech_s=self._listener.speech_s,
                snr_db=self._listener.snr_db,
                endpoint_ms=(self._listener.position_s - speech[1]) * 1000,
                decided_at=self._clock.now(),
            )
        )

    def _happened(self, event: CallerEvent) -> None:
        """Until the conversation gives the floor again, nothing else of this turn counts."""
        self._drop_hearing()
        if self._floor is Floor.SHARED or self.gone:
            self._on_interrupt()
        self._floor = Floor.ASSISTANT
        self._events.put_nowait(event)

    def _drop_hearing(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            self._hearing = None
