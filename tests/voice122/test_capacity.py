"""How many calls the machine holds: by the cost of a turn, the processors, the recognizers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
import pytest

from asr.audio import Pcm
from asr.recognizer import Recognition
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
    workers: tuple[None, ...]
    now: float = 0.0

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
    ("asr_s", "workers", "cores", "calls"),
    [
        (0.3, 1, 2, 16),  # the one recognizer is the narrow place: 0.6 * 8 / 0.3
        (0.3, 2, 2, 24),  # the processors are: 2 * 0.6 * 8 / 0.4
        (0.3, 8, 16, 128),
        (20.0, 1, 1, 1),
    ],
)
async def test_the_narrowest_place_counts(
    asr_s: float, workers: int, cores: int, calls: int
) -> None:
    engines = Engines(asr_s, 0.06, 0.04, (None,) * workers)
    measured = await measured_calls(
        engines,  # type: ignore[arg-type] - scripted ones
        engines,  # type: ignore[arg-type]
        engines.understand,
        cores=cores,
        now=lambda: engines.now,
    )
    assert measured == calls


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_recognizers_share_the_cores(workers: int) -> None:
    chosen = Settings(asr="whisper-base", asr_workers=workers)
    settings = engines.Engines(chosen).recognizer().settings
    assert settings.workers == workers
    cores = len(os.sched_getaffinity(0))
    assert settings.threads == 1 or settings.threads * workers <= cores
