"""What the last full training solved, on disk: a few changed phrases are learnt in seconds.

What a full training chooses on thousands of phrases (vocabulary and its directions, the centre of
the embeddings, calibration, bands) stays as it was; the phrases are exchanged exactly, by
`kernel_update`. So a model depends on the phrases and on the last full training, not on the
changes between them. When `FEW` have changed since, or an intent comes or goes, training is full.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from dialog.errors import NluError
from dialog.nlu import model_file
from dialog.nlu.kernel_update import exchange
from dialog.nlu.matrix import Matrix
from dialog.nlu.scorer import joined
from dialog.nlu.training import Corpus, Embed, Fitted

log = logging.getLogger(__name__)

FEW: Final = 0.02
"""Share of the phrases that may have changed. More could bring words of their own, which only a
full training takes into the vocabulary."""
NAME: Final = "solved"


@dataclass(frozen=True)
class Solved:
    """A full training with sentence embeddings."""

    recipe: str
    """How it was trained: see `train_record.recipe_of`."""
    model: model_file.Model
    keys: list[str]
    """Of its phrases, see `Corpus.keys`."""
    labels: npt.NDArray[np.int64]
    """Their intents, by number."""
    roots: tuple[Matrix, ...]
    """Of the head by words alone, and of the full one; see `KernelFit`."""

    @classmethod
    def of(
        cls, recipe: str, corpus: Corpus, model: model_file.Model, heads: Sequence[Fitted]
    ) -> Solved:
        """What `fit_heads` made of a corpus."""
        return cls(recipe, model, corpus.keys, corpus.labels, tuple(fit.root for fit in heads))

    def changes(self, corpus: Corpus) -> int:
        """How many phrases are others: a changed one counts once."""
        before, now = set(self.keys), set(corpus.keys)
        return max(len(before - now), len(now - before))

    def near(self, corpus: Corpus) -> bool:
        """Whether `learn` may take the corpus."""
        same = self.model.lexical.scorer.intents == corpus.intents
        return same and self.changes(corpus) <= max(1, FEW * len(self.keys))

    def learn(self, corpus: Corpus, embed: Embed) -> list[Fitted]:
        """The heads of another corpus, first by words alone, then with sentence embeddings.

        Args:
            corpus: `near` to the one that was solved.
            embed: computes or remembers the encoder's embeddings.

        Raises:
            NluError: the encoder cannot be loaded.
        """
        keys = corpus.keys
        places = {key: number for number, key in enumerate(self.keys)}
        fresh = np.array([i for i, key in enumerate(keys) if key not in places], np.int64)
        gone = np.array([places[key] for key in places.keys() - set(keys)], np.int64)
        gone.sort()
        stayed = np.delete(np.arange(len(self.keys)), gone)
        order = {self.keys[number]: row for row, number in enumerate(stayed)}
        order |= {keys[i]: len(stayed) + row for row, i in enumerate(fresh)}
        rows = np.array([order[key] for key in keys], np.int64)
        texts = [corpus.clean[i] for i in fresh]
        vectors = embed([" ".join(text) for text in texts])
        fitted = []
        with threadpool_limits(1):
            for head, root in zip((self.model.lexical, self.model.full), self.roots, strict=True):
                assert head is not None
                scorer = head.scorer
                meant = None if scorer.meaning is None else scorer.meaning.features(vectors)
                added = joined(scorer.wording.features(texts), meant)
                changed, own = exchange(
                    scorer.model, root, self.labels, gone, added, corpus.labels[fresh]
                )
                model = replace(
                    changed, anchors=changed.anchors[rows], weights=changed.weights[rows]
                )
                unseen = head.calibration.probabilities(own[rows])
                new = replace(head, scorer=replace(scorer, model=model))
                fitted.append(Fitted(new, unseen, root[:0]))
        return fitted

    def save(self, cache_dir: Path) -> None:
        """Keep it instead of the last one; a folder that cannot be written is done without."""
        document = {"recipe": self.recipe, "keys": self.keys, "labels": self.labels.tolist()}
        try:
            cache_dir.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(dir=cache_dir, prefix=f".{NAME}."))
            try:
                model_file.save(self.model, work / "model.npz")
                for number, root in enumerate(self.roots):
                    np.save(work / f"root{number}.npy", root, allow_pickle=False)
                (work / "phrases.json").write_text(json.dumps(document), encoding="utf-8")
                shutil.rmtree(cache_dir / NAME, ignore_errors=True)
                work.rename(cache_dir / NAME)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        except (OSError, NluError) as error:
            log.warning("what was solved cannot be kept in %s: %s", cache_dir, error)


def load_solved(cache_dir: Path, recipe: str) -> Solved | None:
    """The last one kept; None where there is none, it is damaged, or was trained another way."""
    folder = cache_dir / NAME
    try:
        document = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
        if document["recipe"] != recipe:
            return None
        keys, labels = list(document["keys"]), np.array(document["labels"], np.int64)
        # Mapped: it is read once, from the front to the back.
        roots = tuple(
            np.load(folder / f"root{number}.npy", mmap_mode="r", allow_pickle=False)
            for number in range(2)
        )
        model = model_file.load(folder / "model.npz")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, NluError) as error:
        log.warning("what was solved last is damaged and solved anew: %s", error)
        return None
    shape = (len(keys), len(keys))
    if model.full is None or labels.shape != shape[:1] or any(r.shape != shape for r in roots):
        log.warning("what was solved last does not fit together and is solved anew")
        return None
    return Solved(recipe, model, keys, labels, roots)
