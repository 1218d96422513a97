"""The call session: two loops around one call.

The media loop ticks every 20 ms: what came from the caller goes in, the next frame of what the
assistant says goes out. The conversation waits for what the caller did, asks the engine what to
do, and speaks. Engines run elsewhere; nothing here blocks the tick.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from asr.endpoint import Expectation
from asr.errors import RecognitionError
from asr.guard import guard
from asr.listener import Listener
from asr.recognizer import Hints, Recognition
from asr.service import RecognizerService
from dialog.acts import Ask, File, Hangup, Redirect, Say, Transfer
from telephony.caller import Caller, Floor, Gone, Pressed, Spoke, StayedSilent
from telephony.clock import Clock
from telephony.conversation import Conversation, Step
from telephony.edge import Edge
from telephony.events import Observer, Silent
from telephony.player import Player
from telephony.recorder import Recorder
from telephony.turn import Outcome, Turn
from tts.errors import SynthesisError
from tts.voice import Voice

log = logging.getLogger(__name__)

MAX_NOISES = 2
"""Sounds without words in a row that pass unanswered; the next is a turn without words."""


@dataclass(frozen=True)
class SessionSettings:
    """How a call is led."""

    no_input_s: float = 6.0
    """Silence after a question until the caller is asked again (s)."""
    barge_in_s: float = 0.4
    """Speech over a prompt from which it counts as an interruption (s); less is a cough."""
    apology: str = "Простите, у меня сбой. Одну секунду."
    """Spoken when a prompt cannot be; prepared in the cache at start."""

    def __post_init__(self) -> None:
        if self.no_input_s <= 0 or self.barge_in_s <= 0:
            raise ValueError("no_input_s and barge_in_s must be above 0 s")


class CallSession:
    """Leads one call from greeting to outcome.

    Args:
        edge: the caller's connection.
        clock: real or fast time.
        listener: hears the caller; made for this call.
        recognizer: shared by calls.
        voice: shared by calls.
        conversation: the state of this call.
        settings: see there.
        urgent: whether words heard so far must end the turn at once (an emergency).
        on_turn: told of every turn when its answer begins to sound.
        observer: told of everything that happens.
        recorder: keeps both sides, if wanted.
    """

    def __init__(
        self,
        edge: Edge,
        clock: Clock,
        listener: Listener,
        recognizer: RecognizerService,
        voice: Voice,
        conversation: Conversation,
        settings: SessionSettings = SessionSettings(),
        *,
        urgent: Callable[[str], bool] = lambda text: False,
        on_turn: Callable[[Turn], None] = lambda turn: None,
        observer: Observer | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._edge = edge
        self._clock = clock
        self._voice = voice
        self._urgent = urgent
        self._conversation = conversation
        self._settings = settings
        self._on_turn = on_turn
        self._observer = observer or Silent()
        self._recorder = recorder
        self._player = Player()
        self._interrupted = asyncio.Event()
        self._caller = Caller(
            listener,
            recognizer,
            clock,
            no_input_s=settings.no_input_s,
            barge_in_s=settings.barge_in_s,
            heard_so_far=self._heard_so_far,
            on_interrupt=self._interrupted.set,
        )
        self._thinking = True
        self._synthesizing = False
        self._drained = asyncio.Event()
        self._first_sound: Callable[[], None] | None = None
        self._noises = 0

    async def run(self) -> Outcome:
        """Serve the call until it is handed over, redirected or over."""
        talk = asyncio.create_task(self._talk())
        try:
            await self._clock.drive(self._tick, talk)
            return talk.result()
        finally:
            self._caller.close()
            talk.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await talk

    # The media loop

    @property
    def _working(self) -> bool:
        """Whether the caller waits for an engine."""
        starved = self._synthesizing and self._player.empty
        return self._thinking or self._caller.deciding or starved

    def _tick(self) -> bool:
        inbound = self._edge.read()
        self._caller.take(inbound)
        if not self._player.empty and self._first_sound is not None:
            self._first_sound()
            self._first_sound = None
        frame = self._player.next_frame()
        self._edge.write(frame)
        if self._recorder is not None:
            self._recorder.add(inbound.frames, frame)
        if self._player.empty:
            self._drained.set()
        return self._working

    # The conversation

    async def _talk(self) -> Outcome:
        turn = Turn(0)
        self._answer(turn, await self._conversation.start())
        while True:
            outcome = await self._perform(turn)
            if outcome is not None:
                await self._conversation.end(outcome.kind)
                return outcome
            turn = await self._next_turn(turn.number + 1)

    async def _next_turn(self, number: int) -> Turn:
        turn = Turn(number)
        while not turn.acts:
            self._thinking = False
            event = await self._caller.next_event()
            self._thinking = True
            match event:
                case Gone():
                    self._answer(turn, await self._conversation.hung_up())
                case StayedSilent():
                    self._answer(turn, await self._conversation.silence())
                case Pressed(keys=keys):
                    turn.keys = keys
                    self._answer(turn, await self._conversation.keys(keys))
                case Spoke():
                    await self._understand(turn, event)
        return turn

    def _heard_so_far(self, guess: Recognition) -> bool:
        """Understand a guess while the pause grows; an emergency does not wait for its end."""
        self._conversation.foresee(guess.text, **_certainty(guess))
        return self._urgent(guess.text)

    async def _understand(self, turn: Turn, spoke: Spoke) -> None:
        """Fill in `turn` from what was said; a mere noise leaves it without acts."""
        turn.times.endpoint = spoke.endpoint_ms
        turn.snr_db = spoke.snr_db
        try:
            recognition = await spoke.hearing.finish()
        except RecognitionError as error:
            log.warning("recognition failed: %s", error)
            self._answer(turn, await self._conversation.failed())
            return
        turn.times.asr = (self._clock.now() - spoke.decided_at) * 1000
        guarded = guard(recognition, speech_s=spoke.speech_s)
        recognition = guarded.recognition
        if recognition.text:
            self._noises = 0
        elif self._noises < MAX_NOISES:
            self._noises += 1
            log.info("sound without words: %s", guarded.doubt or "nothing recognized")
            self._caller.give_floor(Floor.CALLER)
            return
        turn.heard = recognition.text
        turn.asr_confidence = recognition.confidence
        step = await self._conversation.heard(
            recognition.text, **_certainty(recognition), snr_db=spoke.snr_db
        )
        self._answer(turn, step)

    def _answer(self, turn: Turn, step: Step) -> None:
        turn.acts = step.acts
        turn.parse = step.parse
        turn.times.nlu = step.nlu_ms
        turn.times.dialog = step.dialog_ms

    async def _perform(self, turn: Turn) -> Outcome | None:
        """Carry out the acts of a turn; the outcome if the call leaves the assistant."""
        self._first_sound = partial(self._sounds, turn, self._clock.now())
        self._interrupted.clear()
        outcome: Outcome | None = None
        acts = deque(turn.acts)
        while acts:
            match act := acts.popleft():
                case Say(text=text, protected=protected):
                    await self._speak(text, Floor.ASSISTANT if protected else Floor.SHARED)
                case Ask(text=text, expects=expects, hints=hints, personal=personal):
                    self._caller.expect(Expectation(expects.value), Hints(words=hints))
                    await self._speak(text, Floor.SHARED, cacheable=not personal)
                case File():
                    step = await self._conversation.file(act)
                    turn.acts += step.acts
                    acts.extend(step.acts)
                case Transfer(queue=queue):
                    await self._conversation.hand_over(act)
                    outcome = Outcome("handed_over", queue)
                case Redirect(number=number):
                    outcome = Outcome("redirected", number)
                case Hangup(reason=reason):
                    outcome = Outcome(reason)
        if self._first_sound is not None:  # nothing sounded
            self._first_sound = None
            self._on_turn(turn)
        if outcome is None and not self._interrupted.is_set():
            self._caller.give_floor(Floor.CALLER)
            self._edge.give_floor()
        return outcome

    def _sounds(self, turn: Turn, acts_at: float) -> None:
        turn.times.tts_first = (self._clock.now() - acts_at) * 1000
        self._on_turn(turn)

    async def _speak(self, text: str, floor: Floor, *, cacheable: bool = True) -> None:
        """Say `text` to its end, or until the caller interrupts or hangs up."""
        if self._caller.gone or self._interrupted.is_set():
            return
        self._caller.give_floor(floor)
        speaking = asyncio.create_task(self._play(text, cacheable))
        interrupted = asyncio.create_task(self._interrupted.wait())
        try:
            await asyncio.wait({speaking, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done():
                speaking.result()
            else:
                self._player.clear()
        finally:
            speaking.cancel()
            interrupted.cancel()
            self._synthesizing = False

    async def _play(self, text: str, cacheable: bool) -> None:
        self._synthesizing = True
        self._thinking = False
        try:
            await self._synthesize(text, cacheable)
        except SynthesisError as error:
            # Its worker is being restarted; meanwhile the caller hears the prepared apology.
            log.warning("synthesis failed: %s", error)
            self._player.clear()
            try:
                await self._synthesize(self._settings.apology, cacheable=True)
                await self._synthesize(text, cacheable)
            except SynthesisError as again:
                log.error("synthesis failed twice, the prompt is lost: %s", again)
        self._synthesizing = False
        self._drained.clear()
        if not self._player.empty:
            await self._drained.wait()

    async def _synthesize(self, text: str, cacheable: bool) -> None:
        async with contextlib.aclosing(self._voice.speak(text, cacheable=cacheable)) as chunks:
            async for chunk in chunks:
                self._player.push(chunk)


class _Certainty(TypedDict):
    asr_confidence: float
    alternatives: tuple[tuple[str, float], ...]


def _certainty(recognition: Recognition) -> _Certainty:
    """How sure the recognizer is, as the interpreter wants to know it."""
    others = tuple((a.text, a.confidence) for a in recognition.alternatives)
    return {"asr_confidence": recognition.confidence, "alternatives": others}
