"""What the interpreter's constants are chosen on: training phrases by voice, none of them seen.

Training phrases are spoken, heard and understood as in `bench spoken`, each by a recognizer that
does not know it (nor a fifth of the others), and by a model that was solved without it (in closed
form, see `KernelFit`). Every line of the table changes one constant.
The held-out phrases have no part in it.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from bench.speech import HeardPhrase
from bench.spoken import by_voice, sampled
from dialog.content.nlu_reader import Example, load_nlu
from dialog.nlu.bands import Bands, Costs, choose_bands
from dialog.nlu.calibration import GARBLED, NOISY, Calibration, calibrate, less_outside
from dialog.nlu.embedded import readings
from dialog.nlu.embedding_cache import encode_cached
from dialog.nlu.encoder import lazy_encoder
from dialog.nlu.evaluate import measure, outcomes_of
from dialog.nlu.interpreter import Context
from dialog.nlu.kernel import KernelFit, fit_kernel, nearness
from dialog.nlu.matrix import Matrix
from dialog.nlu.scorer import WORDING_SHARE, Meaning, Wording, joined
from dialog.nlu.text import words
from dialog.nlu.training import Corpus
from voice122.settings import Settings

SHARES: Final = (0.2, 0.4)
"""Of the words in the similarity of two phrases, beside the one that is used."""
NOISIES: Final = (1.0, 0.85, 0.55)
GARBLEDS: Final = (0.0, 1.5, 3.5)
_PARTS: Final = 5
"""Of the training phrases: the recognizer hears each part with what it knows of the others."""


@dataclass(frozen=True)
class Reading:
    """One of the texts that a phrase was heard as."""

    phrase: int
    """Number of the phrase among those that were spoken."""
    text: list[str]
    share: float


@dataclass(frozen=True)
class Heard:
    """Training phrases as they were heard under one condition."""

    rows: npt.NDArray[np.int64]
    """Of each phrase in the corpus."""
    surenesses: list[float]
    readings: list[Reading]

    @classmethod
    def of(cls, rows: npt.NDArray[np.int64], heard: Sequence[HeardPhrase]) -> Heard:
        """What a call would give the interpreter."""
        found = [
            Reading(number, text, share)
            for number, one in enumerate(heard)
            for text, share in readings(
                one.text, Context(asr_confidence=one.confidence, alternatives=one.alternatives)
            )
        ]
        return cls(rows, [min(max(one.confidence, 0.0), 1.0) for one in heard], found)


@dataclass(frozen=True)
class Model:
    """A solved model with what is chosen on its training phrases."""

    corpus: Corpus
    fit: KernelFit
    calibration: Calibration
    bands: Bands

    @classmethod
    def solve(cls, corpus: Corpus, features: Matrix) -> Model:
        """As `voice122 train` does."""
        fit = fit_kernel(features, corpus.labels, len(corpus.intents))
        calibration = calibrate(fit.own, corpus.labels)
        unseen = calibration.probabilities(fit.own)
        bands = choose_bands(unseen, corpus.labels, corpus.outside, Costs())
        return cls(corpus, fit, calibration, bands)

    def scores(self, features: Matrix, left_out: npt.NDArray[np.int64]) -> Matrix:
        """Of texts, each by the model without one of its phrases."""
        model, root = self.fit.model, self.fit.root
        near = nearness(features @ model.anchors.floats().T)
        reach = np.einsum("ij,ji->i", near, root.T @ root[:, left_out])
        spread = np.einsum("ij,ij->j", root[:, left_out], root[:, left_out])
        alone = model.weights[left_out] / spread[:, None]
        scores: Matrix = near @ model.weights - reach[:, None] * alone + model.shares
        return scores

    def row(self, heard: Heard, scores: Matrix, noisy: float, garbled: float) -> list[str]:
        """Figures of phrases under one condition; `scores` are those of their readings."""
        corpus = self.corpus
        chances = np.zeros((len(heard.rows), len(corpus.intents)), np.float32)
        for reading, score in zip(heard.readings, scores, strict=True):
            sureness = heard.surenesses[reading.phrase]
            power = self.calibration.power * (noisy + (1 - noisy) * sureness)
            found = replace(self.calibration, power=power).probabilities(score[None])[0]
            chances[reading.phrase] += np.float32(reading.share) * found
        silent = chances.sum(axis=1) == 0
        chances[silent] = 1 / len(corpus.intents)
        if corpus.outside is not None:
            for row, sureness in zip(chances, heard.surenesses, strict=True):
                # The same as another constant in place of `GARBLED`.
                row[:] = less_outside(row, corpus.outside, 1 - (1 - sureness) * garbled / GARBLED)
        labels = corpus.labels[heard.rows]
        outcomes = outcomes_of(
            [""] * len(labels),
            [corpus.intents[label] for label in labels],
            chances,
            corpus.intents,
            self.bands,
        )
        figures = measure(
            [
                replace(outcome, decided=None, asked=False) if nothing else outcome
                for outcome, nothing in zip(outcomes, silent, strict=True)
            ]
        )
        loss = -np.log(chances[np.arange(len(labels)), labels] + 1e-9).mean()
        return [
            str(figures.accuracy),
            f"{figures.out_of_scope_f1.value:.3f}",
            f"{figures.calibration_error.value:.3f}",
            f"{figures.wrong_answers:.3f}",
            f"{loss:.3f}",
        ]


def by_voice_unseen(
    spoken: Sequence[Example], examples: Sequence[Example], recognizer: str, settings: Settings
) -> dict[str, list[HeardPhrase]]:
    """See `by_voice`: what is `spoken` of the `examples`, by a recognizer that does not know it."""
    heard: dict[str, dict[str, HeardPhrase]] = {}
    for part in range(_PARTS):
        known = settings.data_dir / "bench" / f"known-{part}.txt"
        known.parent.mkdir(parents=True, exist_ok=True)
        others = [e.text for e in examples if _part(e) != part]
        known.write_text("\n".join(others), "utf-8")
        own = [e for e in spoken if _part(e) == part]
        for condition, phrases in by_voice(own, recognizer, settings, known).items():
            texts = [e.text for e in own]
            heard.setdefault(condition, {}).update(zip(texts, phrases, strict=True))
    return {condition: [phrases[e.text] for e in spoken] for condition, phrases in heard.items()}


def _part(example: Example) -> int:
    return zlib.crc32(example.text.encode("utf-8")) % _PARTS


def main(argv: Sequence[str] = ()) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench choices", description=__doc__)
    parser.add_argument("--recognizer", default="whisper-base", help="name in the catalogue")
    parser.add_argument(
        "--sample",
        type=int,
        default=400,
        metavar="N",
        help="speak about N phrases, of each intent its share (a phrase takes 1.5 s); default 400",
    )
    options = parser.parse_args(argv)
    settings = Settings()
    examples = load_nlu(settings.content_dir / "nlu").examples
    corpus = Corpus.of(examples)
    places = {
        (" ".join(text), corpus.intents[label]): row
        for row, (text, label) in enumerate(zip(corpus.clean, corpus.labels, strict=True))
    }
    spoken = [e for e in sampled(examples, options.sample) if words(e.text)]
    rows = np.array([places[" ".join(words(e.text)), e.intent] for e in spoken], np.int64)
    heard = {
        condition: Heard.of(rows, phrases)
        for condition, phrases in by_voice_unseen(
            spoken, examples, options.recognizer, settings
        ).items()
    }

    encoder = lazy_encoder()
    cache = settings.data_dir / "cache"
    vectors = encode_cached(encoder, [" ".join(text) for text in corpus.clean], cache)
    meaning = Meaning(encoder.name, encoder.parts, encoder.shares, vectors.mean(axis=0))
    wording, said = Wording.fit(corpus.clean)
    result = Table(title=f"{len(spoken)} training phrases by voice, {options.recognizer}")
    result.add_column("")
    for head in ("accuracy in scope", "F1 out of scope", "ECE", "wrong answers", "log loss"):
        result.add_column(head, justify="right")
    for share in (WORDING_SHARE, *SHARES):
        model = Model.solve(corpus, joined(said, meaning.features(vectors), share))
        chosen = [(f"words' share {share}", NOISY, GARBLED)]
        if share == WORDING_SHARE:
            chosen = [("as it is", NOISY, GARBLED)]
            chosen += [(f"power at no confidence {noisy}", noisy, GARBLED) for noisy in NOISIES]
            chosen += [(f"out of scope {garbled}", NOISY, garbled) for garbled in GARBLEDS]
        for condition, phrases in heard.items():
            texts = [reading.text for reading in phrases.readings]
            embeddings = encode_cached(encoder, [" ".join(text) for text in texts], cache)
            features = joined(wording.features(texts), meaning.features(embeddings), share)
            left_out = rows[[reading.phrase for reading in phrases.readings]]
            scores = model.scores(features, left_out)
            for name, noisy, garbled in chosen:
                result.add_row(f"{condition}: {name}", *model.row(phrases, scores, noisy, garbled))
        result.add_section()
    Console(width=120).print(result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
