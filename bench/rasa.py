"""The embedded interpreter and Rasa side by side on held-out phrases: clean, misheard, by voice.

Both learnt the same `nlu_data/nlu` and are asked without safety rules. Rasa is started for it;
without its environment (`make rasa`) nothing is measured. Significance is paired: the exact test of
McNemar (1947) on the same phrases, the difference with its bootstrap interval (Efron 1979).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from bench.noise import NoisyLine
from bench.parsing import Said, parse_all
from bench.rasa_server import RasaNotServedError, served_rasa
from bench.spoken import by_voice, said_as_heard, sampled
from bench.words import word_errors
from dialog.content.nlu_reader import load_nlu
from dialog.nlu.breaker import CircuitBreaker
from dialog.nlu.evaluate import OUT_OF_SCOPE, Metrics, Outcome, bootstrap, measure
from dialog.nlu.interpreter import Context, Interpreter, Parse
from dialog.nlu.rasa_client import RasaClient, RasaServer, trained_model
from dialog.nlu.rasa_interpreter import RasaInterpreter
from dialog.nlu.text import plain
from dialog.nlu.train import train
from voice122.settings import Settings

SEED = 122
TIMEOUT_S = 30.0
"""Long: a time-out would measure the fallback instead."""


@dataclass(frozen=True)
class Asked:
    """A phrase that both are asked."""

    said: Said
    intent: str
    """What was meant."""


Sets = dict[str, list[Asked]]
"""By name, for the table."""


@dataclass(frozen=True)
class Measured:
    """One interpreter on all sets."""

    outcomes: dict[str, list[Outcome]]
    """By the name of the set."""
    ms: list[float]
    """Time of each parse of the first set (ms)."""
    memory_mb: float
    start_s: float


class NoFallback:
    """Fails where Rasa does: here nobody answers in its place.

    Where no words were heard, Rasa is not asked, and nothing is understood.
    """

    name = "none"

    def parse(self, text: str, context: Context | None = None) -> Parse:
        if not plain(text):
            return Parse(text, None, 0.0)
        raise RasaNotServedError("Rasa did not answer; its log and the warnings above say why")


def ask(
    interpreter: Interpreter,
    sets: Sets,
    memory: Callable[[], float],
    start: float,
) -> Measured:
    """Parse every phrase of every set."""
    interpreter.parse("здравствуйте, запишите меня к врачу")
    outcomes: dict[str, list[Outcome]] = {}
    ms: list[float] = []
    for name, phrases in sets.items():
        parses = []
        for asked in phrases:
            started = time.perf_counter()
            parses.append(interpreter.parse(asked.said.text, asked.said.context))
            if not outcomes:
                ms.append(1000 * (time.perf_counter() - started))
        pairs = zip(phrases, parses, strict=True)
        outcomes[name] = [Outcome.of(asked.intent, parse) for asked, parse in pairs]
    return Measured(outcomes, ms, memory(), start)


def embedded(sets: Sets, model: Path) -> Measured:
    """The embedded interpreter in a process of its own."""
    parsed = parse_all(model, [asked.said for phrases in sets.values() for asked in phrases])
    parses = iter(parsed.parses)
    outcomes = {
        name: [Outcome.of(asked.intent, next(parses)) for asked in phrases]
        for name, phrases in sets.items()
    }
    first = len(next(iter(sets.values())))
    return Measured(outcomes, parsed.ms[:first], parsed.memory_mb, parsed.start_s)


def rasa(sets: Sets, model: str) -> Measured:
    """The served Rasa, through the client that the service uses."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served_rasa(Path(folder) / "rasa.log") as served,
        RasaClient(RasaServer(served.url, model, TIMEOUT_S)) as client,
    ):
        breaker = CircuitBreaker(1, 0, time.monotonic)
        interpreter = RasaInterpreter(client, NoFallback(), breaker)
        return ask(interpreter, sets, served.memory_mb, served.start_s)


def difference(first: Sequence[Outcome], second: Sequence[Outcome]) -> tuple[str, str]:
    """Of accuracy in scope: with its 95 % interval, and McNemar's p."""
    pairs = zip(first, second, strict=True)
    both = [(a.right, b.right) for a, b in pairs if a.intent != OUT_OF_SCOPE]
    rights = np.array(both, np.int64)
    gain = rights[:, 0] - rights[:, 1]
    figure = bootstrap(lambda rows: float(gain[rows].mean()), len(gain), SEED)
    better, worse = int((gain > 0).sum()), int((gain < 0).sum())
    p = binomtest(better, better + worse).pvalue if better + worse else 1.0
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]", f"{p:.2g}"


def table(first: Measured, second: Measured, title: str) -> Table:
    """All figures, the embedded interpreter's before Rasa's."""
    result = Table(title=title)
    for heading in ("", "embedded", "Rasa 3.6.21", "difference [95 %]", "McNemar p"):
        result.add_column(heading, justify="right" if heading else "left")

    def both(label: str, figure: Callable[[Metrics], object], name: str, *more: str) -> None:
        values = [figure(measure(m.outcomes[name])) for m in (first, second)]
        shown = [f"{v:.3f}" if isinstance(v, float) else str(v) for v in values]
        result.add_row(label, *shown, *more)

    for name in first.outcomes:
        gain = difference(first.outcomes[name], second.outcomes[name])
        both(f"{name}: accuracy", lambda m: m.accuracy, name, *gain)
        both(f"{name}: out-of-scope F1", lambda m: m.out_of_scope_f1, name)
        both(f"{name}: out-of-scope AUROC", lambda m: m.out_of_scope_auroc, name)
        both(f"{name}: calibration error", lambda m: m.calibration_error, name)
        both(f"{name}: asks back", lambda m: m.questions, name)
        both(f"{name}: wrong answers", lambda m: m.wrong_answers, name)
        result.add_section()
    for label, percent in (("parse p50 (ms)", 50), ("parse p95 (ms)", 95)):
        result.add_row(label, *(f"{np.percentile(m.ms, percent):.1f}" for m in (first, second)))
    result.add_row("memory (MB)", *(f"{m.memory_mb:.0f}" for m in (first, second)))
    result.add_row("start (s)", *(f"{m.start_s:.1f}" for m in (first, second)))
    return result


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench rasa", description=__doc__)
    parser.add_argument("--wer", type=float, default=20.0, help="of the misheard set (per cent)")
    parser.add_argument(
        "--sureness", type=float, default=0.5, help="of the recognizer there (0 to 1)"
    )
    parser.add_argument(
        "--spoken",
        type=int,
        default=0,
        metavar="N",
        help="ask about N phrases by voice, too (see bench spoken: a phrase takes some seconds)",
    )
    options = parser.parse_args(argv)
    settings = Settings()
    if not (settings.rasa_dir / "model").exists():
        print("Rasa is not set up: nothing to compare. To set it up: make rasa")
        return 0
    held_out = list(load_nlu(settings.content_dir / "tests" / "nlu").examples)
    said = [example.text for example in held_out]
    known = [example.text for example in load_nlu(settings.content_dir / "nlu").examples]
    heard = NoisyLine(known).at(said, options.wer, SEED)
    wer = word_errors(zip(said, heard, strict=True)).wer
    unsure = Context(asr_confidence=options.sureness)
    sets = {
        "clean": [Asked(Said(e.text), e.intent) for e in held_out],
        f"WER {wer:.0f} %": [
            Asked(Said(text, unsure), e.intent) for text, e in zip(heard, held_out, strict=True)
        ],
    }
    if options.spoken:
        sample = sampled(held_out, options.spoken)
        for name, phrases in by_voice(sample, "whisper-base", settings).items():
            pairs = zip(said_as_heard(phrases), sample, strict=True)
            sets[f"by voice, {name}"] = [Asked(one, e.intent) for one, e in pairs]
    try:
        second = rasa(sets, trained_model(settings.rasa_dir))
    except RasaNotServedError as error:
        print(error)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.npz"
        train(settings.content_dir, model, settings.cache_dir)
        first = embedded(sets, model)
    Console(width=125).print(table(first, second, f"{len(held_out)} held-out phrases"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
