"""Recognizers: speech in, words out, behind one interface.

A recognizer is loaded once, in a worker process of its own, and serves streams one utterance each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from asr.audio import Pcm
from asr.endpoint import Expectation


@dataclass(frozen=True)
class Hints:
    """What the current question makes likely."""

    words: tuple[str, ...] = ()
    """Vocabulary of the current question, lower case ("лор", "хирург"). May be empty."""
    answer: Expectation = Expectation.OPEN
    """What kind of answer the question wants."""


NO_HINTS: Final = Hints()


@dataclass(frozen=True)
class Word:
    """One recognized word and where it lies in the utterance."""

    text: str
    start_s: float
    """From the beginning of the utterance's audio (s)."""
    end_s: float
    confidence: float
    """0 to 1."""


@dataclass(frozen=True)
class Alternative:
    """Another reading of the same audio."""

    text: str
    confidence: float
    """0 to 1, never above that of the best reading."""


@dataclass(frozen=True)
class Recognition:
    """What one utterance's audio says. An empty `text` means that no words were heard."""

    text: str = ""
    """Lower case, words separated by single spaces, no punctuation."""
    confidence: float = 0.0
    """0 to 1."""
    words: tuple[Word, ...] = ()
    """With times, where the engine has them; else empty."""
    alternatives: tuple[Alternative, ...] = ()
    """Other readings, best first, without `text` itself."""
    no_speech: float | None = None
    """Probability that nobody spoke (0 to 1), where the engine knows it."""
    prior: float = 1.0
    """By what the confidence of its readings is multiplied to compare them with those of another
    look at the same audio: how likely they are to be said, whatever the sound."""
    doubtful: bool = False
    """Whether `RecognizerStream.finish` may hear more in the same audio, for more time."""


class RecognizerStream(Protocol):
    """Recognition of one utterance, from its first sample to its last."""

    def accept(self, samples: Pcm) -> None:
        """Take the next samples: shape (n,), int16, 8 kHz, any n >= 0."""
        ...

    def partial(self) -> Recognition:
        """What has been said so far, words that may still change included.

        Engines that do not stream (Whisper) decode everything heard so far; calling `finish` right
        after, with no samples between, costs nothing more unless the reading is `doubtful`.
        """
        ...

    def finish(self, first: Recognition | None = None) -> Recognition:
        """The final reading, never `doubtful`. The stream takes no more samples afterwards.

        Args:
            first: what `partial` said about the same audio, if another stream was asked: then it
                is not read for the first time once more.
        """
        ...


class Recognizer(Protocol):
    """A loaded engine. Not thread-safe; streams may be open side by side."""

    name: str
    """As in the catalogue of models, for example ``whisper-base``."""
    streams_partials: bool
    """Whether `RecognizerStream.partial` is cheap enough to be asked every 200 ms."""

    def stream(self, hints: Hints = NO_HINTS) -> RecognizerStream:
        """Begin an utterance."""
        ...
