"""The caller's side of a call: frames and keys in, events for the conversation out.

The caller is heard all the time, whoever has the floor. The floor decides what it means: an answer,
an interruption, or something to be kept until the assistant can listen. Speech over a prompt makes
it fall silent at once; whether it was an interruption is decided by its words, and if it was not,
the prompt goes on from where it was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from asr.audio import Pcm
from asr.endpoint import Expectation, Signal
from asr.errors import RecognitionError
from asr.guard import guard
from asr.listener import Listener
from asr.recognizer import Hints, Recognition
from asr.service import RecognizerService
from dialog.acts import KeyInput
from telephony.clock import Clock
from telephony.edge import Inbound
from telephony.events import CallEvent, Held, NoInput, NoWords
from telephony.floor import Assistant, CallerEvent, Floor, Gone, Pressed, Spoke, StayedSilent
from telephony.hearing import Hearing
from telephony.interruption import interrupts
from telephony.keypad import Keypad
from telephony.player import SILENCE
from telephony.turn_taking import TurnTaking

MOST_TICKS: Final = 4
"""Frames heard together at most while a prompt may be interrupted: two more, and it falls silent
22 ms later."""
PATIENT_TICKS: Final = 8
"""The same while the assistant is silent and waits: only the end of a pause can be missed."""


class Caller:
    """Fed by the media loop; the conversation awaits `next_event`.

    Args:
        listener: hears this call; None where only keys are served.
        recognizer: shared by calls.
        clock: the call's time.
        rules: of turn taking.
        assistant: falls silent, goes on, is interrupted.
        tell: told what happens.
    """

    def __init__(
        self,
        listener: Listener | None,
        recognizer: RecognizerService,
        clock: Clock,
        rules: TurnTaking,
        assistant: Assistant,
        tell: Callable[[CallEvent], None],
    ) -> None:
        self._listener = listener
        self._recognizer = recognizer
        self._clock = clock
        self._rules = rules
        self._assistant = assistant
        self._tell = tell
        self._events: deque[CallerEvent] = deque()
        self._happening = asyncio.Event()
        self._keypad = Keypad()
        self._ahead = ""
        """Keys pressed while the next question was not there yet."""
        self._floor = Floor.ASSISTANT
        self._asked: Expectation | None = None
        self._expectation: Expectation | None = None
        """To be told to the listener when the present utterance is over."""
        self._hints = Hints()
        self._hearing: Hearing | None = None
        self._judging: asyncio.Task[None] | None = None
        self._held_at: float | None = None
        self._peeked_at = 0.0
        self._dismissed = False
        """Whether the present utterance has shown that it does not want the floor."""
        self._waiting_since = 0.0
        self._frameless = 0
        self._background: Pcm = SILENCE
        self.gone = False
        """Whether the caller hung up."""

    @property
    def deciding(self) -> bool:
        """Whether the recognizer works on what the caller said."""
        return self._judging is not None or (self._hearing is not None and self._hearing.busy)

    def expect(self, expectation: Expectation, hints: Hints, keys: KeyInput) -> None:
        """The next question asks for such an answer."""
        self._hints = hints
        self._keypad.expect(keys)
        if self._hearing is not None:  # the caller is speaking already: it must not be cut
            self._expectation = expectation
        elif self._listener is not None:
            self._listener.expect(expectation)

    def give_floor(self, floor: Floor, asked: Expectation | None = None) -> None:
        """Say who may speak from now on; giving it to the caller starts the no-input timer.

        Args:
            floor: whose it is.
            asked: what the prompt that sounds asks for, if it asks.
        """
        self._floor, self._asked = floor, asked
        self._waiting_since = self._clock.now()
        self._held_at = None
        if floor is Floor.ASSISTANT:
            return
        ahead, self._ahead = self._ahead, ""
        for key in ahead:
            self._press(key)
        if self._floor is not floor or floor is Floor.CALLER:
            return
        if self._events:
            if floor is Floor.SHARED or any(isinstance(e, Pressed) for e in self._events):
                self._interrupt()
        elif floor is Floor.SHARED and self._hearing is not None and not self._dismissed:
            self._hold()

    async def next_event(self) -> CallerEvent:
        """Wait for what the caller does next."""
        while not self._events:
            self._happening.clear()
            await self._happening.wait()
        return self._events.popleft()

    def close(self) -> None:
        """The call is over."""
        self._drop_hearing()
        if self._judging is not None:
            self._judging.cancel()

    def take(self, inbound: Inbound, ticks: int = 1) -> int:
        """What came from the caller in the last `ticks` ticks.

        Returns:
            In how many ticks the next may be taken, and nothing is decided later by that. (A key
            or a hang-up is taken up to 160 ms late where the caller's silence is read that seldom.)
        """
        if self.gone:
            return MOST_TICKS
        if inbound.hung_up:
            self.gone = True
            self._happened(Gone())
            self._assistant.interrupt()
            return MOST_TICKS
        for key in inbound.keys:
            self._press(key)
        if self._keypad.typing:
            typed = self._keypad.due(self._clock.now())
            if typed is not None:
                self._happened(Pressed(typed))
        if self._listener is not None:
            self._hear(inbound.frames, ticks, self._listener)
        self._watch_time(self._clock.now())
        return self._may_wait(len(inbound.frames), ticks)

    def _may_wait(self, came: int, ticks: int) -> int:
        if self._listener is None or self._keypad.typing or not came or came > ticks + 1:
            return 1
        deciding = self._hearing is not None and self._floor is Floor.SHARED
        if deciding and self._held_at is None and not self._dismissed:
            return 1
        if self._floor is not Floor.CALLER:
            return min(MOST_TICKS, self._listener.next_signal)
        if self._hearing is None:  # when speech begins matters to nobody yet
            return PATIENT_TICKS
        return min(PATIENT_TICKS, self._listener.next_signal)

    # Keys

    def _press(self, key: str) -> None:
        if self._floor is Floor.ASSISTANT:
            self._ahead = (self._ahead + key)[: self._rules.most_keys_ahead]
            return
        keys = self._keypad.press(key, self._clock.now())
        if keys is not None:
            self._happened(Pressed(keys))
        elif self._keypad.typing and self._floor is not Floor.CALLER:
            self._interrupt()
            self._floor = Floor.CALLER

    # Speech

    def _hear(self, frames: tuple[Pcm, ...], ticks: int, listener: Listener) -> None:
        self._frameless = 0 if frames else self._frameless + ticks
        if self._frameless > self._rules.frameless_ticks:
            # A held key or a lost network stops the audio, not the time.
            frames = (self._background,)
        for signal in listener.hear(frames):
            if signal is Signal.STARTED:
                self._drop_hearing()
                self._dismissed = False
                self._hearing = Hearing(self._recognizer, self._hints, self._guessed, self._peeked)
            if signal is not None and self._hearing is not None:
                self._hearing.feed(listener.take_new_samples())
                self._obey(signal, self._hearing)
        if self._hearing is not None:
            self._hearing.feed(listener.take_new_samples())
        elif frames:
            self._background = frames[-1]
        if (
            self._hearing is not None
            and self._floor is Floor.SHARED
            and self._held_at is None
            and not self._dismissed
            and listener.speech_s >= self._rules.hold_s
        ):
            self._hold()

    def _obey(self, signal: Signal, hearing: Hearing) -> None:
        match signal:
            case Signal.MAYBE_END:
                hearing.pause()
            case Signal.RESUMED:
                hearing.resume()
                self._dismissed = False
            case Signal.END | Signal.TOO_LONG:
                self._utterance_over()

    def _guessed(self, guess: Recognition) -> None:
        """What was heard up to a pause."""
        listener = self._listener
        assert listener is not None
        if self._hearing is None:
            return
        speech = listener.speech
        if speech is None or speech[1] >= listener.position_s:
            return  # the caller has just gone on speaking
        hearing = self._hearing
        understood = partial(self._understood, hearing, hearing.pause_number)
        urgent = bool(guess.text) and self._assistant.heard_so_far(guess, understood)
        if urgent or listener.guess(guess.text) is Signal.END:
            self._utterance_over()
        elif not self._counts(guess, listener.speech_s):
            self._dismiss()

    def _understood(self, hearing: Hearing, pause: int) -> None:
        """What was heard up to a pause has a sure meaning."""
        assert self._listener is not None
        present = self._hearing is hearing and hearing.pause_number == pause
        if present and self._listener.understood() is Signal.END:
            self._utterance_over()

    def _peeked(self, guess: Recognition) -> None:
        """What was heard while the caller goes on: a passing lorry says nothing."""
        if self._hearing is not None and self._listener is not None:
            self._peeked_at = self._clock.now()
            if not self._counts(guess, self._listener.speech_s):
                self._dismiss()

    def _dismiss(self) -> None:
        self._dismissed = True
        self._release()

    def _utterance_over(self) -> None:
        hearing, listener = self._hearing, self._listener
        assert hearing is not None
        assert listener is not None
        speech = listener.speech
        assert speech is not None
        self._hearing = None
        spoke = Spoke(
            hearing,
            speech_s=listener.speech_s,
            snr_db=listener.snr_db,
            endpoint_ms=(listener.position_s - speech[1]) * 1000,
            decided_at=self._clock.now(),
        )
        if self._expectation is not None:
            listener.expect(self._expectation)
            self._expectation = None
        if self._keypad.typing:  # keys are surer than what is said between them
            hearing.cancel()
        elif self._floor is Floor.CALLER:
            self._happened(spoke)
        else:
            self._judging = asyncio.create_task(self._judge(spoke, self._judging))

    async def _judge(self, spoke: Spoke, before: asyncio.Task[None] | None) -> None:
        """Whether what was said while the assistant has the floor is meant for it."""
        if before is not None:
            await asyncio.wait({before})
        try:
            recognition = await spoke.hearing.finish()
            counts = self._counts(recognition, spoke.speech_s)
        except RecognitionError:  # it is lost; a long one surely was meant
            counts = spoke.speech_s >= self._rules.barge_in_s
        if self._judging is asyncio.current_task():
            self._judging = None
        if self.gone:
            return
        if counts or self._floor is Floor.CALLER:
            self._happened(spoke)
        else:
            self._tell(NoWords(self._clock.now(), "not_meant"))
            if self._hearing is None or self._dismissed:
                self._release()

    def _counts(self, recognition: Recognition, speech_s: float) -> bool:
        text = guard(recognition, speech_s=speech_s).recognition.text
        if speech_s < self._rules.barge_in_s:
            return False
        if self._asked not in (None, Expectation.OPEN) and self._assistant.nearly_done:
            return bool(text)  # the question has been heard: even an "угу" answers it
        return interrupts(text, self._asked, self._rules.barge_in_words)

    # The floor

    def _hold(self) -> None:
        assert self._listener is not None
        self._held_at = self._peeked_at = self._clock.now()
        self._assistant.hold()
        began = (self._listener.speech or (0.0, 0.0))[0]
        reaction_ms = (self._listener.position_s - began) * 1000
        self._tell(Held(self._clock.now(), reaction_ms))

    def _release(self) -> None:
        if self._held_at is not None:
            self._held_at = None
            self._assistant.release()

    def _interrupt(self) -> None:
        self._held_at = None
        self._assistant.interrupt()

    def _watch_time(self, now: float) -> None:
        hearing = self._hearing
        if hearing is not None:
            impatient = now - self._peeked_at >= self._rules.patience_s
            if self._held_at is not None and impatient and not hearing.busy:
                self._peeked_at = now
                hearing.peek()
        elif (
            now - self._waiting_since >= self._rules.no_input_s
            and self._floor is Floor.CALLER
            and self._judging is None
            and not self._keypad.typing
        ):
            self._tell(NoInput(now))
            self._happened(StayedSilent())

    def _happened(self, event: CallerEvent) -> None:
        """Until the conversation gives the floor again, it belongs to the assistant."""
        if not isinstance(event, Spoke):
            self._drop_hearing()
        floor, self._floor = self._floor, Floor.ASSISTANT
        self._events.append(event)
        self._happening.set()
        if floor is Floor.SHARED or (floor is Floor.QUESTION and isinstance(event, Pressed)):
            self._interrupt()
        elif floor is Floor.QUESTION:
            self._floor = floor  # its protected beginning is heard to the end first

    def _drop_hearing(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            self._hearing = None
