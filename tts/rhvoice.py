"""RHVoice: small, quick, runs anywhere Debian runs. First audio in a few milliseconds."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from tts.errors import NoSynthesizerError, SynthesisError
from tts.pcm import rechunk, resample, to_float, to_pcm
from tts.rhvoice_library import DATA_DIR, RhvoiceLibrary
from tts.speakable import STRESS, VOWELS, require_speakable
from tts.synthesizer import Pcm

FREE_VOICES: Final = ("elena", "anna", "irina", "aleksandr")
"""Voices under the LGPL. Aleksandr-hq is CC BY-SA; the others forbid commercial use or changes."""
DEFAULT_VOICE: Final = "irina"
"""The clearest over a telephone (`bench round_trip`): Irina speaks 15 % slower than Elena. Slowing
a voice down further, a lift of the treble and another pitch made none of them clearer."""
MIN_RATE: Final = 0.5
MAX_RATE: Final = 2.0

_OUR_STRESS: Final = re.compile(rf"{re.escape(STRESS)}([{VOWELS}])", re.IGNORECASE)
_ITS_STRESS: Final = "\\1\u0301"
"""RHVoice takes the acute accent after the vowel; a plus inside a word it reads as a border between
two words, and the word falls apart (round trip: 62 % of the words wrong instead of 14)."""
_QUEUED_CHUNKS: Final = 16
_WARM_UP: Final = "здравствуйте"


def installed_voices(data_dir: Path = DATA_DIR) -> tuple[str, ...]:
    """Names of the Russian voices in `data_dir`, sorted; empty where RHVoice has no data."""
    infos = sorted(data_dir.glob("voices/*/voice.info"))
    return tuple(
        path.parent.name for path in infos if "language=Russian" in path.read_text("utf-8").split()
    )


def check_voice(voice: str, data_dir: Path = DATA_DIR, *, allow_restricted: bool = False) -> str:
    """Return `voice` in lower case if it may be used and is installed.

    Raises:
        NoSynthesizerError: its licence is restricted or it is not installed.
    """
    name = voice.lower()
    if name not in FREE_VOICES and not allow_restricted:
        raise NoSynthesizerError(
            f"RHVoice's voice {name!r} has a restricted licence: choose {', '.join(FREE_VOICES)}, "
            "or set allow_restricted_voices after reading its licence"
        )
    if name not in installed_voices(data_dir):
        raise NoSynthesizerError(
            f"RHVoice's voice {name!r} is not in {data_dir}: install the package rhvoice-russian"
        )
    return name


class RhvoiceSynthesizer:
    """A `tts.synthesizer.Synthesizer` on RHVoice. Build it only in a worker process.

    Args:
        voice: a name from `FREE_VOICES`; others need `allow_restricted`.
        data_dir: folder with RHVoice's ``languages/`` and ``voices/``.
        allow_restricted: let voices with a restricted licence speak.

    Raises:
        NoSynthesizerError: library or voice is missing, or the voice is refused.
    """

    engine = "rhvoice"

    def __init__(
        self,
        voice: str = DEFAULT_VOICE,
        data_dir: Path = DATA_DIR,
        *,
        allow_restricted: bool = False,
    ) -> None:
        self.voice = check_voice(voice, data_dir, allow_restricted=allow_restricted)
        self._library = RhvoiceLibrary(data_dir)
        self.version = f"rhvoice-{self._library.version}-{_revision(data_dir, self.voice)}"
        # A voice is read from disk when it first speaks: let that be now, not in a call.
        self._library.speak(_WARM_UP, self.voice, 1.0, lambda _: True)

    def synthesize(self, text: str, rate: float = 1.0) -> Iterator[Pcm]:
        """See `tts.synthesizer.Synthesizer.synthesize`; `rate` is held to 0.5 ... 2.0."""
        speakable = require_speakable(text)
        return self._stream(speakable, min(max(rate, MIN_RATE), MAX_RATE))

    def _stream(self, text: str, rate: float) -> Iterator[Pcm]:
        accented = _OUR_STRESS.sub(_ITS_STRESS, text).replace(STRESS, "")
        speech = _Speech(self._library, accented, self.voice, rate)
        try:
            first = next(speech, None)
            if first is None:
                raise SynthesisError("RHVoice gave no audio for this text")
            chunks = resample(map(to_float, chain((first,), speech)), self._library.sample_rate_hz)
            for chunk in rechunk(chunks):
                yield to_pcm(chunk)
        finally:
            speech.close()


class _Speech(Iterator[Pcm]):
    """Turns RHVoice's blocking call with a callback into an iterator."""

    def __init__(self, library: RhvoiceLibrary, text: str, voice: str, rate: float) -> None:
        self._chunks: queue.Queue[Pcm | None] = queue.Queue(_QUEUED_CHUNKS)
        self._left = threading.Event()
        self._error: SynthesisError | None = None
        self._thread = threading.Thread(
            target=self._speak, args=(library, text, voice, rate), name="rhvoice", daemon=True
        )
        self._thread.start()

    def __next__(self) -> Pcm:
        chunk = self._chunks.get()
        if chunk is not None:
            return chunk
        if self._error is not None:
            raise self._error
        raise StopIteration

    def close(self) -> None:
        """Stop speaking, whether at the end or in the middle."""
        self._left.set()
        while self._thread.is_alive():
            try:
                self._chunks.get(timeout=0.01)  # a full queue would hold the thread for ever
            except queue.Empty:
                continue
        self._thread.join()

    def _speak(self, library: RhvoiceLibrary, text: str, voice: str, rate: float) -> None:
        try:
            library.speak(text, voice, rate, self._take)
        except SynthesisError as error:
            self._error = error
        self._chunks.put(None)

    def _take(self, chunk: Pcm) -> bool:
        self._chunks.put(chunk)
        return not self._left.is_set()


def _revision(data_dir: Path, voice: str) -> str:
    """The voice data's own version, from ``voice.info``, for example ``4.2``."""
    lines = (data_dir / "voices" / voice / "voice.info").read_text("utf-8").splitlines()
    info = dict(line.split("=", 1) for line in lines if "=" in line)
    return f"{info.get('format', '0')}.{info.get('revision', '0')}"
