"""Command `train`, apart from `nlu`: that one takes two seconds more to import."""

from __future__ import annotations

import click

from dialog.nlu.train import train as train_interpreter
from voice122.settings import Settings


@click.command()
@click.option("--anew", is_flag=True, help="Everything, even if little or nothing has changed.")
def train(anew: bool) -> None:
    """Train the embedded interpreter from the editors' files."""
    settings = Settings()
    report = train_interpreter(
        settings.content_dir,
        settings.nlu_model,
        settings.cache_dir,
        phrases=settings.phrases,
        anew=anew,
    )
    scores = report.cross_validation
    changed = "" if report.changes is None else f" ({report.changes} changed)"
    print(
        f"{'Up to date:' if report.up_to_date else 'Trained'}"
        f" {report.intents} intents from {report.examples} examples{changed} in"
        f" {report.seconds:.1f} s{'' if report.embeddings else ' (by words alone)'};"
        f" cross-validated accuracy {scores.accuracy.value:.3f}"
    )
