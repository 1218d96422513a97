"""Recordings to text by the very path that a live call takes, only faster than time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from asr.audio import FRAME_SAMPLES, SAMPLE_RATE, Pcm
from asr.endpoint import Signal
from asr.endpointing import EndpointSettings, FixedSilence
from asr.guard import guard
from asr.listener import Listener
from asr.recognizer import NO_HINTS, Hints, Recognition, Recognizer
from asr.vad import VoiceDetector


@dataclass(frozen=True)
class Heard:
    """What one recording says."""

    file: str
    heard: str
    """Empty where nobody speaks."""
    confidence: float
    """0 to 1, weighted by words over the utterances."""
    speech: tuple[float, float] | None
    """From the first utterance's start to the last one's end (s); None where nobody speaks."""
    snr_db: float | None
    """Of the utterance with the most speech (dB)."""
    ms: int
    """Time that detection and recognition took (ms)."""


@dataclass(frozen=True)
class _Utterance:
    recognition: Recognition
    speech: tuple[float, float]
    speech_s: float
    snr_db: float | None


def transcribe(
    file: str,
    samples: Pcm,
    recognizer: Recognizer,
    detector: VoiceDetector,
    *,
    hints: Hints = NO_HINTS,
    clock: Callable[[], float] = time.perf_counter,
) -> Heard:
    """Recognize a recording of any length.

    Args:
        file: its name, for the result.
        samples: shape (n,), int16, 8 kHz.
        recognizer: a loaded engine.
        detector: reset before use.
        hints: what is likely to be said.
        clock: seconds, for `Heard.ms`.
    """
    begun = clock()
    utterances = [
        u for u in _utterances(samples, recognizer, detector, hints) if u.recognition.text
    ]
    ms = round((clock() - begun) * 1000)
    if not utterances:
        return Heard(file, "", 0.0, None, None, ms)
    weights = [len(u.recognition.text.split()) for u in utterances]
    return Heard(
        file=file,
        heard=" ".join(u.recognition.text for u in utterances),
        confidence=round(
            float(np.average([u.recognition.confidence for u in utterances], weights=weights)), 3
        ),
        speech=(utterances[0].speech[0], utterances[-1].speech[1]),
        snr_db=max(utterances, key=lambda u: u.speech_s).snr_db,
        ms=ms,
    )


def frames(samples: Pcm) -> Iterator[Pcm]:
    """Cut audio into frames of shape (160,); the last one is filled up with silence."""
    for start in range(0, len(samples), FRAME_SAMPLES):
        frame = samples[start : start + FRAME_SAMPLES]
        if len(frame) < FRAME_SAMPLES:
            frame = np.pad(frame, (0, FRAME_SAMPLES - len(frame)))
        yield frame


def _utterances(
    samples: Pcm, recognizer: Recognizer, detector: VoiceDetector, hints: Hints
) -> Iterator[_Utterance]:
    detector.reset()
    # Nobody waits for an answer here, so words are kept together over longer pauses.
    settings = EndpointSettings(limit_ms=25_000)
    listener = Listener(detector, FixedSilence(1000, settings))
    length_s = len(samples) / SAMPLE_RATE
    for frame in frames(samples):
        if listener.accept(frame) in (Signal.END, Signal.TOO_LONG):
            yield _recognize(listener, recognizer, hints, length_s)
    if listener.speaking:  # the recording ends in the middle of a turn
        yield _recognize(listener, recognizer, hints, length_s)


def _recognize(
    listener: Listener, recognizer: Recognizer, hints: Hints, length_s: float
) -> _Utterance:
    stream = recognizer.stream(hints)
    stream.accept(listener.samples)
    guarded = guard(stream.finish(), speech_s=listener.speech_s)
    start, end = listener.speech or (0.0, 0.0)
    return _Utterance(
        guarded.recognition,
        (start, min(end, round(length_s, 2))),
        listener.speech_s,
        listener.snr_db,
    )
