"""Phrases spoken over a telephone and recognized, by the path that a live call takes.

RHVoice's free voices speak in turn, faster and slower; the line has a little hiss, and noise where
it is asked for; A-law; detector, listener, recognizer and guard are the product's own. What was
heard is kept in a file, so that only new phrases cost time.
"""

from __future__ import annotations

import json
import multiprocessing
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator
from rich.progress import track

from asr.detectors import make_detector
from asr.recognizer import NO_HINTS, Hints, Recognition, Recognizer, RecognizerStream
from asr.selection import load_recognizer
from asr.transcribe import transcribe
from asr.vad import VoiceDetector
from bench.audio import (
    NOISES,
    Signal,
    a_law,
    add_noise,
    line_noise,
    set_active_level,
    telephone_band,
    to_signal,
)
from tts.rhvoice import FREE_VOICES, RhvoiceSynthesizer
from tts.synthesizer import OUTPUT_RATE, Pcm
from tts.text import TextPreparer

RATES: Final = (0.85, 1.2)
"""Speaking rates: evenly between these (1 is the voice's own)."""
LEVEL: Final = -26.0
"""Active speech level (dBFS, ITU-T P.56)."""
HISS: Final = -65.0
"""Of the line (dBFS)."""
STRESS: Final = Path(__file__).parents[1] / "nlu_data" / "lists" / "stress.yml"


@dataclass(frozen=True)
class HeardPhrase:
    """What the recognizer made of a phrase."""

    text: str
    """Empty where it heard no words."""
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    """Other readings with their confidences, best first."""


def hear(
    phrases: Sequence[str],
    recognizer: tuple[str, Path],
    detector: tuple[str, Path | None],
    kept_in: Path,
    *,
    snr_db: float | None,
    known: Path | None,
) -> list[HeardPhrase]:
    """What is heard of `phrases`, in their order.

    Args:
        phrases: each is always spoken by the same voice at the same rate, over the same noise.
        recognizer: its name and the directory of its weights.
        detector: its name and weights.
        kept_in: JSON lines of what was heard before; new ones are added.
        snr_db: active speech over pink or street noise (dB); None for a clean line.
        known: what the recognizer knows that callers say, one phrase a line.
    """
    before = _heard_before(kept_in)
    learnt = 0 if known is None else zlib.crc32(known.read_bytes())
    condition = f"{recognizer[0]}|{detector[0]}|{snr_db}|{learnt:08x}"
    keys = [f"{condition}|{phrase}" for phrase in phrases]
    missing = [phrase for phrase, key in zip(phrases, keys, strict=True) if key not in before]
    if missing:
        engine = _Noting(load_recognizer(*recognizer, phrases=known))
        ear = make_detector(*detector)
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        with kept_in.open("a", encoding="utf-8") as file:
            spoken = zip(missing, _spoken(missing), strict=True)
            for phrase, speech in track(spoken, f"speaking, {snr_db} dB", len(missing)):
                heard = _recognized(on_the_line(phrase, speech, snr_db), engine, ear)
                key = f"{condition}|{phrase}"
                before[key] = heard
                file.write(json.dumps({"key": key, **asdict(heard)}, ensure_ascii=False) + "\n")
    return [before[key] for key in keys]


def on_the_line(phrase: str, speech: Signal, snr_db: float | None) -> Pcm:
    """`speech` as the far end of a telephone line hears it, with half a second around it."""
    source = _random_of(phrase)
    padded = np.pad(telephone_band(speech), OUTPUT_RATE // 2)
    line = set_active_level(padded, LEVEL) + line_noise(len(padded), source, HISS)
    if snr_db is not None:
        noise = NOISES[sorted(NOISES)[int(source.integers(len(NOISES)))]]
        line = add_noise(line, noise(len(line), source), snr_db)
    return a_law(line)


def _recognized(samples: Pcm, recognizer: _Noting, detector: VoiceDetector) -> HeardPhrase:
    recognizer.noted.clear()
    heard = transcribe("", samples, recognizer, detector)
    others: tuple[tuple[str, float], ...] = ()
    if len(recognizer.noted) == 1 and heard.heard:
        others = tuple((a.text, a.confidence) for a in recognizer.noted[0].alternatives)
    return HeardPhrase(heard.heard, heard.confidence, others)


class _Noting:
    """A recognizer whose final readings can be looked at, alternatives included."""

    streams_partials = False

    def __init__(self, recognizer: Recognizer) -> None:
        self.name = recognizer.name
        self.noted: list[Recognition] = []
        self._recognizer = recognizer

    def stream(self, hints: Hints = NO_HINTS) -> RecognizerStream:
        return _NotingStream(self._recognizer.stream(hints), self.noted)


class _NotingStream:
    def __init__(self, stream: RecognizerStream, noted: list[Recognition]) -> None:
        self._stream = stream
        self._noted = noted

    def accept(self, samples: Pcm) -> None:
        self._stream.accept(samples)

    def partial(self) -> Recognition:
        return self._stream.partial()

    def finish(self, first: Recognition | None = None) -> Recognition:
        recognition = self._stream.finish(first)
        self._noted.append(recognition)
        return recognition


def _spoken(phrases: Sequence[str]) -> Iterator[Signal]:
    """From a process of its own, which RHVoice's licence asks for."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        for pcm in process.map(_speak, phrases, chunksize=8):
            yield to_signal(pcm)


def _speak(phrase: str) -> Pcm:
    source = _random_of(phrase)
    voice = FREE_VOICES[int(source.integers(len(FREE_VOICES)))]
    rate = float(source.uniform(*RATES))
    sentences = _preparer().prepare(phrase)
    chunks = [chunk for s in sentences for chunk in _voice(voice).synthesize(s.text, rate)]
    return np.concatenate(chunks)


@cache
def _voice(name: str) -> RhvoiceSynthesizer:
    return RhvoiceSynthesizer(name)


@cache
def _preparer() -> TextPreparer:
    return TextPreparer(STRESS)


def _random_of(phrase: str) -> Generator:
    return np.random.default_rng(zlib.crc32(phrase.encode("utf-8")))


def _heard_before(path: Path) -> dict[str, HeardPhrase]:
    if not path.exists():
        return {}
    entries = map(json.loads, path.read_text("utf-8").splitlines())
    return {
        entry["key"]: HeardPhrase(
            entry["text"],
            entry["confidence"],
            tuple((text, confidence) for text, confidence in entry["alternatives"]),
        )
        for entry in entries
    }
