"""Pictures of a test: who is taken for whom, and how sure the interpreter was."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from dialog.nlu.evaluate import OUT_OF_SCOPE, Outcome


def confusion_picture(outcomes: Sequence[Outcome]) -> bytes:
    """A heat map, PNG: rows are what was meant, columns what was understood, by share of a row."""
    names = sorted({o.intent for o in outcomes} | {o.decided or OUT_OF_SCOPE for o in outcomes})
    places = {name: place for place, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), np.int64)
    for o in outcomes:
        counts[places[o.intent], places[o.decided or OUT_OF_SCOPE]] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 3 + 0.32 * len(names)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("понято")
    axes.set_ylabel("сказано")
    for row, column in zip(*np.nonzero(counts), strict=True):
        shade = "white" if shares[row, column] > 0.5 else "black"
        axes.text(
            column, row, str(counts[row, column]), ha="center", va="center", color=shade, size=7
        )
    return _png(figure)


def histogram_picture(outcomes: Sequence[Outcome]) -> bytes:
    """Confidences of right and wrong first guesses, PNG."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    sure = [o.confidence for o in outcomes if o.first == o.intent]
    wrong = [o.confidence for o in outcomes if o.first != o.intent]
    bins = [step / 20 for step in range(21)]
    axes.hist([sure, wrong], bins, label=["верно", "неверно"], color=["#2a7f62", "#c0392b"])
    axes.set_xlabel("уверенность")
    axes.set_ylabel("фраз")
    axes.legend()
    return _png(figure)


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
