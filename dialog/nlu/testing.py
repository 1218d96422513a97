"""`voice122 nlu test`: on phrases written for testing, or by cross-validation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from dialog.content.nlu_reader import load_nlu
from dialog.errors import NluError
from dialog.nlu.bands import Costs
from dialog.nlu.encoder import Encoder, lazy_encoder
from dialog.nlu.evaluate import Metrics, Outcome
from dialog.nlu.interpreter import Interpreter
from dialog.nlu.neighbours import Neighbours
from dialog.nlu.reports import Nearest, write_reports
from dialog.nlu.train import cross_validate

_COSTS: Final = Costs()


def evaluate_interpreter(
    interpreter: Interpreter,
    content_dir: Path,
    out_dir: Path,
    cache_dir: Path,
    *,
    make_encoder: Callable[[], Encoder] = lazy_encoder,
) -> Metrics:
    """Test on ``content_dir/tests/nlu``, which training never sees; write the reports.

    Raises:
        ContentError: the test phrases or the training phrases are broken.
        NluError: there are none, or the reports cannot be written.
    """
    examples = load_nlu(content_dir / "tests" / "nlu").examples
    outcomes = [Outcome.of(e.intent, interpreter.parse(e.text)) for e in examples]
    title = "Понимание: проверочные фразы"
    return write_reports(outcomes, out_dir, title, _nearest(content_dir, cache_dir, make_encoder))


def evaluate_by_cross_validation(
    content_dir: Path,
    out_dir: Path,
    cache_dir: Path,
    *,
    costs: Costs = _COSTS,
    make_encoder: Callable[[], Encoder] = lazy_encoder,
) -> Metrics:
    """Test on the training phrases, each by a model that has not seen it; write the reports.

    Raises:
        ContentError, NluError: see `evaluate_interpreter`.
    """
    outcomes = cross_validate(content_dir, cache_dir, costs=costs, make_encoder=make_encoder)
    return write_reports(outcomes, out_dir, "Понимание: перекрёстная проверка")


def _nearest(
    content_dir: Path, cache_dir: Path, make_encoder: Callable[[], Encoder]
) -> Nearest | None:
    try:
        encoder = make_encoder()
    except NluError:  # the page does without, as the interpreter does
        return None
    return Neighbours(load_nlu(content_dir / "nlu").examples, encoder, cache_dir).nearest
