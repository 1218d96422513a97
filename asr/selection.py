"""Builds the engine that a name stands for, or the best one whose weights are here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from asr.errors import NoRecognizerError
from asr.recognizer import Recognizer
from models.catalogue import Catalogue, Role
from models.choice import choose
from models.errors import ModelsError
from models.store import ModelStore

ENGINES: Final = {
    "t-one": "tone",
    "vosk-ru": "vosk",
    "vosk-small-ru": "vosk",
    "vosk-ko": "vosk",
    "whisper-base": "whisper",
}
"""Model of the catalogue: the engine that runs it. `vosk-ko` is for tests only."""

_MOST: Final = 8
"""Recognizers that are used unasked."""


def load_recognizer(
    name: str, directory: Path, threads: int = 2, phrases: Path | None = None
) -> Recognizer:
    """Load a model. Takes seconds; picklable with `functools.partial`, for a worker process.

    Args:
        name: one of `ENGINES`.
        directory: its weights.
        threads: for one utterance; only Whisper is the faster for more than one.
        phrases: what callers may say, one phrase a line; only Whisper makes use of it.

    Raises:
        NoRecognizerError: there is no such engine, or its weights are missing or broken.
    """
    # Each engine is imported only when it is used: together they take a second and 200 MB.
    match ENGINES.get(name):
        case "tone":
            from asr.engine_tone import ToneRecognizer

            return ToneRecognizer(name, directory)
        case "vosk":
            from asr.engine_vosk import VoskRecognizer

            return VoskRecognizer(name, directory)
        case "whisper":
            from asr.engine_whisper import WhisperRecognizer, WhisperSettings

            return WhisperRecognizer(
                name, directory, WhisperSettings(threads=threads), phrases=phrases
            )
        case _:
            raise NoRecognizerError(f"no recognizer {name!r}; there are: {', '.join(ENGINES)}")


def usual_shares(name: str, cores: int) -> tuple[int, int]:
    """How many recognizers of a model work side by side, and with how many threads each.

    Of Whisper two where there are two cores, with two threads each, for mostly only one is at work:
    what one caller's words in doubt cost is not waited for by the next one. Where there are more
    cores, one for every two, up to `_MOST`, for each has its model in memory. Of others one, whose
    model may take gigabytes and which are none the faster for threads.
    """
    if ENGINES.get(name) != "whisper":
        return 1, 1
    return min(max(cores // 2, min(cores, 2)), _MOST), min(cores, 2)


def find_recognizer(
    catalogue: Catalogue, store: ModelStore, name: str | None = None
) -> tuple[str, Path]:
    """The name and directory of a model to load: `name`, or the best that is here.

    Raises:
        NoRecognizerError: it is not here, or nothing is; the message says what to fetch.
    """
    if name is None:
        entry = choose(Role.ASR, catalogue, store).entry
        if entry is None:
            raise NoRecognizerError("no recognizer is here; run: voice122 models fetch")
        name = entry.name
    if name not in ENGINES:
        raise NoRecognizerError(f"no recognizer {name!r}; there are: {', '.join(ENGINES)}")
    try:
        return name, store.path(catalogue[name])
    except ModelsError as error:
        raise NoRecognizerError(str(error)) from error
