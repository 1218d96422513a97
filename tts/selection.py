"""Which synthesizer speaks: the best that is here, or the one that was asked for.

The order of preference is the catalogue's: Silero's MIT model first, because it sounds closest to a
person and its licence is free of duties; RHVoice when its weights are not here, because it is
small, quick (first audio in milliseconds) and comes with the operating system.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.catalogue import Catalogue, Role, SystemPackage, Weights
from models.choice import Candidate, choose
from models.errors import ModelsError
from models.store import ModelStore
from tts.errors import NoSynthesizerError
from tts.rhvoice import DEFAULT_VOICE, RhvoiceSynthesizer, check_voice
from tts.synthesizer import Synthesizer


@dataclass(frozen=True)
class SelectedSynthesizer:
    """A synthesizer that can be built: call it in a worker process. Picklable."""

    model: str
    """Name in the catalogue."""
    engine: str
    """``silero`` or ``rhvoice``."""
    voice: str | None
    """None: the engine's default."""
    path: Path
    """Silero's file, or RHVoice's data directory."""
    reason: str
    """Why this one, in a line."""
    allow_restricted: bool = False

    def __call__(self) -> Synthesizer:
        """Load it.

        Raises:
            NoSynthesizerError: it does not load; the message says what to do.
        """
        if self.engine == "rhvoice":
            return RhvoiceSynthesizer(
                self.voice or DEFAULT_VOICE, self.path, allow_restricted=self.allow_restricted
            )
        # torch takes seconds and hundreds of megabytes to import: only where it is used.
        from tts.silero import SileroSynthesizer

        return SileroSynthesizer(self.path, self.voice)


def select_synthesizer(
    catalogue: Catalogue,
    store: ModelStore,
    *,
    engine: str | None = None,
    voice: str | None = None,
    allow_restricted: bool = False,
) -> SelectedSynthesizer:
    """Find a synthesizer without loading it.

    Args:
        catalogue: the models there are.
        store: the models that are here.
        engine: ``silero`` or ``rhvoice``; None for the best that is here (and has `voice`).
        voice: a voice of that engine; None for its default.
        allow_restricted: whether voices may speak whose licence forbids commercial use.

    Raises:
        NoSynthesizerError: nothing suitable is here; the message says what to do.
    """
    if engine is None and voice is not None:
        engine = _engine_of(catalogue, voice)
    if engine is None:
        choice = choose(Role.TTS, catalogue, store)
        if choice.entry is None:
            raise NoSynthesizerError(_nothing(choice.candidates))
        reasons = {candidate.entry.name: candidate.reason for candidate in choice.candidates}
        return _selected(store, choice.entry, voice, allow_restricted, reasons[choice.entry.name])
    if engine not in ("silero", "rhvoice"):
        raise NoSynthesizerError(f"no synthesizer {engine!r}: there are silero and rhvoice")
    entries = [entry for entry in _entries(catalogue) if _engine(entry) == engine]
    for entry in entries:
        if store.status(entry).present and (allow_restricted or entry.licence.commercial):
            return _selected(store, entry, voice, allow_restricted, "used: it was asked for")
    mend = entries[0].mend if entries else "voice122 models list"
    raise NoSynthesizerError(f"{engine} is not here; run: {mend}")


def _entries(catalogue: Catalogue) -> list[Weights | SystemPackage]:
    """The synthesizers: preferred ones first, then those that come only when named."""
    best = list(catalogue.best(Role.TTS))
    return best + [entry for entry in catalogue if entry.role is Role.TTS and entry not in best]


def _engine(entry: Weights | SystemPackage) -> str:
    return "rhvoice" if isinstance(entry, SystemPackage) else "silero"


def _engine_of(catalogue: Catalogue, voice: str) -> str:
    """RHVoice's voices are listed in the catalogue, Silero's only inside its models."""
    packages = [entry for entry in catalogue if isinstance(entry, SystemPackage)]
    return "rhvoice" if any(voice.lower() in entry.voices for entry in packages) else "silero"


def _selected(
    store: ModelStore,
    entry: Weights | SystemPackage,
    voice: str | None,
    allow_restricted: bool,
    reason: str,
) -> SelectedSynthesizer:
    try:
        path = store.path(entry)
    except ModelsError as error:
        raise NoSynthesizerError(str(error)) from error
    select = partial(
        SelectedSynthesizer, entry.name, reason=reason, allow_restricted=allow_restricted
    )
    if isinstance(entry, Weights):
        return select(engine="silero", voice=voice, path=path / entry.files[0].path)
    data_dir = path.parent  # the catalogue points at the folder of voices
    name = check_voice(voice or DEFAULT_VOICE, data_dir, allow_restricted=allow_restricted)
    return select(engine="rhvoice", voice=name, path=data_dir)


def _nothing(candidates: tuple[Candidate, ...]) -> str:
    reasons = "; ".join(f"{candidate.entry.name}: {candidate.reason}" for candidate in candidates)
    return f"no synthesizer is here ({reasons})"
