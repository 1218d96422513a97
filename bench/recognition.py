"""Recognition by turn: word error rate, latency, real-time factor, words invented from nothing.

Each recording goes the way of a call: detector, listener, recognizer, guard. Latency is the time
that the recognizer takes for the utterance after the last frame; a call hides up to the pause's
length of it by starting at MAYBE_END.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from asr.audio import SAMPLE_RATE, Pcm
from asr.detectors import make_detector
from asr.recognizer import NO_HINTS, Hints, Recognition, Recognizer, RecognizerStream
from asr.selection import load_recognizer
from asr.transcribe import transcribe
from bench.audio import a_law, level_db, pink, tile, to_signal
from bench.corpus import Recording, load_corpus
from bench.words import word_errors

INVENTED_S = 60


class Timed:
    """A recognizer that notes how long each utterance took (s)."""

    streams_partials = False

    def __init__(self, recognizer: Recognizer) -> None:
        self.name = recognizer.name
        self.took: list[float] = []
        self._recognizer = recognizer

    def stream(self, hints: Hints = NO_HINTS) -> RecognizerStream:
        return _TimedStream(self._recognizer.stream(hints), self.took)


class _TimedStream:
    def __init__(self, stream: RecognizerStream, took: list[float]) -> None:
        self._stream = stream
        self._took = took

    def accept(self, samples: Pcm) -> None:
        self._stream.accept(samples)

    def partial(self) -> Recognition:
        return self._stream.partial()

    def finish(self, first: Recognition | None = None) -> Recognition:
        begun = time.perf_counter()
        recognition = self._stream.finish(first)
        self._took.append(time.perf_counter() - begun)
        return recognition


def conditions(recordings: list[Recording]) -> dict[str, list[tuple[str, Pcm]]]:
    """What was said and its samples, by how noisy the line is; all through A-law."""
    cells: dict[str, list[tuple[str, Pcm]]] = {"clean": [], "15 dB": [], "5 dB": []}
    for recording in recordings:
        name = "clean" if recording.snr_db is None else f"{recording.snr_db:g} dB"
        samples = a_law(to_signal(recording.pcm()))
        cells.setdefault(name, []).append((recording.says, samples))
    return cells


def not_speech() -> dict[str, Pcm]:
    """A minute each of what a line has besides speech."""
    count = INVENTED_S * SAMPLE_RATE
    sounds = {r.path.stem: tile(to_signal(r.pcm()), count) for r in load_corpus().not_speech}
    noise = pink(count, np.random.default_rng(122))
    sounds["pink_noise"] = noise * 10 ** ((-30 - level_db(noise)) / 20)
    return {name: a_law(sound) for name, sound in sounds.items()}


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench recognition --", description=__doc__)
    parser.add_argument("--models", type=Path, default=Path("var/models"), help="where weights lie")
    parser.add_argument("--engine", default="whisper-base", help="model to measure")
    parser.add_argument(
        "--known",
        type=Path,
        help="what callers may say, one phrase a line (a call knows var/phrases.txt); else nothing",
    )
    parser.add_argument("--vad", nargs="*", default=["webrtc", "silero"], help="detectors")
    parser.add_argument("--errors", action="store_true", help="print what was misheard")
    args = parser.parse_args(argv)
    recognizer = Timed(load_recognizer(args.engine, args.models / args.engine, phrases=args.known))
    corpus = load_corpus()
    cells = conditions([r for r in corpus.recordings() if r.says])
    print(f"{args.engine}; {len(cells['clean'])} clean utterances; through A-law")
    print(
        f"{'detector':10}{'':8}{'WER %':>8}{'missed':>8}{'latency ms: median':>20}{'p95':>7}"
        f"{'real-time factor':>18}"
    )
    for vad in args.vad:
        detector = make_detector(vad, args.models / "silero-vad")
        for condition, recordings in cells.items():
            recognizer.took.clear()
            pairs = []
            for said, pcm in recordings:
                heard = transcribe("", pcm, recognizer, detector).heard
                pairs.append((said, heard))
                if args.errors and word_errors([(said, heard)]).errors:
                    print(f"    {said} | {heard}")
            took = np.array(recognizer.took or [0.0]) * 1000
            seconds = sum(len(pcm) for _, pcm in recordings) / SAMPLE_RATE
            missed = sum(not heard for _, heard in pairs)
            print(
                f"{vad:10}{condition:8}{word_errors(pairs).wer:8.1f}{missed:8d}"
                f"{np.median(took):20.0f}{np.quantile(took, 0.95):7.0f}"
                f"{took.sum() / 1000 / seconds:18.2f}",
                flush=True,
            )
        words = {
            name: len(transcribe(name, pcm, recognizer, detector).heard.split())
            for name, pcm in not_speech().items()
        }
        told = ", ".join(f"{name} {count}" for name, count in words.items())
        print(f"{vad:10}words invented in {INVENTED_S} s each: {told}", flush=True)
    return 0
