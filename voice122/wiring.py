"""Puts the rooms together: engines in their workers, content, store, and sessions over them."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self

from asr.endpointing import ByExpectation
from asr.listener import Listener
from asr.phrase import preload
from dialog.engine import Engine
from dialog.errors import NluError
from dialog.load import load_script
from dialog.nlu.interpreter import Context, Interpreter, Parse
from dialog.nlu.rasa_client import RasaServer, trained_model
from dialog.nlu.safety import SafetyRules
from dialog.nlu.understanding import load_understanding
from dialog.script import Script
from dialog.slots.entities import ListEntities
from dialog.slots.list_files import load_lists
from models.worker import Worker, WorkerError
from routing.hours import OpeningHours, load_hours
from routing.privacy import Retention
from routing.sealing import Sealer
from routing.store import Store
from telephony.admission import Mode
from telephony.clock import Clock
from telephony.conversation import Conversation, UnderstandingLost
from telephony.echo import EchoGate
from telephony.edge import Edge
from telephony.events import Observer
from telephony.recorder import Recorder
from telephony.recordings import Recorded, Recording, Recordings
from telephony.session import CallSession
from telephony.switchboard import IncomingCall, Session
from telephony.turn import Turn
from telephony.turn_taking import SessionSettings, TurnTaking
from voice122.content_keeper import ContentKeeper, fingerprint
from voice122.engines import Engines
from voice122.filing import open_outbox
from voice122.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Content:
    """One version of everything that editors own, checked."""

    script: Script
    hours: OpeningHours
    safety: SafetyRules


def open_content(settings: Settings) -> Content:
    """Read the content directory.

    Raises:
        ContentError, HoursError: names the file and what is wrong.
    """
    directory = settings.content_dir
    return Content(
        script=load_script(directory),
        hours=load_hours(directory / "hours.yml"),
        safety=SafetyRules.load(directory / "safety"),
    )


def open_store(settings: Settings) -> Store:
    """Open the store: the database of the settings, or a file of the data directory."""
    key = settings.data_key
    sealer = Sealer.from_setting(None if key is None else key.get_secret_value())
    if settings.database_url is not None:
        return Store(settings.database_url.get_secret_value(), sealer)
    return Store.in_directory(settings.data_dir, sealer)


def retention(settings: Settings) -> Retention:
    """How long personal data are kept."""
    return Retention(
        transcripts=settings.keep_transcripts_days,
        numbers=settings.keep_numbers_days,
        briefs=settings.keep_briefs_days,
        requests=settings.keep_requests_days,
        comments=settings.keep_comments_days,
        names=settings.keep_names_days,
        events=settings.keep_events_days,
    )


def open_recordings(settings: Settings) -> Recordings:
    """The folder of recordings; nothing is made before a call is recorded."""
    kept = timedelta(days=settings.keep_recordings_days)
    return Recordings(settings.recordings_dir, kept, lambda: datetime.now().astimezone())


def build_understanding(settings: Settings) -> Interpreter:
    """The interpreter behind the safety rules, with entities of the editors' lists.

    Raises:
        ContentError, HoursError, NluError: the message says what to mend, or to train.
    """
    directory = settings.content_dir
    rasa = None
    if settings.nlu == "rasa":
        model = settings.rasa_model or trained_model(settings.rasa_dir)
        rasa = RasaServer(settings.rasa_url, model, settings.rasa_timeout_s)
    zone = load_hours(directory / "hours.yml").zone
    entities = ListEntities(load_lists(directory / "lists"), lambda: datetime.now(zone).date())
    return load_understanding(directory, settings.nlu_model, entities, rasa)


class Understanding:
    """The interpreter in its worker; call it with a text."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._timeout_s = settings.nlu_timeout_s
        self._worker = self._new_worker()

    def _new_worker(self) -> Worker:
        return Worker("nlu", partial(build_understanding, self._settings))

    @property
    def worker(self) -> Worker:
        """The interpreter's present worker, for monitoring."""
        return self._worker

    async def start(self) -> None:
        """Load the interpreter.

        Raises:
            NluError: it cannot be loaded; the message says why.
        """
        try:
            await self._worker.start()
        except WorkerError as error:
            raise NluError(str(error)) from error

    async def renew(self) -> None:
        """Load the interpreter anew beside the old one, which answers until then.

        One that cannot be loaded is said in the log, and the old one stays.
        """
        worker = self._new_worker()
        try:
            await worker.start()
        except WorkerError as error:
            log.error("the interpreter is not renewed, the old one stays: %s", error)
            await worker.stop()
            return
        old, self._worker = self._worker, worker
        await asyncio.sleep(self._timeout_s)  # what it was asked before, it may still answer
        await old.stop()

    async def stop(self) -> None:
        """End the worker."""
        await self._worker.stop()

    async def __call__(self, text: str, context: Context) -> Parse:
        """Understand `text`.

        Raises:
            UnderstandingLost: the worker failed; it has been restarted.
        """
        try:
            parse = await self._worker.call("parse", text, context, timeout_s=self._timeout_s)
        except WorkerError as error:
            raise UnderstandingLost(str(error)) from error
        assert isinstance(parse, Parse)
        return parse


def new_conversation(
    content: Content,
    store: Store,
    understanding: Understanding,
    now: Callable[[], datetime],
    call: IncomingCall | None = None,
) -> Conversation:
    """A conversation over one version of the content; without `call` it is a new one."""
    call = call or IncomingCall(str(uuid.uuid4()))
    return Conversation(
        call_id=call.call_id,
        caller=call.caller,
        dialled=call.dialled,
        redirect_failed_at=call.redirect_failed,
        unanswered_queue=call.unanswered_queue,
        engine=Engine(content.script),
        understand=understanding,
        store=store,
        calendar=content.hours,
        now=now,
        connector=open_outbox(store),
    )


class Rooms:
    """Everything that calls share, started. Use as an async context manager.

    Args:
        settings: of this process.

    Raises:
        on entering: the error of whatever cannot be found or loaded; its message says what to do.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engines = Engines(settings)
        self.recognizer = self._engines.recognizer()
        self.voice = self._engines.voice()
        self.understanding = Understanding(settings)
        self._keeper = ContentKeeper(
            lambda: open_content(settings),
            lambda: fingerprint(settings.content_dir, settings.nlu_model),
            self._renew,
        )
        self._watching: asyncio.Task[None] | None = None
        self.store = open_store(settings)
        self.recordings = open_recordings(settings)
        preload()

    def restarts(self) -> dict[str, int]:
        """How often each worker was replaced, by its name."""
        return {worker.name: worker.restarts for worker in self.workers}

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Of all engines."""
        return (*self.recognizer.workers, *self.voice.workers, self.understanding.worker)

    @property
    def content(self) -> Content:
        """The version of the content for calls that begin now."""
        return self._keeper.current

    def _session_settings(self, content: Content) -> SessionSettings:
        return SessionSettings(
            apology=content.script.prompt("utter_voice_failed"),
            keypad_menu=content.script.overload_text(),
            rules=TurnTaking(no_input_s=self._settings.no_input_s),
        )

    async def _prepare(self, content: Content) -> None:
        """Speak beforehand what is needed when the synthesizer fails or has too much to do.

        Raises:
            SynthesisError: it cannot be spoken.
        """
        settings = self._session_settings(content)
        await self.voice.warm([settings.apology, settings.keypad_menu])

    async def _renew(self, content: Content) -> None:
        await self._prepare(content)
        await self.understanding.renew()

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.recognizer.start())
                group.create_task(self.voice.start())
                group.create_task(self.understanding.start())
            await self._prepare(self.content)
        except BaseExceptionGroup as errors:
            await self._stop()
            raise errors.exceptions[0] from None  # one of them is enough to act on
        except BaseException:
            await self._stop()
            raise
        if self._settings.content_poll_s:
            self._watching = asyncio.create_task(self._keeper.watch(self._settings.content_poll_s))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await self.recognizer.stop()
        await self.voice.stop()
        await self.understanding.stop()
        self.recordings.close()
        self.store.close()

    def serve_call(
        self, call: IncomingCall, edge: Edge, clock: Clock, observer: Observer
    ) -> Session:
        """A session for a call that came in by telephone; recorded, where the settings say so."""
        recording = self.recordings.begin(call.call_id) if self._settings.record_calls else None
        session = self.session(
            edge,
            clock,
            now=lambda: datetime.now().astimezone(),
            call=call,
            observer=observer,
            recorder=recording,
        )
        return session if recording is None else Recorded(session, recording)

    def session(
        self,
        edge: Edge,
        clock: Clock,
        *,
        now: Callable[[], datetime],
        on_turn: Callable[[Turn], None] = lambda turn: None,
        recorder: Recorder | Recording | None = None,
        call: IncomingCall | None = None,
        observer: Observer | None = None,
    ) -> CallSession:
        """A session for one call on this edge; without `call` it is a new one."""
        content = self.content
        keypad_only = call is not None and call.mode is Mode.KEYPAD
        ear = EchoGate(self._engines.detector())
        conversation = new_conversation(content, self.store, self.understanding, now, call)
        conversation.recording = isinstance(recorder, Recording)
        return CallSession(
            edge,
            clock,
            None if keypad_only else Listener(ear, ByExpectation()),
            self.recognizer,
            self.voice,
            conversation,
            self._session_settings(content),
            echo=None if keypad_only else ear,
            urgent=lambda text: content.safety.check(text) is not None,
            on_turn=on_turn,
            observer=observer,
            recorder=recorder,
        )
