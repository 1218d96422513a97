"""Voice detectors in noise: balanced accuracy by frame, and when a turn ends.

Balanced accuracy is the mean of the share of speech frames called speech and of other frames
called no speech (%; 50 is guessing). The truth is the clean recording: a frame is speech where it
is within 30 dB of the phrase's active level, gaps of up to 200 ms included. "end" is how many
turns the strategy of 600 ms of silence ended, within a second and a half of the true end.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asr.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE
from asr.detectors import make_detector
from asr.endpoint import Signal as Said
from asr.endpointing import FixedSilence
from asr.transcribe import frames
from asr.vad import VoiceDetector
from bench.audio import (
    Signal,
    active_level_db,
    add_noise,
    babble,
    level_db,
    line_noise,
    pink,
    street,
    to_pcm,
    to_signal,
)
from bench.corpus import load_corpus

CONDITIONS: tuple[tuple[str, str | None, float], ...] = (
    ("clean", None, 0),
    ("pink 15 dB", "pink", 15),
    ("street 10 dB", "street", 10),
    ("babble 15 dB", "babble", 15),
    ("pink 5 dB", "pink", 5),
)
DETECTORS = (
    ("webrtc-plain", "webrtcvad mode 2"),
    ("webrtc", "webrtcvad 2 + gate 6 dB"),
    ("silero", "Silero VAD"),
)
LEAD_S = 2.0
"""The line is heard for so long before a phrase, as in a call (s)."""


def speech_frames(clean: Signal) -> NDArray[np.bool_]:
    """Which frames of a clean phrase are speech: shape (frames,)."""
    threshold = active_level_db(clean) - 30
    count = len(clean) // FRAME_SAMPLES
    levels = [
        level_db(clean[i * FRAME_SAMPLES : (i + 1) * FRAME_SAMPLES]) > threshold
        for i in range(count)
    ]
    loud = np.flatnonzero(levels)
    speech = np.zeros(count, np.bool_)
    for first, second in zip(loud, [*loud[1:], loud[-1]], strict=True):
        speech[first : second + 1 if second - first <= 10 else first + 1] = True
    return speech


def mix(clean: Signal, noise: str | None, snr_db: float, voices: list[Signal], seed: int) -> Signal:
    """The phrase on a noisy line, never beyond full scale."""
    rng = np.random.default_rng(seed)
    if noise is None:
        return clean
    beds: dict[str, Callable[[], Signal]] = {
        "pink": lambda: pink(len(clean), rng),
        "street": lambda: street(len(clean), rng),
        "babble": lambda: babble(voices, len(clean), rng),
    }
    mixed = add_noise(clean, beds[noise](), snr_db)
    return mixed / max(1.0, float(np.abs(mixed).max()) / 0.95)


def measure(
    detector: VoiceDetector, mixes: list[tuple[Signal, NDArray[np.bool_]]]
) -> tuple[float, float, float]:
    """Balanced accuracy (%), turns ended in time (%), CPU per second of audio (ms)."""
    right = {True: 0, False: 0}
    total = {True: 0, False: 0}
    ended = 0
    begun = time.process_time()
    for signal, truth in mixes:
        detector.reset()
        endpointing = FixedSilence(600)
        last = int(np.flatnonzero(truth)[-1])
        in_time = False
        lead = int(LEAD_S / FRAME_S)
        for index, frame in enumerate(frames(to_pcm(signal))):
            verdict = detector.is_speech(frame)
            if endpointing.accept(verdict) is Said.END and last <= index <= last + 1.5 / FRAME_S:
                in_time = True
            if lead <= index < len(truth):
                total[bool(truth[index])] += 1
                right[bool(truth[index])] += verdict == truth[index]
        ended += in_time
    spent = time.process_time() - begun
    seconds = sum(len(signal) for signal, _ in mixes) / SAMPLE_RATE
    accuracy = 50 * sum(right[kind] / total[kind] for kind in (True, False))
    return accuracy, 100 * ended / len(mixes), 1000 * spent / seconds


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench vad --", description=__doc__)
    parser.add_argument("--models", type=Path, default=Path("var/models"), help="where weights lie")
    args = parser.parse_args(argv)
    phrases = [p for p in load_corpus().phrases if p.noise is None and p.says]
    rng = np.random.default_rng(122)
    signals = [to_signal(phrase.pcm()) for phrase in phrases]
    quiet = [
        np.concatenate(
            [line_noise(int(LEAD_S * SAMPLE_RATE), rng), s, line_noise(2 * SAMPLE_RATE, rng)]
        )
        for s in signals
    ]
    truths = [speech_frames(signal) for signal in quiet]
    print("balanced accuracy, % / turns ended at 600 ms of silence, %")
    print(f"{'':26}" + "".join(f"{name:>17}" for name, _, _ in CONDITIONS) + "   CPU ms/s")
    mixes = [
        [
            (mix(signal, noise, snr, signals[:8], index), truth)
            for index, (signal, truth) in enumerate(zip(quiet, truths, strict=True))
        ]
        for _, noise, snr in CONDITIONS
    ]
    for name, label in DETECTORS:
        detector = make_detector(name, args.models / "silero-vad")
        cells, cpu = [], []
        for condition in mixes:
            accuracy, ended, spent = measure(detector, condition)
            cells.append(f"{accuracy:10.1f} / {ended:4.0f}")
            cpu.append(spent)
        print(f"{label:26}" + "".join(f"{c:>17}" for c in cells) + f"{np.mean(cpu):11.1f}")
    print(f"({len(phrases)} phrases of tests/audio after {LEAD_S:g} s of line noise)")
    return 0
