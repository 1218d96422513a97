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
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from asr.endpoint import Expectation
from asr.errors import RecognitionError
from asr.guard import guard
from asr.listener import Listener
from asr.recognizer import Hints, Recognition
from asr.service import RecognizerService
from dialog.acts import Act, Ask, File, Hangup, Redirect, Say, Transfer
from telephony.caller import Caller
from telephony.clock import Clock
from telephony.conversation import Conversation, Step
from telephony.echo import EchoGate
from telephony.edge import Edge
from telephony.events import (
    Answer,
    Answered,
    CallEvent,
    Ended,
    EngineLost,
    Guess,
    Interrupted,
    Listening,
    NoWords,
    Observer,
    Silent,
    Thinking,
)
from telephony.floor import Floor, Gone, Pressed, Spoke, StayedSilent
from telephony.intake import Intake
from telephony.recorder import Recorder
from telephony.recordings import Recording
from telephony.speaker import Speaker
from telephony.turn import Outcome, Turn, certainty
from telephony.turn_taking import SessionSettings
from tts.voice import Voice

log = logging.getLogger(__name__)

MAX_NOISES: Final = 2
"""Sounds without words in a row that pass unanswered; the next is a turn without words."""
_TAIL_S: Final = 0.3
"""Silence after the last sentence, while it still is in buffers on its way to the caller (s)."""


class CallSession:
    """Leads one call from greeting to outcome.

    Args:
        edge: the caller's connection.
        clock: real or fast time.
        listener: hears the caller; made for this call. None: overload leaves keys only.
        recognizer: shared by calls.
        voice: shared by calls.
        conversation: the state of this call.
        settings: see there.
        echo: knows the assistant's own voice when it comes back; made for this call.
        urgent: whether words heard so far must end the turn at once (an emergency).
        on_turn: told of every turn when its answer begins to sound.
        observer: told of everything that happens.
        recorder: keeps both sides, if wanted.
    """

    def __init__(
        self,
        edge: Edge,
        clock: Clock,
        listener: Listener | None,
        recognizer: RecognizerService,
        voice: Voice,
        conversation: Conversation,
        settings: SessionSettings,
        *,
        echo: EchoGate | None = None,
        urgent: Callable[[str], bool] = lambda text: False,
        on_turn: Callable[[Turn], None] = lambda turn: None,
        observer: Observer | None = None,
        recorder: Recorder | Recording | None = None,
    ) -> None:
        self._edge = edge
        self._clock = clock
        self._conversation = conversation
        self._keypad_menu = settings.keypad_menu if listener is None else None
        self._sure = settings.rules.sure
        self._urgent = urgent
        self._on_turn = on_turn
        self._observer = observer or Silent()
        self._speaker = Speaker(voice, settings.apology, clock.now, self._tell)
        self._caller = Caller(listener, recognizer, clock, settings.rules, self, self._tell)
        self._intake = Intake(edge, clock, self._caller, echo, recorder)
        self._interrupted = asyncio.Event()
        self._thinking = True
        self._opens_at: float | None = None
        """When so much of a question was heard, speech may interrupt it (s)."""
        self._asked: Expectation | None = None
        self._unanswered = ""
        """Words whose answer was given up before it sounded: the caller was not finished."""
        self._noises = 0

    async def run(self) -> Outcome:
        """Serve the call until it is handed over, redirected or over."""
        self._tell(Answered(self._clock.now(), self._keypad_menu is not None))
        talk = asyncio.create_task(self._talk())
        try:
            await self._clock.drive(self._tick, talk)
            return talk.result()
        finally:
            self._intake.close()
            self._caller.close()
            talk.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await talk

    def _tell(self, event: CallEvent) -> None:
        self._observer.happened(self._conversation.call_id, event)
        self._edge.show(event)

    # The media loop

    def _tick(self) -> bool:
        self._intake.tick()
        if self._opens_at is not None and self._speaker.played_s >= self._opens_at:
            self._opens_at = None
            self._caller.give_floor(Floor.SHARED, self._asked)
        frame = self._speaker.next_frame()
        self._edge.write(frame)
        self._intake.played(frame)
        return self._thinking or self._caller.deciding or self._speaker.waiting

    # What the caller's side asks (`telephony.floor.Assistant`)

    @property
    def nearly_done(self) -> bool:
        """See `Assistant`."""
        return self._speaker.nearly_done

    def hold(self) -> None:
        """See `Assistant`."""
        self._speaker.hold()
        self._edge.clear()

    def release(self) -> None:
        """See `Assistant`."""
        self._speaker.release()

    def interrupt(self) -> None:
        """See `Assistant`."""
        if not self._interrupted.is_set():
            self._interrupted.set()
            if not self._caller.gone:
                self._tell(Interrupted(self._clock.now()))

    def heard_so_far(self, guess: Recognition, understood: Callable[[], None]) -> bool:
        """Understand a guess while the pause grows; an emergency does not wait for its end."""
        self._tell(Guess(self._clock.now(), guess.text))
        self._conversation.foresee(guess.text, self._sure, understood, **certainty(guess))
        return self._urgent(guess.text)

    # The conversation

    async def _talk(self) -> Outcome:
        turn = Turn(0)
        step = await self._conversation.start()
        self._answer(turn, step)
        if self._keypad_menu is not None:
            turn.acts = (Say(self._keypad_menu), *turn.acts)
        while True:
            outcome = await self._perform(turn)
            if outcome is not None:
                await self._conversation.end(outcome.kind)
                self._tell(Ended(self._clock.now(), outcome))
                return outcome
            turn = await self._next_turn(turn.number + 1)

    async def _next_turn(self, number: int) -> Turn:
        turn = Turn(number)
        while not turn.acts:
            self._thinking = False
            event = await self._caller.next_event()
            self._thinking = True
            self._tell(Thinking(self._clock.now()))
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

    async def _understand(self, turn: Turn, spoke: Spoke) -> None:
        """Fill in `turn` from what was said; a mere noise leaves it without acts."""
        turn.times.endpoint = spoke.endpoint_ms
        turn.snr_db = spoke.snr_db
        try:
            recognition = await spoke.hearing.finish()
        except RecognitionError as error:
            log.warning("recognition failed: %s", error)
            self._tell(EngineLost(self._clock.now(), "asr"))
            self._answer(turn, await self._conversation.failed())
            return
        turn.times.asr = (self._clock.now() - spoke.decided_at) * 1000
        guarded = guard(recognition, speech_s=spoke.speech_s)
        recognition = guarded.recognition
        if recognition.text:
            self._noises = 0
        else:
            self._tell(NoWords(self._clock.now(), guarded.doubt or "nothing"))
            if self._noises < MAX_NOISES:
                self._noises += 1
                self._listen()
                return
        turn.heard = " ".join(filter(None, [self._unanswered, recognition.text]))
        turn.asr_confidence = recognition.confidence
        step = await self._conversation.heard(
            turn.heard, **certainty(recognition), snr_db=spoke.snr_db
        )
        self._answer(turn, step)

    def _answer(self, turn: Turn, step: Step) -> None:
        turn.acts = step.acts
        turn.parse = step.parse
        turn.times.nlu = step.nlu_ms
        turn.times.dialog = step.dialog_ms

    def _listen(self) -> None:
        self._caller.give_floor(Floor.CALLER, self._asked)
        self._tell(Listening(self._clock.now()))

    async def _perform(self, turn: Turn) -> Outcome | None:
        """Carry out the acts of a turn; the outcome if the call leaves the assistant."""
        self._interrupted.clear()
        self._speaker.when_sounds(partial(self._sounds, turn, self._clock.now()))
        outcome: Outcome | None = None
        acts = deque(turn.acts)
        self._expect(turn.acts)
        filing: dict[str, asyncio.Task[Step]] = {}
        try:
            while acts:
                for act in acts:  # requests are filed while what stands before them is spoken
                    if isinstance(act, File) and act.key not in filing:
                        filing[act.key] = asyncio.create_task(self._conversation.file(act))
                match act := acts.popleft():
                    case Say() | Ask():
                        await self._speak(act)
                    case File(key=key):
                        self._thinking = True
                        step = await filing[key]
                        turn.acts += step.acts
                        acts.extend(step.acts)
                        self._expect(step.acts)
                    case Transfer(queue=queue):
                        await self._conversation.hand_over(act)
                        outcome = Outcome("handed_over", queue)
                    case Redirect(number=number):
                        outcome = Outcome("redirected", number)
                    case Hangup(reason=reason):
                        outcome = Outcome(reason)
        finally:
            for task in filing.values():
                task.cancel()
        sounded = turn.times.tts_first is not None
        if not sounded:
            self._speaker.when_sounds(None)
            self._done(turn)
        given_up = self._interrupted.is_set() and not sounded
        self._unanswered = (turn.heard or "") if given_up else ""
        if outcome is not None and not self._caller.gone:
            await self._speaker.pause(_TAIL_S)
        elif outcome is None and not self._interrupted.is_set():
            self._listen()
            self._edge.give_floor()
        return outcome

    def _sounds(self, turn: Turn, acts_at: float) -> None:
        turn.times.tts_first = (self._clock.now() - acts_at) * 1000
        self._done(turn)

    def _done(self, turn: Turn) -> None:
        self._on_turn(turn)
        self._tell(Answer(self._clock.now(), turn))

    def _expect(self, acts: Iterable[Act]) -> None:
        """Answers may come before the question is over, or has begun."""
        for act in acts:
            if isinstance(act, Ask):
                expectation = Expectation(act.expects.value)
                self._caller.expect(expectation, Hints(act.hints, expectation), act.keys)

    async def _speak(self, act: Say | Ask) -> None:
        """Say it to its end, or until the caller interrupts or hangs up."""
        protected = isinstance(act, Say) and act.protected
        if self._caller.gone or (self._interrupted.is_set() and not protected):
            return
        self._asked = None
        self._opens_at = None
        if isinstance(act, Ask):
            self._asked = Expectation(act.expects.value)
            self._opens_at = act.protected_s or None
        floor = Floor.SHARED if self._opens_at is None else Floor.QUESTION
        self._speaker.stop()
        self._caller.give_floor(Floor.ASSISTANT if protected else floor, self._asked)
        if self._interrupted.is_set() and not protected:  # the answer is here already
            return
        self._thinking = False
        speaking = asyncio.create_task(
            self._speaker.say(act.text, rate=act.rate, cacheable=not act.personal)
        )
        stops = {speaking, asyncio.create_task(self._until_stopped(protected))}
        try:
            await asyncio.wait(stops, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done():
                speaking.result()
            else:
                self._speaker.stop()
                self._edge.clear()
        finally:
            self._opens_at = None
            for task in stops:
                task.cancel()
            await asyncio.wait(stops)

    async def _until_stopped(self, protected: bool) -> None:
        """The caller interrupts; a protected sentence ends before its end only with the call."""
        await self._interrupted.wait()
        while protected and not self._caller.gone:
            self._interrupted.clear()
            await self._interrupted.wait()
