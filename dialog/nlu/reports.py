"""What `voice122 nlu test` writes, under the names that users of Rasa know.

``intent_report.json``, ``intent_errors.json``, ``intent_confusion_matrix.png``,
``intent_histogram.png`` and one page for people, ``index.html``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialog.errors import NluError
from dialog.nlu.evaluate import OUT_OF_SCOPE, Metrics, Outcome, measure
from dialog.nlu.neighbours import Neighbour
from dialog.nlu.pictures import confusion_picture, histogram_picture

Nearest = Callable[[Sequence[str]], list[Neighbour]]
"""Texts in, the nearest training phrase of each out; see `neighbours.Neighbours`."""


@dataclass(frozen=True)
class IntentScore:
    """Of one intent."""

    precision: float
    recall: float
    f1: float
    support: int
    """Phrases of this intent."""
    confused_with: dict[str, int]
    """What its phrases were taken for, most often first, at most three."""


def write_reports(
    outcomes: Sequence[Outcome], folder: Path, title: str, nearest: Nearest | None = None
) -> Metrics:
    """Write all reports into `folder` and return the figures.

    Args:
        outcomes: of the phrases that were tested.
        folder: made where it does not exist; files of an earlier run are replaced.
        title: of the page, in Russian: what was tested on what.
        nearest: finds the training phrase that explains an error; None to do without.

    Raises:
        NluError: there are no outcomes, or the folder cannot be written.
    """
    from dialog.nlu.page import page  # imports this module's types

    if not outcomes:
        raise NluError("there are no phrases to test on: write some in tests/nlu/")
    metrics = measure(outcomes)
    scores = intent_scores(outcomes)
    errors = sorted((o for o in outcomes if not o.right), key=lambda o: -o.confidence)
    near = nearest([o.text for o in errors]) if nearest is not None else []
    matrix, histogram = confusion_picture(outcomes), histogram_picture(outcomes)
    files = {
        "intent_report.json": _json(report(outcomes, scores, metrics)),
        "intent_errors.json": _json([_error(o) for o in errors]),
        "intent_confusion_matrix.png": matrix,
        "intent_histogram.png": histogram,
        "index.html": page(title, metrics, scores, errors, near, (matrix, histogram)).encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise NluError(f"reports cannot be written to {folder}: {error.strerror}") from error
    return metrics


def label(intent: str | None) -> str:
    """A rejected phrase counts as out of scope."""
    return OUT_OF_SCOPE if intent is None else intent


def intent_scores(outcomes: Sequence[Outcome]) -> dict[str, IntentScore]:
    """Precision, recall and F1 of every intent that was meant or understood, by name."""
    pairs = Counter((o.intent, label(o.decided)) for o in outcomes)
    scores = {}
    for name in sorted({name for pair in pairs for name in pair}):
        hits = pairs[name, name]
        support = sum(count for (meant, _), count in pairs.items() if meant == name)
        taken = sum(count for (_, got), count in pairs.items() if got == name)
        wrong = Counter(
            {got: count for (meant, got), count in pairs.items() if meant == name != got}
        )
        scores[name] = IntentScore(
            precision=hits / taken if taken else 0.0,
            recall=hits / support if support else 0.0,
            f1=2 * hits / (support + taken),
            support=support,
            confused_with=dict(sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:3]),
        )
    return scores


def report(
    outcomes: Sequence[Outcome], scores: dict[str, IntentScore], metrics: Metrics
) -> dict[str, Any]:
    """As Rasa's ``intent_report.json``, and our figures under ``voice122``."""
    document: dict[str, Any] = {
        name: {
            "precision": score.precision,
            "recall": score.recall,
            "f1-score": score.f1,
            "support": score.support,
            "confused_with": score.confused_with,
        }
        for name, score in scores.items()
    }
    total = len(outcomes)
    meant = [score for score in scores.values() if score.support]
    document["accuracy"] = sum(o.intent == label(o.decided) for o in outcomes) / total
    for name, weights in (
        ("macro avg", [1 / len(meant)] * len(meant)),
        ("weighted avg", [score.support / total for score in meant]),
    ):
        document[name] = {
            key: sum(w * getattr(s, field) for w, s in zip(weights, meant, strict=True))
            for key, field in (("precision", "precision"), ("recall", "recall"), ("f1-score", "f1"))
        } | {"support": total}
    document["voice122"] = asdict(metrics)
    return document


def _error(outcome: Outcome) -> dict[str, Any]:
    return {
        "text": outcome.text,
        "intent": outcome.intent,
        "intent_prediction": {"name": label(outcome.decided), "confidence": outcome.confidence},
    }


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
