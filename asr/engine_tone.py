"""T-one by sherpa-onnx: a streaming CTC model made for Russian telephone speech at 8 kHz.

The model takes 300 ms at a time and gives a token (a letter or a space) every 30 ms. sherpa-onnx
reports neither probabilities nor readings for CTC models, so the confidence is a constant taken
from the model's published accuracy: see `ToneSettings.confidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import sherpa_onnx

from asr.audio import SAMPLE_RATE, Pcm
from asr.errors import NoRecognizerError
from asr.level import FULL_SCALE
from asr.normalize import normalize
from asr.recognizer import NO_HINTS, Hints, Recognition, Word

_TOKEN_S: Final = 0.03
_CHUNK: Final = SAMPLE_RATE * 3 // 10
_TAIL: Final = _CHUNK * 2
"""Silence after the utterance (samples): what is in work comes out, and a whole chunk behind it,
for sherpa-onnx holds the last one back."""


@dataclass(frozen=True)
class ToneSettings:
    """How T-one is run."""

    threads: int = 1
    confidence: float = 0.9
    """Given to every text: one minus the published word error rate on call-centre speech (8.6 %),
    rounded down, for the engine has no opinion of its own (0 to 1)."""
    short_confidence: float = 0.6
    """Given to a text of one or two letters, which line noise can produce (0 to 1)."""


class ToneRecognizer:
    """A loaded T-one model.

    Args:
        name: as in the catalogue.
        directory: `model.onnx` and `tokens.txt`.
        settings: see there.

    Raises:
        NoRecognizerError: the files are missing or broken.
    """

    streams_partials = True

    def __init__(self, name: str, directory: Path, settings: ToneSettings = ToneSettings()) -> None:
        self.name = name
        self.settings = settings
        for needed in ("model.onnx", "tokens.txt"):
            if not (directory / needed).is_file():
                raise NoRecognizerError(
                    f"{directory / needed}: missing; 'voice122 models fetch {name}'"
                )
        try:
            self.engine = sherpa_onnx.OnlineRecognizer.from_t_one_ctc(
                tokens=str(directory / "tokens.txt"),
                model=str(directory / "model.onnx"),
                num_threads=settings.threads,
                sample_rate=SAMPLE_RATE,
            )
        except Exception as error:  # sherpa-onnx raises RuntimeError or onnxruntime's own
            raise NoRecognizerError(
                f"{directory}: cannot be loaded ({error}); 'voice122 models fetch {name}'"
            ) from error

    def stream(self, hints: Hints = NO_HINTS) -> _ToneStream:
        """Begin an utterance. A CTC model without a language model has no use for `hints`."""
        return _ToneStream(self.engine, self.settings)


class _ToneStream:
    def __init__(self, engine: Any, settings: ToneSettings) -> None:
        self._engine = engine
        self._settings = settings
        self._stream = engine.create_stream()
        self._samples = 0
        self._final: Recognition | None = None

    def accept(self, samples: Pcm) -> None:
        if self._final is not None:
            raise ValueError("the stream is finished; open another for the next utterance")
        self._samples += len(samples)
        self._feed(samples)

    def partial(self) -> Recognition:
        return self._final or self._read()

    def finish(self, first: Recognition | None = None) -> Recognition:
        if self._final is None:
            if self._samples:  # without a sample there is nothing to flush
                self._feed(np.zeros(_TAIL, np.int16))
                self._stream.input_finished()
                self._decode()
            self._final = self._read()
        return self._final

    def _feed(self, samples: Pcm) -> None:
        if len(samples):
            self._stream.accept_waveform(SAMPLE_RATE, samples.astype(np.float32) / FULL_SCALE)
            self._decode()

    def _decode(self) -> None:
        while self._engine.is_ready(self._stream):
            self._engine.decode_stream(self._stream)

    def _read(self) -> Recognition:
        tokens = [str(token).replace("▁", " ") for token in self._engine.tokens(self._stream)]
        times = [float(time) for time in self._engine.timestamps(self._stream)]
        text = normalize("".join(tokens))
        if not text:
            return Recognition()
        settings = self._settings
        confidence = settings.confidence if len(text) > 2 else settings.short_confidence
        return Recognition(text, confidence, _words(tokens, times, confidence))


def _words(tokens: list[str], times: list[float], confidence: float) -> tuple[Word, ...]:
    """Letters and the moments they were seen, gathered into words."""
    words: list[Word] = []
    letters = ""
    start = end = 0.0
    for token, time in zip([*tokens, " "], [*times, 0.0], strict=True):
        if token.strip():
            start = time if not letters else start
            letters += token.strip()
            end = time + _TOKEN_S
        elif letters:
            words.append(Word(normalize(letters), round(start, 2), round(end, 2), confidence))
            letters = ""
    return tuple(words)
