"""Builds the synthesizer that the settings name, or the best that is here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from models.catalogue import Catalogue, Role
from models.choice import choose
from models.store import ModelStore
from tts.errors import NoSynthesizerError
from tts.rhvoice import DEFAULT_VOICE, RhvoiceSynthesizer, check_voice
from tts.synthesizer import Synthesizer


def select_synthesizer(
    catalogue: Catalogue,
    store: ModelStore,
    *,
    engine: str | None = None,
    voice: str | None = None,
    allow_restricted: bool = False,
) -> Callable[[], Synthesizer]:
    entry = choose(Role.TTS, catalogue, store).entry
    if entry is None:
        raise NoSynthesizerError("no synthesizer is here; run: voice122 models fetch")
    name = check_voice(voice or DEFAULT_VOICE, allow_restricted=allow_restricted)
    return partial(RhvoiceSynthesizer, name, allow_restricted=allow_restricted)
