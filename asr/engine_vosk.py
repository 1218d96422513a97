"""Vosk (Kaldi): a streaming engine, the design card's own."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import vosk

from asr.audio import SAMPLE_RATE, Pcm
from asr.errors import NoRecognizerError
from asr.normalize import normalize
from asr.readings import Reading, choose, join
from asr.recognizer import NO_HINTS, Hints, Recognition, Word

_PIECE: Final = SAMPLE_RATE // 10
"""Fed in tenths of a second: one long `AcceptWaveform` would hold the worker too long."""
_NEVER_S: Final = 60.0


@dataclass(frozen=True)
class VoskSettings:
    """How Vosk decodes."""

    readings: int = 0
    """How many readings are asked for. 0: the best one only, with a confidence for each word.

    With more, Vosk gives lattice costs instead: alternatives come at the price of confidences.
    """
    grammar: bool = False
    """Allow only the hints' words, where the model can. Anything else that is said becomes one of
    them or nothing, so this is for closed questions only."""
    scale: float = 0.1
    """Turns differences of lattice costs into shares of belief (natural logarithm a unit)."""

    def __post_init__(self) -> None:
        if not 0 <= self.readings <= 20:
            raise ValueError(f"readings is 0 to 20, not {self.readings}")
        if self.scale <= 0:
            raise ValueError(f"scale is above 0, not {self.scale}")


class VoskRecognizer:
    """A loaded Vosk model. It resamples the line's 8 kHz to its own rate by itself.

    `Recognition.confidence` is the mean of its words' posterior probabilities (minimum Bayes risk
    over the lattice); with `VoskSettings.readings` it is the best reading's share of belief among
    those asked for.

    Args:
        name: as in the catalogue.
        directory: an unpacked model (`am/`, `conf/`, `graph/`).
        settings: how to decode.

    Raises:
        NoRecognizerError: the model is missing or broken.
    """

    streams_partials = True

    def __init__(self, name: str, directory: Path, settings: VoskSettings = VoskSettings()) -> None:
        self.name = name
        self.settings = settings
        if not (directory / "am" / "final.mdl").is_file():
            raise NoRecognizerError(f"{directory}: no Vosk model; 'voice122 models fetch {name}'")
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(directory))
        except Exception as error:  # vosk raises bare Exception
            raise NoRecognizerError(
                f"{directory}: cannot be loaded; 'voice122 models fetch {name}'"
            ) from error
        # A grammar can only be given to models whose graph is composed while they run.
        self._takes_grammar = (directory / "graph" / "Gr.fst").is_file()

    def stream(self, hints: Hints = NO_HINTS) -> _VoskStream:
        """See `asr.recognizer.Recognizer`."""
        return _VoskStream(self, hints)

    def engine(self, hints: Hints) -> vosk.KaldiRecognizer:
        """A fresh Kaldi recognizer for one utterance."""
        grammar = self._grammar(hints)
        engine = vosk.KaldiRecognizer(
            self._model, float(SAMPLE_RATE), *([] if grammar is None else [grammar])
        )
        engine.SetWords(True)
        engine.SetPartialWords(True)
        if self.settings.readings:
            engine.SetMaxAlternatives(self.settings.readings)
        if hasattr(engine, "SetEndpointerDelays"):  # missing from release 0.3.45
            # The listener decides when the turn ends, not Vosk.
            engine.SetEndpointerDelays(_NEVER_S, _NEVER_S, _NEVER_S)
        return engine

    def _grammar(self, hints: Hints) -> str | None:
        if not self.settings.grammar or not self._takes_grammar:
            return None
        known = [word for word in hints.words if self._knows(word)]
        if not known:
            return None
        return json.dumps(known + ["[unk]"] * self._knows("[unk]"), ensure_ascii=False)

    def _knows(self, phrase: str) -> bool:
        return all(self._model.vosk_model_find_word(word) >= 0 for word in phrase.split())


class _VoskStream:
    def __init__(self, recognizer: VoskRecognizer, hints: Hints) -> None:
        self._scale = recognizer.settings.scale
        self._hints = hints
        self._engine = recognizer.engine(hints)
        self._settled: list[Recognition] = []
        self._final: Recognition | None = None

    def accept(self, samples: Pcm) -> None:
        if self._final is not None:
            raise ValueError("the stream is finished; open another for the next utterance")
        for start in range(0, len(samples), _PIECE):
            piece = np.ascontiguousarray(samples[start : start + _PIECE], dtype="<i2")
            if self._engine.AcceptWaveform(piece.tobytes()):
                # Vosk's own endpointer closed a segment; the utterance goes on in the next.
                self._settle(self._engine.Result())

    def partial(self) -> Recognition:
        if self._final is not None:
            return self._final
        going_on = read_result(json.loads(self._engine.PartialResult()), self._hints, self._scale)
        return join([*self._settled, going_on])

    def finish(self, first: Recognition | None = None) -> Recognition:
        if self._final is None:
            self._settle(self._engine.FinalResult())
            self._final = join(self._settled)
        return self._final

    def _settle(self, document: str) -> None:
        self._settled.append(read_result(json.loads(document), self._hints, self._scale))


def read_result(document: dict[str, Any], hints: Hints, scale: float) -> Recognition:
    """Read any of the shapes of Vosk's JSON.

    ``{"partial": ..., "partial_result": [...]}`` while it goes on; ``{"text": ..., "result":
    [...]}`` at the end; ``{"alternatives": [{"text": ..., "confidence": cost, "result": [...]}]}``
    with `SetMaxAlternatives`.
    """
    if "alternatives" not in document:
        text = normalize(document.get("text") or document.get("partial") or "")
        words = _words(document.get("result") or document.get("partial_result") or [])
        confidence = float(np.mean([word.confidence for word in words])) if words else 0.5
        return Recognition(text, confidence if text else 0.0, words)
    readings = [reading for reading in document["alternatives"] if reading.get("text")]
    if not readings:
        return Recognition()
    costs = np.array([float(reading.get("confidence", 0.0)) for reading in readings])
    shares = np.exp(scale * (costs - costs.max()))
    shares /= shares.sum()
    unique: dict[str, float] = {}
    for reading, share in zip(readings, shares, strict=True):
        unique.setdefault(normalize(reading["text"]), float(share))
    chosen = choose([Reading(text, share, share) for text, share in unique.items()], hints)
    source = next(r for r in readings if normalize(r["text"]) == chosen.text)
    return replace(chosen, words=_words(source.get("result") or [], chosen.confidence))


def _words(results: list[dict[str, Any]], confidence: float = 0.5) -> tuple[Word, ...]:
    """Words with times; `confidence` for those that come without one."""
    return tuple(
        Word(
            normalize(result["word"]),
            float(result["start"]),
            float(result["end"]),
            float(result.get("conf", confidence)),
        )
        for result in results
    )
