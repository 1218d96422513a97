"""What a phrase sounds like: TF-IDF of n-grams of its sounds and of lemmatised words."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from dialog.morphology import morphology

NGRAMS: Final = (2, 5)
"""Sounds of the shortest and the longest n-gram inside a word, which is padded with spaces."""
ACROSS: Final = (4, 5)
"""The same of the phrase with its words run together: a recognizer cuts them elsewhere."""

_RUSSIAN: Final = re.compile("[а-яё]+")
_ALIKE: Final = str.maketrans("оёяэеыюбвгджзщцй", "аааиииупфктшсшси", "ьъ")
"""Unstressed vowels and voiced consonants as they are often said, and so misheard."""


class Terms(Protocol):
    """Cuts a phrase into features."""

    def __call__(self, words: Sequence[str]) -> Iterator[str]: ...


def sounds(words: Sequence[str]) -> Iterator[str]:
    """N-grams of sounds, inside words and across them: they survive what is misheard."""
    yield from itertools.chain.from_iterable(map(_inside, words))
    yield from _ngrams(_merged("".join(words)), *ACROSS)


@lru_cache(maxsize=2000)  # 2.5 KB a word; what is not remembered costs microseconds
def _inside(word: str) -> tuple[str, ...]:
    return tuple(_ngrams(f" {_merged(word)} ", *NGRAMS))


def _ngrams(text: str, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(text) - size + 1):
            yield text[start : start + size]


def _merged(text: str) -> str:
    """Sounds that are often taken for one another made one; no sound twice in a row."""
    return "".join(sound for sound, _ in itertools.groupby(text.translate(_ALIKE)))


def lemmas(words: Sequence[str]) -> Iterator[str]:
    """Dictionary forms, alone and in pairs."""
    forms = [lemma(word) for word in words]
    yield from forms
    for first, second in itertools.pairwise(forms):
        yield f"{first} {second}"


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """The dictionary form of a Russian word; any other as it is.

    The dictionary would fail on letters that Unicode has not named.
    """
    if not _RUSSIAN.fullmatch(word):
        return word
    form: str = morphology().parse(word)[0].normal_form
    return form.replace("ё", "е")


@dataclass(frozen=True)
class TfIdf:
    """Fitted weights. Source: Salton and Buckley 1988, with sublinear counts and L2 norm."""

    terms: Terms
    index: dict[str, int]
    """Feature -> column."""
    weights: npt.NDArray[np.float32]
    """Shape (features,): inverse document frequency."""

    @classmethod
    def fit(
        cls, terms: Terms, texts: Sequence[Sequence[str]], *, least: int
    ) -> tuple[TfIdf, sparse.csr_matrix]:
        """Learn the features of `texts`, each a list of words; and what `row` makes of them.

        The matrix has shape (len(texts), features), float32.

        Args:
            terms: cuts a text into features.
            texts: what is learnt from.
            least: in how many texts a feature must be; what one text alone has teaches nothing
                that the text itself does not.
        """
        # As `row` does it, but for all texts at a time: a fifth of the time.
        index: defaultdict[str, int] = defaultdict(itertools.count().__next__)
        found = [[index[term] for term in terms(text)] for text in texts]
        ends = np.cumsum([0, *map(len, found)])
        columns = np.fromiter(itertools.chain.from_iterable(found), np.int64, ends[-1])
        ones = np.ones(len(columns), np.float32)
        counts = sparse.csr_matrix((ones, columns, ends), shape=(len(texts), len(index)))
        counts.sum_duplicates()
        having = np.bincount(counts.indices, minlength=len(index))
        kept = sorted(term for term, column in index.items() if having[column] >= least)
        chosen = np.array([index[term] for term in kept], np.int64)
        weights = (np.log((1 + len(texts)) / (1 + having[chosen])) + 1).astype(np.float32)
        rows = counts[:, chosen]
        rows.data = (1 + np.log(rows.data)) * weights[rows.indices]
        lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
        rows.data /= np.repeat(np.maximum(lengths, 1e-6), np.diff(rows.indptr))
        return cls(terms, {term: i for i, term in enumerate(kept)}, weights), rows

    def row(self, text: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Columns and values of one text, of length 1 where any feature is known."""
        index = self.index
        known = Counter(index[term] for term in self.terms(text) if term in index)
        columns = np.fromiter(known, np.int64, len(known))
        often = np.fromiter(known.values(), np.float32, len(known))
        values = (1 + np.log(often)) * self.weights[columns]
        return columns, values / max(float(np.linalg.norm(values)), 1e-6)
