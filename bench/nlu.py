"""Understanding on the held-out phrases: clean and misheard, time, memory, training.

As callers meet it, safety rules ahead, and the embedded interpreter alone. Trains from nothing in a
folder of its own, again with one phrase changed, and everything again with what it then remembers;
the last is what is measured, and how far the quick one differs from it. The held-out phrases
(`nlu_data/tests/nlu`) are used for nothing but this table.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.noise import NoisyLine
from bench.parsing import Parsed, Said, parse_all
from bench.words import word_errors
from dialog.content.nlu_reader import Example, load_nlu
from dialog.nlu.evaluate import Metrics, Outcome, measure
from dialog.nlu.interpreter import Context
from dialog.nlu.train import TrainingReport, train
from voice122.settings import Settings

SEEDS: Final = (1, 2, 3)
"""Of the noise: each misheard set is another line."""
BARS: Final = {
    "accuracy in scope": ">= 0.95, misheard >= 0.90",
    "out-of-scope F1": ">= 0.90",
    "calibration error": "<= 0.05",
    "parse p50 (ms)": "<= 25",
    "parse p95 (ms)": "<= 60",
    "memory (MB)": "<= 400",
    "training from nothing (s)": "<= 120",
    "training again, one phrase changed (s)": "<= 5",
}


@dataclass(frozen=True)
class Measured:
    """What a process that only parses made of the held-out phrases."""

    parsed: Parsed
    """Of the clean phrases."""
    clean: list[Outcome]
    misheard: list[Outcome]


def measured(
    model: Path,
    clean: list[Example],
    misheard: list[Example],
    sureness: float,
    rules: Path | None,
) -> Measured:
    """Parse all of it.

    Args:
        model: what was trained.
        clean: the held-out phrases.
        misheard: the same, misheard, in any number of copies.
        sureness: what the recognizer thinks of misheard phrases (0 to 1).
        rules: the content folder whose safety rules go first; None for the interpreter alone.
    """
    line = Context(asr_confidence=sureness)
    plain = parse_all(model, [Said(e.text) for e in clean], rules)
    noisy = parse_all(model, [Said(e.text, line) for e in misheard], rules)
    return Measured(plain, outcomes(clean, plain), outcomes(misheard, noisy))


def outcomes(examples: list[Example], parsed: Parsed) -> list[Outcome]:
    """What was meant, and what was understood."""
    pairs = zip(examples, parsed.parses, strict=True)
    return [Outcome.of(example.intent, parse) for example, parse in pairs]


@dataclass(frozen=True)
class Trainings:
    """Of one set of phrases."""

    first: TrainingReport
    """From nothing."""
    quick: TrainingReport
    """With one phrase changed since."""
    again: TrainingReport
    """Everything, as the quick one left the phrases, with embeddings remembered."""
    differing: int
    """Held-out phrases that are decided otherwise after the quick training."""


def trainings(content: Path, folder: Path, held_out: list[Example]) -> Trainings:
    """Train three times; the last model is left as ``model.npz``."""
    copy, cache = folder / "content", folder / "cache"
    shutil.copytree(content / "nlu", copy / "nlu")
    first = train(copy, folder / "first.npz", cache)
    change_one(copy / "nlu" / "make_appointment.yml")
    quick = train(copy, folder / "quick.npz", cache)
    again = train(copy, folder / "model.npz", cache, anew=True)
    said = [Said(example.text) for example in held_out]
    both = (parse_all(report.path, said).parses for report in (quick, again))
    differing = sum(
        (one.intent, one.clarify) != (other.intent, other.clarify)
        for one, other in zip(*both, strict=True)
    )
    return Trainings(first, quick, again, differing)


def change_one(path: Path) -> None:
    """An editor words the first example of a file otherwise."""
    before, mark, after = path.read_text("utf-8").partition("\n    - ")
    path.write_text(f"{before}{mark}скажите пожалуйста {after}", "utf-8")


def table(whole: Measured, alone: Measured, trained: Trainings, wer: float) -> Table:
    """All figures; shares with their 95 % intervals (bootstrap).

    Args:
        whole: with the safety rules.
        alone: the interpreter without them.
        trained: how that went.
        wer: of the misheard phrases (per cent).
    """
    parsed = whole.parsed
    noisy = f"WER {wer:.0f} %"
    result = Table(title=f"{parsed.name}: {len(whole.clean)} held-out phrases")
    headings = ("", "clean", noisy, "alone", f"alone, {noisy}", "alone, unseen in training", "bar")
    for heading in headings:
        result.add_column(heading, justify="right" if heading else "left")
    sets = [measure(one) for m in (whole, alone) for one in (m.clean, m.misheard)]
    sets.append(trained.again.cross_validation)
    for name, field in (
        ("accuracy in scope", "accuracy"),
        ("out-of-scope F1", "out_of_scope_f1"),
        ("out-of-scope AUROC", "out_of_scope_auroc"),
        ("calibration error", "calibration_error"),
        ("asks back", "questions"),
        ("wrong answers", "wrong_answers"),
    ):
        result.add_row(name, *(_shown(m, field) for m in sets), BARS.get(name, ""))
    result.add_section()
    for name, value in (
        ("parse p50 (ms)", f"{np.percentile(parsed.ms, 50):.1f}"),
        ("parse p95 (ms)", f"{np.percentile(parsed.ms, 95):.1f}"),
        ("memory (MB)", f"{parsed.memory_mb:.0f}"),
        ("start (s)", f"{parsed.start_s:.1f}"),
        ("training from nothing (s)", f"{trained.first.seconds:.1f}"),
        ("training again, one phrase changed (s)", f"{trained.quick.seconds:.1f}"),
        ("  phrases exchanged", f"{trained.quick.changes}"),
        ("  held-out decisions that differ", f"{trained.differing}"),
        ("training everything again (s)", f"{trained.again.seconds:.1f}"),
        ("training phrases", f"{trained.again.examples}"),
    ):
        result.add_row(name, value, "", "", "", "", BARS.get(name, ""))
    return result


def _shown(metrics: Metrics, field: str) -> str:
    value = getattr(metrics, field)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench nlu", description=__doc__)
    parser.add_argument("--wer", type=float, default=20.0, help="of the misheard sets (per cent)")
    parser.add_argument(
        "--sureness",
        type=float,
        default=0.5,
        help="confidence (0 to 1) that the recognizer gives misheard phrases",
    )
    options = parser.parse_args(argv)
    content = Settings().content_dir
    held_out = list(load_nlu(content / "tests" / "nlu").examples)
    said = [example.text for example in held_out]
    line = NoisyLine([example.text for example in load_nlu(content / "nlu").examples])
    heard = [text for seed in SEEDS for text in line.at(said, options.wer, seed)]
    wer = word_errors(zip(said * len(SEEDS), heard, strict=True)).wer
    misheard = [
        Example(text, e.intent, (), e.file, e.line)
        for text, e in zip(heard, held_out * len(SEEDS), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        trained = trainings(content, Path(folder), held_out)
        whole, alone = (
            measured(trained.again.path, held_out, misheard, options.sureness, rules)
            for rules in (content, None)
        )
    Console(width=160).print(table(whole, alone, trained, wer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
