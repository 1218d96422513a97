"""The recordings of `tests/audio`, as its manifest describes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from asr.audio import Pcm
from bench.audio import read_pcm

AUDIO_DIR: Final = Path(__file__).parent.parent / "tests" / "audio"
"""Where the recordings lie."""


@dataclass(frozen=True)
class Recording:
    """One file: an utterance, a caller's turn, or a sound that is not speech."""

    path: Path
    says: str = ""
    """The words as they would be written; empty where nobody speaks."""
    speech_s: tuple[float, float] | None = None
    """From the first sound of speech to the last (s from the file's start); None without any."""
    voice: str | None = None
    rate: int = 100
    """Speaking rate, per cent of the voice's own."""
    pitch: int = 100
    """Pitch, per cent of the voice's own."""
    noise: str | None = None
    """`pink`, `street` or `babble`; None: only the hiss of the line."""
    snr_db: float | None = None
    """Active speech level (ITU-T P.56) over the noise's RMS (dB), where there is `noise`."""
    clean: Path | None = None
    """The same recording without the noise, sample for sample, where there is `noise`."""
    intent: str | None = None
    """A name from ``nlu_data/intents.yml``; None where only a question gives the words meaning."""
    reads: str | None = None
    """Kind of slot that the words fill."""
    value: str | bool | None = None
    """That slot's value."""
    about: str = ""
    """What a sound that is not speech is."""

    def pcm(self) -> Pcm:
        """The samples."""
        return read_pcm(self.path)


@dataclass(frozen=True)
class Caller:
    """A whole caller: what is said, turn by turn."""

    name: str
    about: str
    """What the caller wants and what should come of it."""
    turns: tuple[Recording, ...]


@dataclass(frozen=True)
class Corpus:
    """All the recordings."""

    phrases: tuple[Recording, ...]
    """Single utterances, clean and noisy."""
    callers: tuple[Caller, ...]
    not_speech: tuple[Recording, ...]

    def recordings(self) -> tuple[Recording, ...]:
        """Every file once."""
        turns = (turn for caller in self.callers for turn in caller.turns)
        return (*self.phrases, *turns, *self.not_speech)


def load_corpus(directory: Path = AUDIO_DIR) -> Corpus:
    """Read ``manifest.yaml`` in `directory`.

    Raises:
        FileNotFoundError: there is none; `python -m tests.audio.make` makes it.
    """
    manifest = yaml.safe_load((directory / "manifest.yaml").read_text("utf-8"))

    def recording(entry: dict[str, Any]) -> Recording:
        speech = entry.get("speech_s")
        fields = entry | {
            "path": directory / entry["file"],
            "speech_s": (float(speech[0]), float(speech[1])) if speech else None,
            "clean": directory / entry["clean"] if "clean" in entry else None,
        }
        del fields["file"]
        return Recording(**fields)

    return Corpus(
        phrases=tuple(map(recording, manifest["phrases"])),
        callers=tuple(
            Caller(entry["name"], entry["about"], tuple(map(recording, entry["turns"])))
            for entry in manifest["callers"]
        ),
        not_speech=tuple(map(recording, manifest["not_speech"])),
    )
