"""Closed lists of editors (`nlu_data/lists/*.yml`): doctors, towns; found in free speech.

A form is matched as whole words on lemmas, so that case endings do not matter; a word that the
recognizer bent a little still matches, and where two entries are as near, both are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from dialog.morphology import morphology
from dialog.slots.morphology import cases_of, lemmas_of
from dialog.slots.numerals import numeral
from dialog.slots.words import MAX_WORDS, fold, vocabulary

_WORD = re.compile(r"[а-яa-z0-9]+(?:-[а-яa-z0-9]+)*")
_NEAR: Final = 84.0
"""Similarity (0 to 100) from which a misheard word counts as the listed one."""
_NEAR_IN_PASSING: Final = 87.0
"""The same where nobody asked for one of these."""
_NEAR_ASKED_BACK: Final = 76.0
"""The same for an entry that is confusable, since a doubtful one of them is asked back anyway."""
_NEAR_SPLIT: Final = 90.0
"""The same for a word that was heard as two («кун гур»)."""
_GUESSED: Final = 68.0
"""The same for a word in no dictionary, in the answer to a question about the list."""
_GUESSED_CLEARLY: Final = 10.0
"""So much nearer than the next name it is taken without a question."""
_GUESSED_RIVAL: Final = 50.0
"""And for the other name that may be meant."""
_NEAR_LENGTH: Final = 5
"""Shorter words ("оса", "лор") must match exactly: everything is near to them."""
_NAME_LENGTH: Final = 4
"""Shorter words ("в", "на", "мне") are no name."""
_NO_NAMES: Final = vocabulary(
    "детский взрослый городской районный местный ближайший ближний любой наш свой мой этот тот "
    "другой какой какой-нибудь хотеть можно нужно пожалуйста просто наверное быть самый"
)
"""«В детскую поликлинику» does not say which."""
_MOST_NAME_WORDS: Final = 8
"""Words; more are a story, not the name of a place."""
_LONGEST: Final = 60
"""Characters; the longest form is shorter."""
_RIVAL: Final = 6.0
"""Entries whose similarity is so close to the best one are as likely."""
_MOST_RIVALS: Final = 3
_PLACED: Final = vocabulary(
    "в во из на с со до под город города городе село селе поселок поселке район районе деревня "
    "округ"
)
"""Words before or behind a place, by which «в Осе» is told from wasps."""
_EXACT: Final = 100.0


@dataclass(frozen=True)
class Entry:
    """One thing of a list."""

    id: str
    name: str
    """As people read it."""
    spoken: str
    """As the assistant says it inside a sentence ("к терапевту", "в Кунгуре")."""
    forms: tuple[str, ...]
    """Other names of it, colloquial and misheard."""
    confusable_with: tuple[str, ...] = ()
    """Entries that sound so alike that a doubtful one is asked back."""
    ordinary: bool = False
    """Whether its name is also an ordinary word ("частые"): in passing it needs a preposition."""


@dataclass(frozen=True)
class Found:
    """An entry found in a text."""

    entry: Entry
    start: int
    """Characters from the beginning of the text."""
    end: int
    score: float
    """100 for an exact form, less for a misheard one."""
    rivals: tuple[Entry, ...] = ()
    """Other entries that may be meant by the same words, likeliest first."""


@dataclass(frozen=True)
class _Form:
    words: tuple[str, ...]
    lemmas: tuple[frozenset[str], ...]
    entry: Entry | None
    """None for a phrase that names nothing of the list, though its words do ("Пермский край")."""


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    start: int
    end: int


class EntryList:
    """One list, ready to be searched."""

    def __init__(
        self,
        name: str,
        entries: tuple[Entry, ...],
        ignored: tuple[str, ...] = (),
        unlisted: tuple[str, ...] = (),
    ) -> None:
        """Make the list.

        Args:
            name: of the list; flows read it by this name.
            entries: what is in it.
            ignored: phrases that contain names of the list and mean something else.
            unlisted: words («поликлиника») that an answer has which names one that is not listed.
        """
        self.name = name
        self.entries = {entry.id: entry for entry in entries}
        self._unlisted = frozenset().union(*(lemmas_of(fold(word)) for word in unlisted))
        forms = [_form(phrase, entry) for entry in entries for phrase in (entry.name, *entry.forms)]
        forms += [_form(phrase, None) for phrase in ignored]
        self._by_lemma: dict[str, list[_Form]] = {}
        for form in forms:
            for lemma in form.lemmas[0] if form.lemmas else ():
                self._by_lemma.setdefault(lemma, []).append(form)
        self._bent: dict[int, dict[str, list[Entry]]] = {}
        for form in forms:
            for said in _inflected(form):
                of_length = self._bent.setdefault(len(form.words), {})
                known = of_length.setdefault(said, [])
                if form.entry is not None and form.entry not in known:
                    known.append(form.entry)

    def hints(self) -> tuple[str, ...]:
        """Names of all entries, for the recognizer."""
        return tuple(entry.name.lower() for entry in self.entries.values())

    def names_unlisted(self, text: str) -> bool:
        """Whether the answer `text` names something of the kind that is not in the list: «в
        гагаринскую поликлинику»."""
        words = [match.group() for match in _words(text)]
        kinds = [word for word in words if self._unlisted & lemmas_of(word)]
        others = [
            word
            for word in words
            if word not in kinds and len(word) >= _NAME_LENGTH and not _NO_NAMES & lemmas_of(word)
        ]
        return bool(kinds and others) and len(words) <= _MOST_NAME_WORDS

    def find(self, text: str, asked: bool = True) -> tuple[Found, ...]:
        """All entries named in `text`, in the order of the text, without overlaps.

        Args:
            text: any string.
            asked: whether the caller was asked for one of these. In passing, words of the
                dictionary are taken at their word: «частная» is not a misheard «Частые».
        """
        heard = [_Heard(m.group(), m.start(), m.end()) for m in _words(text)][-MAX_WORDS:]
        found, taken = self._exact(heard)
        if not asked:
            found = [item for item in found if _is_placed(heard, item)]
        if not found:
            others = [word for n, word in enumerate(heard) if n not in taken]
            found = self._near(others, asked) or (self._guess(others) if asked else [])
        return tuple(sorted(found, key=lambda item: item.start))

    def _exact(self, heard: Sequence[_Heard]) -> tuple[list[Found], set[int]]:
        """What is named word for word, and the indices of its words and of ignored phrases."""
        lemmas = [lemmas_of(word.text) for word in heard]
        matches: dict[tuple[int, int], list[Entry | None]] = {}
        for at, known in enumerate(lemmas):
            for form in {
                id(f): f for lemma in known for f in self._by_lemma.get(lemma, ())
            }.values():
                end = at + len(form.lemmas)
                if end <= len(lemmas) and all(
                    lemmas[at + n] & wanted for n, wanted in enumerate(form.lemmas)
                ):
                    entries = matches.setdefault((at, end), [])
                    if form.entry not in entries:
                        entries.append(form.entry)
        found: list[Found] = []
        taken: set[int] = set()
        # Longest first: "детский врач" before "врач".
        for (at, end), entries in sorted(matches.items(), key=lambda m: (m[0][0] - m[0][1], m[0])):
            if not taken.isdisjoint(range(at, end)):
                continue
            taken.update(range(at, end))
            named = [entry for entry in entries if entry is not None]
            if len(named) == len(entries):
                start, stop = heard[at].start, heard[end - 1].end
                found.append(Found(named[0], start, stop, _EXACT, tuple(named[1:])))
        return found, taken

    def _near(self, heard: Sequence[_Heard], asked: bool) -> list[Found]:
        """The nearest misheard entry, with those that are as near."""
        best: dict[str, Found] = {}
        for count, said in self._bent.items():
            for at in range(len(heard) - count + 1):
                self._compare(heard[at : at + count], said, " ", _NEAR, asked, best)
        for at in range(len(heard) - 1):
            self._compare(heard[at : at + 2], self._bent.get(1, {}), "", _NEAR_SPLIT, asked, best)
        ranked = sorted(best.values(), key=lambda item: -item.score)
        if not ranked:
            return []
        first = ranked[0]
        rivals = [item.entry for item in ranked[1:] if item.score >= first.score - _RIVAL]
        for other in first.entry.confusable_with:
            if other in self.entries and self.entries[other] not in rivals:
                rivals.append(self.entries[other])
        if len(rivals) >= _MOST_RIVALS:
            return []
        return [Found(first.entry, first.start, first.end, first.score, tuple(rivals))]

    def _guess(self, heard: Sequence[_Heard]) -> list[Found]:
        """What a word that is in no dictionary may have been: «в кумбуре» is surely Кунгур.

        Where another name is nearly as like, both are named, to ask back.
        """
        unknown = [
            word
            for word in heard
            if len(word.text) >= _NEAR_LENGTH and not morphology().word_is_known(word.text)
        ]
        best: dict[str, Found] = {}
        for word in unknown:
            self._compare([word], self._bent.get(1, {}), "", _GUESSED_RIVAL, True, best)
        ranked = sorted(best.values(), key=lambda item: -item.score)
        if not ranked or ranked[0].score < _GUESSED:
            return []
        first, *others = ranked
        if not others or first.score - others[0].score >= _GUESSED_CLEARLY:
            return [first]  # nothing else is like it, and the summary reads it back
        return [Found(first.entry, first.start, first.end, first.score, (others[0].entry,))]

    def _compare(
        self,
        heard: Sequence[_Heard],
        said: dict[str, list[Entry]],
        glue: str,
        least: float,
        asked: bool,
        best: dict[str, Found],
    ) -> None:
        words = glue.join(word.text for word in heard)
        if not _NEAR_LENGTH - 1 <= len(words) <= _LONGEST:
            return
        known_words = all(morphology().word_is_known(word.text) for word in heard)
        if known_words and not asked:
            return
        least = max(least, _NEAR if asked else _NEAR_IN_PASSING)
        cutoff = _NEAR_ASKED_BACK if asked and glue else least
        near = process.extract(words, said.keys(), scorer=fuzz.ratio, score_cutoff=cutoff, limit=8)
        for form, score, _ in near:
            if glue == " " and len(heard) > 1 and not _alike(heard, form.split()):
                continue
            for entry in said[form]:
                sound = score >= least and len(words) >= _NEAR_LENGTH
                if not (sound or entry.confusable_with) or (entry.ordinary and known_words):
                    continue
                known = best.get(entry.id)
                if known is None or score > known.score:
                    best[entry.id] = Found(entry, heard[0].start, heard[-1].end, score)


def _form(phrase: str, entry: Entry | None) -> _Form:
    words = tuple(match.group() for match in _words(phrase))
    lemmas = [lemmas_of(word) for word in words]
    if len(words) == 1:  # of rare words the lemma is guessed, not always the same in every case
        lemmas[0] |= frozenset(cases_of(words[0]))
    return _Form(words, tuple(lemmas), entry)


def _inflected(form: _Form) -> Iterable[str]:
    """The form in all cases, to be compared with misheard words; none where it holds a number."""
    if any(numeral(word) is not None or word.isdecimal() for word in form.words):
        return
    said = " ".join(form.words)
    if len(said) < _NEAR_LENGTH:
        return
    yield said
    if len(form.words) == 1:
        yield from (word for word in cases_of(said) if len(word) >= _NEAR_LENGTH)


def _alike(heard: Sequence[_Heard], form: Sequence[str]) -> bool:
    """Whether every word is near to its own, so that one long word does not outweigh the others."""
    return len(heard) == len(form) and all(
        fuzz.ratio(word.text, wanted) >= 70 for word, wanted in zip(heard, form, strict=True)
    )


def _is_placed(heard: Sequence[_Heard], found: Found) -> bool:
    if not found.entry.ordinary or sum(found.start <= w.start < found.end for w in heard) > 1:
        return True
    before = [word.text for word in heard if word.end <= found.start][-1:]
    behind = [word.text for word in heard if word.start >= found.end][:1]
    return bool(_PLACED.intersection(before) or {"район", "районе", "округ"}.intersection(behind))


def _words(text: str) -> list[re.Match[str]]:
    # Folding keeps the length, so that positions are those of the caller's text.
    return list(_WORD.finditer(fold(text)))
