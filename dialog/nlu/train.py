"""From an editor's files to a trained interpreter: `voice122 train`."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

from dialog.content.nlu_reader import Example, load_nlu
from dialog.errors import NluError
from dialog.nlu import model_file
from dialog.nlu.atomic_file import replaced
from dialog.nlu.bands import Bands, Costs
from dialog.nlu.embedding_cache import encode_cached
from dialog.nlu.encoder import Encoder, lazy_encoder
from dialog.nlu.evaluate import Metrics, Outcome, measure, outcomes_of
from dialog.nlu.solved import Solved, load_solved
from dialog.nlu.text import plain
from dialog.nlu.train_record import TrainRecord, file_hash, load_record, recipe_of
from dialog.nlu.training import Corpus, Fitted, fit_heads

log = logging.getLogger(__name__)

FEWEST: Final = 5
"""Examples without which an intent cannot be learnt."""
LIBRARIES: Final = ("voice122", "numpy", "scipy", "onnxruntime", "pymorphy3", "pymorphy3-dicts-ru")

_COSTS: Final = Costs()


@dataclass(frozen=True)
class TrainingReport:
    """What was trained, and how well it does on phrases that it was not trained on."""

    path: Path
    data_hash: str
    intents: int
    examples: int
    embeddings: bool
    """Whether sentence embeddings could be loaded."""
    bands: Bands
    cross_validation: Metrics
    seconds: float
    up_to_date: bool = False
    """Whether the model was there already, made from the same."""
    changes: int | None = None
    """Phrases that were exchanged in what the last full training had solved; None where all was
    solved."""


def train(
    content_dir: Path,
    out_path: Path,
    cache_dir: Path,
    *,
    costs: Costs = _COSTS,
    make_encoder: Callable[[], Encoder] = lazy_encoder,
    phrases: Path | None = None,
    anew: bool = False,
) -> TrainingReport:
    """Train from ``content_dir/nlu`` and write the model to `out_path`, all or nothing.

    Where `out_path` is what the last training wrote, and nothing that it depends on has changed,
    it is left as it is. Where only a few phrases have changed since the last full training, they
    are exchanged in what it solved, which takes seconds (see `dialog.nlu.solved`).

    Args:
        content_dir: for example ``nlu_data``.
        out_path: the model; replaced only when everything went well.
        cache_dir: where embeddings of known phrases are kept.
        costs: what wrong answers and questions cost a caller.
        make_encoder: sentence embeddings; where it fails, the model goes by words alone.
        phrases: where what was learnt from is written, one phrase a line, for the recognizer.
        anew: solve everything, even if little or nothing has changed.

    Raises:
        ContentError: the content is broken; the model stays as it was.
        NluError: there is too little of it, or the model cannot be written.
    """
    started = time.perf_counter()
    examples = load_nlu(content_dir / "nlu").examples
    require_enough(examples)
    digest = data_hash(examples)
    versions = {name: version(name) for name in LIBRARIES}

    def report(bands: Bands, figures: Metrics, *, full: bool, kept: bool) -> TrainingReport:
        return TrainingReport(
            path=out_path,
            data_hash=digest,
            intents=len({example.intent for example in examples}),
            examples=len(examples),
            embeddings=full,
            bands=bands,
            cross_validation=figures,
            seconds=time.perf_counter() - started,
            up_to_date=kept,
        )

    encoder = _encoder(make_encoder)
    way = recipe_of(encoder.name, costs, versions) if encoder is not None else None
    if way is not None and not anew:
        last = load_record(cache_dir)
        if last is not None and last.holds(way, digest, out_path):
            _save_phrases(examples, phrases)
            return report(last.bands, last.cross_validation, full=True, kept=True)
    corpus = Corpus.of(examples)
    solved = load_solved(cache_dir, way) if way is not None and not anew else None
    changed = _exchanged(corpus, cache_dir, solved, encoder)
    heads = changed or _heads(corpus, cache_dir, costs, encoder)
    full = heads[1].head if len(heads) > 1 else None
    model = model_file.Model(digest, versions, full, heads[0].head)
    model_file.save(model, out_path)
    _save_phrases(examples, phrases)
    best = heads[-1]
    figures = measure(_outcomes(corpus, best))
    if way is not None and full is not None:
        if not changed:
            Solved.of(way, corpus, model, heads).save(cache_dir)
        written = file_hash(out_path)
        if written is not None:
            TrainRecord(way, digest, written, best.head.bands, figures).save(cache_dir)
    return replace(
        report(best.head.bands, figures, full=full is not None, kept=False),
        changes=solved.changes(corpus) if solved is not None and changed else None,
    )


def cross_validate(
    content_dir: Path,
    cache_dir: Path,
    *,
    costs: Costs = _COSTS,
    make_encoder: Callable[[], Encoder] = lazy_encoder,
) -> list[Outcome]:
    """Outcomes of the training phrases, each by a model that had not seen it.

    Raises:
        ContentError, NluError: see `train`.
    """
    examples = load_nlu(content_dir / "nlu").examples
    require_enough(examples)
    corpus = Corpus.of(examples)
    return _outcomes(corpus, _heads(corpus, cache_dir, costs, _encoder(make_encoder))[-1])


def _save_phrases(examples: Sequence[Example], path: Path | None) -> None:
    if path is None:
        return
    said = "\n".join(plain(example.text) for example in examples).encode("utf-8")
    try:
        if path.exists() and path.read_bytes() == said:
            return  # whoever reads it need not learn the same again
        with replaced(path) as stream:
            stream.write(said)
    except OSError as error:
        raise NluError(f"the phrases cannot be written to {path}: {error.strerror}") from error


def _encoder(make_encoder: Callable[[], Encoder]) -> Encoder | None:
    try:
        return make_encoder()
    except NluError as error:
        log.warning("training by words alone: %s", error)
        return None


def _heads(corpus: Corpus, cache_dir: Path, costs: Costs, encoder: Encoder | None) -> list[Fitted]:
    if encoder is not None:
        try:
            return fit_heads(
                corpus, encoder, lambda texts: encode_cached(encoder, texts, cache_dir), costs
            )
        except NluError as error:
            log.warning("training by words alone: %s", error)
    return fit_heads(corpus, None, None, costs)


def _exchanged(
    corpus: Corpus, cache_dir: Path, solved: Solved | None, encoder: Encoder | None
) -> list[Fitted] | None:
    """Heads with the few phrases that have changed; None where everything is to be solved."""
    if solved is None or encoder is None or not solved.near(corpus):
        return None
    try:
        return solved.learn(corpus, lambda texts: encode_cached(encoder, texts, cache_dir))
    except NluError as error:
        log.warning("solving everything: %s", error)
        return None


def _outcomes(corpus: Corpus, fitted: Fitted) -> list[Outcome]:
    return outcomes_of(
        [" ".join(text) for text in corpus.clean],
        [corpus.intents[label] for label in corpus.labels],
        fitted.unseen,
        corpus.intents,
        fitted.head.bands,
    )


def data_hash(examples: tuple[Example, ...]) -> str:
    """SHA-256 of what the examples say and mean, whatever file and line they stand in."""
    pairs = sorted({(plain(example.text), example.intent) for example in examples})
    return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode("utf-8")).hexdigest()


def require_enough(examples: tuple[Example, ...]) -> None:
    """Refuse what cannot be learnt or cross-validated.

    Raises:
        NluError: fewer than two intents, or an intent with too few examples.
    """
    counts = Counter(example.intent for example in examples)
    if len(counts) < 2:
        raise NluError(f"there are examples of {len(counts)} intents in nlu/: write at least two")
    poor = sorted(intent for intent, count in counts.items() if count < FEWEST)
    if poor:
        raise NluError(
            f"fewer than {FEWEST} examples of {', '.join(poor)}: write more of them in nlu/"
        )
