"""From an editor's files to a trained interpreter: `voice122 train`."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from dialog.content.nlu_reader import Example, load_nlu
from dialog.errors import NluError
from dialog.nlu import model_file
from dialog.nlu.bands import Bands, Costs
from dialog.nlu.embedding_cache import encode_cached
from dialog.nlu.encoder import Encoder, lazy_encoder
from dialog.nlu.evaluate import Metrics, Outcome, measure, outcomes_of
from dialog.nlu.text import plain
from dialog.nlu.training import Corpus, Head, Unseen, fit_heads

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


def train(
    content_dir: Path,
    out_path: Path,
    cache_dir: Path,
    *,
    costs: Costs = _COSTS,
    make_encoder: Callable[[], Encoder] = lazy_encoder,
) -> TrainingReport:
    """Train from ``content_dir/nlu`` and write the model to `out_path`, all or nothing.

    Args:
        content_dir: for example ``nlu_data``.
        out_path: the model; replaced only when everything went well.
        cache_dir: where embeddings of known phrases are kept.
        costs: what wrong answers and questions cost a caller.
        make_encoder: sentence embeddings; where it fails, the model goes by words alone.

    Raises:
        ContentError: the content is broken; the model stays as it was.
        NluError: there is too little of it, or the model cannot be written.
    """
    started = time.perf_counter()
    examples = load_nlu(content_dir / "nlu").examples
    require_enough(examples)
    corpus = Corpus.of(examples)
    heads = _heads(corpus, cache_dir, costs, make_encoder)
    digest = data_hash(examples)
    versions = {name: version(name) for name in LIBRARIES}
    full = heads[1][0] if len(heads) > 1 else None
    model_file.save(model_file.Model(digest, versions, full, heads[0][0]), out_path)
    best, unseen = heads[-1]
    return TrainingReport(
        path=out_path,
        data_hash=digest,
        intents=len(corpus.intents),
        examples=len(examples),
        embeddings=full is not None,
        bands=best.bands,
        cross_validation=measure(_outcomes(corpus, unseen, best.bands)),
        seconds=time.perf_counter() - started,
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
    head, unseen = _heads(corpus, cache_dir, costs, make_encoder)[-1]
    return _outcomes(corpus, unseen, head.bands)


def _heads(
    corpus: Corpus, cache_dir: Path, costs: Costs, make_encoder: Callable[[], Encoder]
) -> list[tuple[Head, Unseen]]:
    try:
        encoder = make_encoder()
        return fit_heads(
            corpus, encoder, lambda texts: encode_cached(encoder, texts, cache_dir), costs
        )
    except NluError as error:
        log.warning("training by words alone: %s", error)
        return fit_heads(corpus, None, None, costs)


def _outcomes(corpus: Corpus, unseen: Unseen, bands: Bands) -> list[Outcome]:
    return outcomes_of(
        [" ".join(text) for text in corpus.clean],
        [corpus.intents[label] for label in corpus.labels],
        unseen.chances,
        corpus.intents,
        bands,
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
