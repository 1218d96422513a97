"""How many calls the machine holds: by the cost of a turn, the processors, the recognizers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
import pytest

from asr.audio import Pcm
from asr.recognizer import Recognition
from asr.selection import usual_shares
from asr.service import ServiceSettings
from dialog.nlu.interpreter import Context, Parse
from voice122 import engines
from voice122.capacity import measured_calls
from voice122.settings import Settings


@dataclass
class Engines:
    """Each takes its time."""

    asr_s: float
    tts_s: float
    nlu_s: float
    settings: ServiceSettings
    now: float = 0.0

    @property
    def workers(self) -> range:
        return range(self.settings.workers)

    async def speak(self, text: str, *, cacheable: bool) -> AsyncIterator[Pcm]:
        self.now += self.tts_s
        yield np.zeros(800, np.int16)

    def open(self) -> Engines:
        return self

    async def feed(self, samples: Pcm) -> None:
        assert len(samples) == 800

    async def finish(self) -> Recognition:
        self.now += self.asr_s
        return Recognition("", 0.0)

    async def understand(self, text: str, context: Context) -> Parse:
        self.now += self.nlu_s
        return Parse(text, None, 0.0, ())


@pytest.mark.parametrize(
    ("asr_s", "workers", "threads", "cores", "calls"),
    [
        (0.3, 1, 1, 2, 16),  # the one recognizer is the narrow place: 0.6 * 8 / 0.3
        (0.3, 2, 1, 2, 24),  # the processors are: 2 * 0.6 * 8 / 0.4
        (0.3, 2, 2, 2, 13),  # they are, for each recognizer takes two: 2 * 0.6 * 8 / 0.7
        (0.3, 8, 1, 16, 128),
        (20.0, 1, 1, 1, 1),
    ],
)
async def test_the_narrowest_place_counts(
    asr_s: float, workers: int, threads: int, cores: int, calls: int
) -> None:
    engines = Engines(asr_s, 0.06, 0.04, ServiceSettings(workers=workers, threads=threads))
    measured = await measured_calls(
        engines,  # type: ignore[arg-type] - scripted ones
        engines,  # type: ignore[arg-type]
        engines.understand,
        cores=cores,
        now=lambda: engines.now,
    )
    assert measured == calls


@pytest.mark.parametrize(
    ("cores", "usual", "threads"),
    [(1, 1, 1), (2, 2, 2), (3, 2, 2), (4, 2, 2), (6, 3, 2), (16, 8, 2), (64, 8, 2)],
)
def test_recognizers_use_the_cores_that_there_are(
    cores: int, usual: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)))
    by_itself = engines.Engines(Settings(asr="whisper-base")).recognizer().settings
    assert (by_itself.workers, by_itself.threads) == (usual, threads)
    as_set = engines.Engines(Settings(asr="whisper-base", asr_workers=3)).recognizer().settings
    assert (as_set.workers, as_set.threads) == (3, threads)


def test_other_models_may_be_too_big_for_two() -> None:
    assert usual_shares("vosk-ru", cores=8) == (1, 1)
