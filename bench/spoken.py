"""By voice: the held-out phrases spoken, sent as A-law, recognized, understood; clean, in noise.

The interpreter gets what it gets in a call: the text, its confidence and the other readings. A
phrase of which no words are heard counts as not understood, though a call would ask again.
"""

from __future__ import annotations

import argparse
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from asr.selection import find_recognizer
from bench.parsing import Said, parse_all
from bench.speech import HeardPhrase, hear
from bench.words import word_errors
from dialog.content.nlu_reader import Example, load_nlu
from dialog.nlu.evaluate import Metrics, Outcome, measure
from dialog.nlu.interpreter import Context
from models.catalogue import Catalogue
from models.store import ModelStore
from voice122.settings import Settings

CONDITIONS: Final[dict[str, float | None]] = {"clean": None, "15 dB": 15.0}
"""Name -> active speech over noise (dB)."""
BARS: Final = {"clean": ">= 0.90", "15 dB": ">= 0.85"}
ROWS: Final = {
    "accuracy in scope": "accuracy",
    "out-of-scope F1": "out_of_scope_f1",
    "calibration error": "calibration_error",
    "asks back": "questions",
    "wrong answers": "wrong_answers",
}


def understood(
    model: Path, examples: Sequence[Example], heard: Sequence[HeardPhrase]
) -> list[Outcome]:
    """What becomes of the phrases, heard as they were."""
    parses = parse_all(model, said_as_heard(heard)).parses
    return [Outcome.of(e.intent, parse) for e, parse in zip(examples, parses, strict=True)]


def by_voice(
    examples: Sequence[Example], recognizer: str, settings: Settings, known: Path | None = None
) -> dict[str, list[HeardPhrase]]:
    """The phrases as they were heard, by condition; what was heard once is remembered.

    Args:
        examples: what is said.
        recognizer: name in the catalogue.
        settings: where models and memories are.
        known: what the recognizer knows that callers say; None: what it knows in a call.
    """
    store = ModelStore(settings.data_dir / "models")
    found = find_recognizer(Catalogue.load(), store, recognizer)
    kept_in = settings.data_dir / "bench" / "heard.jsonl"
    phrases = [example.text for example in examples]
    return {
        name: hear(
            phrases,
            found,
            ("webrtc", None),
            kept_in,
            snr_db=snr_db,
            known=known or settings.phrases,
        )
        for name, snr_db in CONDITIONS.items()
    }


def said_as_heard(heard: Sequence[HeardPhrase]) -> list[Said]:
    """What the interpreter gets of it in a call."""
    return [
        Said(h.text, Context(asr_confidence=h.confidence, alternatives=h.alternatives))
        for h in heard
    ]


def sampled(examples: Sequence[Example], size: int) -> list[Example]:
    """About `size` of the phrases, of each intent its share, at least one; always the same ones."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(example)
    chosen = []
    for of_intent in by_intent.values():
        # By a checksum: as good as by lot, and a new phrase hardly changes the choice.
        shuffled = sorted(of_intent, key=lambda e: zlib.crc32(e.text.encode("utf-8")))
        chosen += shuffled[: max(1, round(size * len(of_intent) / len(examples)))]
    return chosen


def table(
    title: str, examples: Sequence[Example], heard: dict[str, list[HeardPhrase]], model: Path
) -> Table:
    """All figures by condition; shares with their 95 % intervals (bootstrap)."""
    result = Table(title=title)
    result.add_column("")
    for name in heard:
        result.add_column(f"{name} (bar {BARS[name]})", justify="right")
    rates = [word_errors(_pairs(examples, phrases)).wer for phrases in heard.values()]
    result.add_row("word error rate (%)", *(f"{rate:.1f}" for rate in rates))
    silent = [sum(not phrase.text for phrase in phrases) for phrases in heard.values()]
    result.add_row("no words heard", *map(str, silent))
    figures = [measure(understood(model, examples, phrases)) for phrases in heard.values()]
    for label, field in ROWS.items():
        result.add_row(label, *(_shown(metrics, field) for metrics in figures))
    return result


def _pairs(examples: Sequence[Example], heard: Sequence[HeardPhrase]) -> list[tuple[str, str]]:
    return [(e.text, phrase.text) for e, phrase in zip(examples, heard, strict=True)]


def _shown(metrics: Metrics, field: str) -> str:
    value = getattr(metrics, field)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench spoken", description=__doc__)
    parser.add_argument("--recognizer", default="whisper-base", help="name in the catalogue")
    parser.add_argument("--model", type=Path, help="trained interpreter; else the service's own")
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="speak only about N phrases, of each intent its share (a phrase takes some seconds)",
    )
    options = parser.parse_args(argv)
    settings = Settings()
    examples = list(load_nlu(settings.content_dir / "tests" / "nlu").examples)
    if options.sample:
        examples = sampled(examples, options.sample)
    heard = by_voice(examples, options.recognizer, settings)
    title = f"{len(examples)} held-out phrases by RHVoice, A-law, {options.recognizer}"
    model = options.model or settings.nlu_model
    Console(width=110).print(table(title, examples, heard, model))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
