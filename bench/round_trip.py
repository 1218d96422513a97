"""Round trip: the assistant's own prompts, spoken, sent as A-law, recognized; and first audio.

The word error rate counts after the one normalisation of `bench.words`. It blames the recognizer's
errors on the voice, so compare voices and settings with it, not with a person's ear. Bar: 12 %.
Recognition gets one sentence at a time, as a caller's turn would be.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from asr.recognizer import Recognizer
from asr.selection import find_recognizer, load_recognizer
from bench.audio import a_law, telephone_band, to_signal
from bench.words import word_errors
from dialog.load import load_script
from models.catalogue import Catalogue
from models.store import ModelStore
from tts.cache import PromptCache
from tts.selection import select_synthesizer
from tts.synthesizer import OUTPUT_RATE, Pcm
from tts.text import TextPreparer
from tts.voice import Voice

ROOT: Final = Path(__file__).parents[1]
STRESS: Final = ROOT / "nlu_data" / "lists" / "stress.yml"
WRITTEN: Final = (
    "Приём 23.11.2026 в 13:30, кабинет 21.",
    "Ваш номер в очереди 3, ждать примерно 5 минут.",
    "Поликлиника работает по будням с 8:00 до 20:00, в субботу с 9:00 до 15:00.",
    "Единовременная выплата составляет 195 000 рублей.",
    "Позвоните по телефону 8-800-200-01-22 или 103.",
    "Адрес: ул. Ленина, д. 16, кв. 5.",
    "Нужны паспорт, СНИЛС и полис ОМС.",
    "Заявка принята: к терапевту, в Оханске, 1 декабря после 14:00. Всё верно?",
    "Отсрочка положена инвалидам I, II и III группы.",
    "При температуре 38,5 °C и выше вызовите врача на дом.",
    "Результаты анализов готовы через 3-5 дней.",
    "Запишитесь на сайте gosuslugi.ru или через оператора.",
)
"""Prompts with what has to be put into words, as slots bring it; the rest are the assistant's own
texts, whatever they are today."""


@dataclass
class Result:
    """What one voice did."""

    name: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    unknown_ms: list[float] = field(default_factory=list)
    known_ms: list[float] = field(default_factory=list)
    speech_s: float = 0.0
    made_s: float = 0.0


def own_prompts(content: Path, limit: int | None) -> tuple[str, ...]:
    """The assistant's own texts without slots, all of them or `limit` taken evenly."""
    fixed = tuple(dict.fromkeys(load_script(content).fixed_texts()))
    if limit is None or limit >= len(fixed):
        return fixed
    return tuple(fixed[index * len(fixed) // limit] for index in range(limit))


async def measure(
    voice: Voice,
    name: str,
    prompts: Sequence[str],
    preparer: TextPreparer,
    recognizer: Recognizer,
    rate: float,
) -> Result:
    """Speak every prompt (new, then known), and recognize it sentence by sentence."""
    result = Result(name)
    await voice.start()
    try:
        await _speak(voice, "Здравствуйте.", rate)  # the processes' own warm-up
        for prompt in prompts:
            started = time.perf_counter()
            pcm, first_ms = await _speak(voice, prompt, rate)
            result.made_s += time.perf_counter() - started
            result.speech_s += len(pcm) / OUTPUT_RATE
            result.unknown_ms.append(first_ms)
            result.known_ms.append((await _speak(voice, prompt, rate))[1])
            for sentence in preparer.prepare(prompt):
                spoken, _ = await _speak(voice, sentence.text, rate)
                result.pairs.append((sentence.text.replace("+", ""), hear(recognizer, spoken)))
    finally:
        await voice.stop()
    return result


def hear(recognizer: Recognizer, pcm: Pcm) -> str:
    """Recognize `pcm` as it arrives over a telephone line."""
    stream = recognizer.stream()
    quiet = np.zeros(OUTPUT_RATE // 5)
    line = telephone_band(np.concatenate((quiet, to_signal(pcm), quiet)), OUTPUT_RATE)
    stream.accept(a_law(line))
    return stream.finish().text


async def _speak(voice: Voice, text: str, rate: float) -> tuple[Pcm, float]:
    """The audio, and how long its first chunk took (ms)."""
    started = time.perf_counter()
    first_ms = 0.0
    chunks: list[Pcm] = []
    async for chunk in voice.speak(text, rate=rate):
        first_ms = first_ms or (time.perf_counter() - started) * 1000
        chunks.append(chunk)
    return np.concatenate(chunks), first_ms


def _row(result: Result) -> Iterator[str]:
    rate = word_errors(result.pairs)
    yield result.name
    yield f"{rate.wer:.1f}"
    yield f"{rate.substituted}/{rate.deleted}/{rate.inserted} of {rate.words}"
    for times in (result.unknown_ms, result.known_ms):
        yield f"{np.median(times):.1f}"
        yield f"{np.percentile(times, 95):.1f}"
    yield f"{result.made_s / result.speech_s:.3f}"


def main(argv: Sequence[str] = ()) -> int:
    """Print the table; with ``--errors`` also what was misheard."""
    parser = argparse.ArgumentParser(prog="bench round_trip", description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "var" / "models")
    parser.add_argument("--content", type=Path, default=ROOT / "nlu_data")
    parser.add_argument("--recognizer", help="name in the catalogue; else the best that is here")
    parser.add_argument("--voice", action="append", help="repeat to compare voices")
    parser.add_argument("--rate", type=float, action="append", help="repeat to compare speeds")
    parser.add_argument("--prompts", type=int, help="so many of the own prompts; else all")
    parser.add_argument("--no-stress-model", action="store_true")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args(argv)

    catalogue, store = Catalogue.load(), ModelStore(options.models)
    model, directory = find_recognizer(catalogue, store, options.recognizer)
    recognizer = load_recognizer(model, directory)
    preparer = TextPreparer(STRESS, stress_model=not options.no_stress_model)
    prompts = [*WRITTEN, *own_prompts(options.content, options.prompts)]
    results = []
    for name in options.voice or [None]:
        for rate in options.rate or [1.0]:
            selected = select_synthesizer(catalogue, store, voice=name, allow_restricted=True)
            voice = Voice(
                selected,
                stress_list=STRESS,
                stress_model=not options.no_stress_model,
                cache=PromptCache(None),
            )
            label = f"{selected.engine} {selected.voice or ''} x{rate:g}"
            work = measure(voice, label, prompts, preparer, recognizer, rate)
            results.append(asyncio.run(work))
    if options.errors:
        for said, heard in results[0].pairs:
            if word_errors([(said, heard)]).errors:
                print(f"said  {said}\nheard {heard}\n")
    table = Table(title=f"Round trip of {len(prompts)} prompts through {model}, A-law")
    table.add_column("voice")
    for heading in (
        "WER %",
        "sub/del/ins",
        "first audio new, median ms",
        "p95",
        "known, median ms",
        "p95",
        "CPU s per s",
    ):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(*_row(result))
    Console(width=120).print(table)
    return 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
