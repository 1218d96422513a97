"""Commands of the interpreter: `nlu parse`, `nlu test`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dialog.nlu.testing import evaluate_by_cross_validation, evaluate_interpreter
from voice122.settings import Settings
from voice122.wiring import build_understanding


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


@nlu.command()
@click.option("--cross-validation", is_flag=True, help="On the training phrases, each unseen.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
def test(cross_validation: bool, out: Path) -> None:
    """Test on nlu_data/tests/nlu; reports under Rasa's names, and a page, into a folder."""
    settings = Settings()
    if cross_validation:
        metrics = evaluate_by_cross_validation(settings.content_dir, out, settings.cache_dir)
    else:
        metrics = evaluate_interpreter(
            build_understanding(settings), settings.content_dir, out, settings.cache_dir
        )
    for name, figure in vars(metrics).items():
        print(f"{name:24} {figure}")
    print(out)
