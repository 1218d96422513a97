"""Which engines a process uses, by the settings and by what is on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from asr.detectors import make_detector
from asr.selection import find_recognizer, usual_shares
from asr.service import RecognizerService, ServiceSettings
from asr.vad import VoiceDetector
from models.catalogue import Catalogue
from models.store import ModelStore
from tts.cache import PromptCache
from tts.selection import select_synthesizer
from tts.voice import Voice
from voice122.settings import Settings


class Engines:
    """What the settings ask for, found but not yet loaded.

    Raises:
        NoRecognizerError, NoSynthesizerError, ModelsError: something is missing; the message says
            how to bring it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._catalogue = Catalogue.load()
        self._store = ModelStore(settings.models_dir)

    def recognizer_model(self, name: str | None = None) -> tuple[str, Path]:
        """Name and directory of the recognizer: `name`, else the settings', else the best here."""
        wanted = name or (None if self._settings.asr == "auto" else self._settings.asr)
        return find_recognizer(self._catalogue, self._store, wanted)

    def recognizer(self) -> RecognizerService:
        """The recognizer for calls, in workers of its own."""
        name, directory = self.recognizer_model()
        workers, threads = usual_shares(name, cores=len(os.sched_getaffinity(0)))
        limits = ServiceSettings(
            decode_timeout_s=self._settings.asr_timeout_s,
            workers=self._settings.asr_workers or workers,
            threads=threads,
        )
        return RecognizerService(name, directory, limits, phrases=self._settings.phrases)

    def detector(self) -> VoiceDetector:
        """A voice activity detector for one call."""
        if self._settings.vad == "silero":
            return make_detector("silero", self._store.path(self._catalogue["silero-vad"]))
        return make_detector(self._settings.vad)

    def voice(self, name: str | None = None) -> Voice:
        """The assistant's voice, with its prompt cache."""
        settings = self._settings
        synthesizer = select_synthesizer(
            self._catalogue,
            self._store,
            engine=None if settings.tts == "auto" else settings.tts,
            voice=name or settings.voice,
            allow_restricted=settings.allow_restricted_voices,
        )
        return Voice(
            synthesizer,
            stress_list=settings.content_dir / "lists" / "stress.yml",
            cache=PromptCache(settings.cache_dir / "prompts"),
            chunk_timeout_s=settings.tts_timeout_s,
        )
