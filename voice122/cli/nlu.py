"""Commands of the interpreter: `train`, `nlu parse`, `nlu test`."""

from __future__ import annotations

import json
import sys

import click

from dialog.nlu.train import train as train_interpreter
from voice122.settings import Settings
from voice122.wiring import build_understanding


@click.command()
def train() -> None:
    """Train the embedded interpreter from the editors' files."""
    settings = Settings()
    report = train_interpreter(settings.content_dir, settings.nlu_model, settings.cache_dir)
    scores = report.cross_validation
    print(
        f"Trained {report.intents} intents from {report.examples} examples in"
        f" {report.seconds:.1f} s{'' if report.embeddings else ' (by words alone)'};"
        f" cross-validated accuracy {scores.accuracy.value:.3f}"
    )


@click.group()
def nlu() -> None:
    """The interpreter: what words mean."""


@nlu.command()
@click.option("--jsonl", is_flag=True, help="The only form there is; said for scripts.")
def parse(jsonl: bool) -> None:
    """Understand one utterance a line on stdin; one JSON object a line on stdout."""
    settings = Settings()
    understanding = build_understanding(settings)
    # Any bytes: what is no UTF-8 is read with replacement characters.
    for raw in sys.stdin.buffer:
        text = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        print(json.dumps(understanding.parse(text).to_json(), ensure_ascii=False), flush=True)
