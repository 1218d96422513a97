"""Puts the rooms together: engines in their workers, content, store, and sessions over them."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from asr.listener import Listener
from asr.selection import load_recognizer, select_recognizer
from asr.service import RecognizerService
from asr.vad import VoiceDetector
from asr.vads import make_detector
from dialog.engine import Engine
from dialog.load import load_script
from dialog.nlu.interpreter import Context, Interpreter, Parse
from dialog.nlu.safety import SafetyRules
from dialog.nlu.understanding import load_understanding
from dialog.script import Script
from dialog.slots.entities import ListEntities
from dialog.slots.lists import load_lists
from models.catalogue import Catalogue
from models.store import ModelStore
from models.worker import Worker, WorkerError
from routing.hours import OpeningHours, load_hours
from routing.store import Store
from telephony.clock import Clock
from telephony.conversation import Conversation, UnderstandingLost
from telephony.edge import Edge
from telephony.recorder import Recorder
from telephony.session import CallSession, SessionSettings
from telephony.turn import Turn
from tts.selection import load_synthesizer, select_synthesizer
from tts.voice import Voice
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
    """Open the store of the data directory."""
    return Store.in_directory(settings.data_dir)


def build_understanding(content_dir: Path, model: Path) -> Interpreter:
    """The embedded interpreter behind the safety rules, with entities of the editors' lists.

    Raises:
        ContentError, NluError: the message says what to mend, or to train.
    """
    return load_understanding(content_dir, model, ListEntities(load_lists(content_dir / "lists")))


class Understanding:
    """The interpreter in its worker. Use as an async context manager; call it with a text."""

    def __init__(self, settings: Settings) -> None:
        self._timeout_s = settings.nlu_timeout_s
        self._worker = Worker(
            "nlu", partial(build_understanding, settings.content_dir, settings.nlu_model)
        )

    async def __aenter__(self) -> Self:
        await self._worker.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
    call_id: str | None = None,
) -> Conversation:
    """A conversation over one version of the content; without `call_id` it is a new call."""
    return Conversation(
        call_id=call_id or str(uuid.uuid4()),
        engine=Engine(content.script),
        understand=understanding,
        store=store,
        calendar=content.hours,
        now=now,
    )
