"""Safety rules: life in danger, other emergencies, suicide, and the wish for a living person.

They run ahead of any model, on partial transcripts too, and no training data changes them. A rule
fires on a pattern of words unless the words are denied («не задыхается», «крови нет») or stand in
a context that makes them harmless: long ago, on paper, in a question for the future. Where a life
may be in danger a doubt is an alarm.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

import pymorphy3

from dialog.morphology import morphology
from dialog.nlu.safety.lexicon import Lexicon
from dialog.nlu.safety.patterns import BEGIN, END, Bits, Places
from dialog.nlu.safety.text import Word, words_of

Kind = Literal["ambulance_103", "emergency_112", "crisis", "operator"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
Scope = Literal["clause", "utterance", "before"]
"""In the same clause; anywhere within `AROUND` words; or beginning at most `JUST_BEFORE` words
ahead of the match («если вдруг …»)."""

AROUND = 25
"""Words before and after a match in which a context of the whole utterance is looked for."""
JUST_BEFORE = 4
_DENIED_BEFORE = frozenset({"не", "ни", "без"})
_TOWARDS = frozenset({"на", "про", "о", "об", "по"})
"""What may stand between «не» and the word that it denies."""
_FEARED_BEFORE = frozenset({"пока", "бы"})
"""«Пока не умер», «как бы не умер»: feared, not denied."""
_NO = frozenset({"нет", "нету"})
_DENIED_AFTER = frozenset({"было", "будет", "бывает", "наблюдается", "имеется"})
_LACKING = frozenset({"времени", "сил", "мочи", "терпения", "возможности", "никого", "помощи"})
"""«Судороги нет сил смотреть»: here «нет» denies what follows, not what was said before."""


@dataclass(frozen=True, slots=True)
class SafetyMatch:
    """A safety rule fired."""

    rule_id: str
    kind: Kind
    start: int
    """First character of the words that fired it."""
    end: int
    """One past their last character."""


@dataclass(frozen=True, slots=True)
class Context:
    """A surrounding that takes the alarm out of words («в прошлом году», «справка»)."""

    name: str
    patterns: tuple[Bits, ...]
    scope: Scope
    """Where it must stand to count."""
    present_wins: bool
    """Whether a verb of the match in the present tense outweighs it («давно» - «задыхается»)."""
    yields_to: tuple[Bits, ...]
    """Signs of an emergency now; one anywhere near makes the context void."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of trouble, too weak to fire alone; however often it is said, it counts once."""

    name: str
    weight: int
    patterns: tuple[Bits, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    kind: Kind
    rank: int
    """Of several rules that match, the lowest rank wins."""
    patterns: tuple[tuple[str, Bits], ...]
    """Each with how editors wrote it."""
    contexts: tuple[Context, ...]
    unless: tuple[Bits, ...]
    """Patterns that void the rule when they stand within `AROUND` words."""
    not_as: tuple[Bits, ...]
    """Expressions that the words must not be part of («плохо слышно» for «плохо»)."""
    signs: tuple[Sign, ...] = ()
    threshold: int = 0
    """The rule also fires where signs within `AROUND` words weigh this much together; 0: never."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a pattern of a rule fired or stayed silent: for editors and tests."""

    match: SafetyMatch
    pattern: str
    silenced_by: str | None
    """`отрицание`, `исключение`, `часть другого оборота`, the name of a context; or None where
    the rule fires."""


class SafetyRules:
    """All rules of a directory. Immutable; safe to share between threads."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        lexicon: Lexicon,
        morph: pymorphy3.MorphAnalyzer,
        fillers: frozenset[str],
        turns: frozenset[str],
    ) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.rank))
        self._lexicon = lexicon
        self._morph = morph
        self._fillers = fillers
        self._turns = turns

    @staticmethod
    def load(directory: Path, morph: pymorphy3.MorphAnalyzer | None = None) -> SafetyRules:
        """Read the rules of `directory` (`nlu_data/safety`).

        Raises:
            ContentError: a file is broken; the message names file, line and mend, in Russian.
        """
        from dialog.nlu.safety.loader import load_rules  # the loader builds what this defines

        return load_rules(directory, morph or morphology())

    def check(self, text: str) -> SafetyMatch | None:
        """The rule that `text` (any string) fires, or None."""
        return next((t.match for t in self._traces(text) if t.silenced_by is None), None)

    def silenced(self, text: str) -> bool:
        """Whether `text` has words of a rule, but all of them denied, past or else harmless."""
        traces = self.explain(text)
        return bool(traces) and all(trace.silenced_by is not None for trace in traces)

    def lone(self, text: str) -> bool:
        """Whether `text` fires rules by single words only («авария»), never by an expression."""
        traces = [trace for trace in self._traces(text) if trace.silenced_by is None]
        return bool(traces) and all(
            " " not in text[trace.match.start : trace.match.end].strip() for trace in traces
        )

    def explain(self, text: str) -> tuple[Trace, ...]:
        """Every pattern that matches `text`, and what silenced it."""
        return tuple(self._traces(text))

    def _traces(self, text: str) -> Iterator[Trace]:
        reading = self._read(text)
        absent = ~reading.mask
        for rule in self.rules:
            for source, bits in rule.patterns:
                if bits.needed & absent:
                    continue
                for places in bits.find(reading.masks):
                    match = SafetyMatch(rule.id, rule.kind, *reading.span(places))
                    yield Trace(match, source, self._silencer(rule, places, reading))
            if rule.threshold:
                yield from self._weigh(rule, reading)

    def _weigh(self, rule: Rule, reading: _Reading) -> Iterator[Trace]:
        """The signs of `rule` where enough of them stand together."""
        seen = [
            (places, sign)
            for sign in rule.signs
            for bits in sign.patterns
            for places in reading.matches(bits)
            if self._silencer(rule, places, reading) is None
        ]
        seen.sort(key=lambda found: found[0])
        for first, (places, _) in enumerate(seen):
            near: dict[str, tuple[Places, int]] = {}
            for other, sign in seen[first : first + 2 * AROUND]:
                if other[0] <= places[0] + AROUND:
                    near.setdefault(sign.name, (other, sign.weight))
            if sum(weight for _, weight in near.values()) >= rule.threshold:
                together = tuple(place for found, _ in near.values() for place in found)
                match = SafetyMatch(rule.id, rule.kind, *reading.span(together))
                yield Trace(match, " + ".join(near), None)
                return

    def _read(self, text: str) -> _Reading:
        words, masks = self._lexicon.read(words_of(text))
        clause, mask = 0, self._lexicon.edge(BEGIN) | self._lexicon.edge(END)
        kept_words = [Word(BEGIN, 0, 0)]
        kept_masks = [self._lexicon.edge(BEGIN)]
        clauses = [0]
        for word, word_mask in zip(words, masks, strict=True):
            if word.after_stop or word.text in self._turns:
                clause += 1
            if word.text in self._fillers and not self._is_denied_verb(word, kept_words[-1]):
                continue
            kept_words.append(word)
            kept_masks.append(word_mask)
            clauses.append(clause)
            mask |= word_mask
        kept_words.append(Word(END, len(text), len(text)))
        kept_masks.append(self._lexicon.edge(END))
        clauses.append(clause)
        return _Reading(kept_words, kept_masks, clauses, mask)

    def _is_denied_verb(self, word: Word, before: Word) -> bool:
        """«Вы не понимаете, дайте …»: here the verb is no filler, and «не» belongs to it alone."""
        return before.text in _DENIED_BEFORE and "VERB" in self._morph.parse(word.text)[0].tag

    def _silencer(self, rule: Rule, places: Places, reading: _Reading) -> str | None:
        if self._denied(places, reading):
            return "отрицание"
        low, high = min(places), max(places)
        if any(reading.near(bits, low - AROUND, high + AROUND) for bits in rule.unless):
            return "исключение"
        if any(reading.shares(bits, places) for bits in rule.not_as):
            return "часть другого оборота"
        for context in rule.contexts:
            if self._applies(context, places, reading):
                return context.name
        return None

    def _applies(self, context: Context, places: Places, reading: _Reading) -> bool:
        low, high = min(places), max(places)
        if context.scope == "before":
            first, last = low - JUST_BEFORE, low - 1
        elif context.scope == "clause":
            first, last = reading.clause_of(low)[0], reading.clause_of(high)[1]
        else:
            first, last = low - AROUND, high + AROUND
        if not any(reading.near(bits, first, last) for bits in context.patterns):
            return False
        if any(reading.near(bits, low - AROUND, high + AROUND) for bits in context.yields_to):
            return False
        return not (
            context.present_wins and any(self._is_present(reading.words[p].text) for p in places)
        )

    def _is_present(self, word: str) -> bool:
        return any("VERB" in p.tag and "pres" in p.tag for p in self._morph.parse(word)[:1])

    def _is_genitive(self, word: str) -> bool:
        return any("NOUN" in p.tag and "gent" in p.tag for p in self._morph.parse(word))

    def _denied(self, places: Places, reading: _Reading) -> bool:
        """Whether the words of a match are denied: «не горит», «без судорог», «крови нет»."""
        taken = set(places)
        words = reading.words
        for place in places:
            before = place - 1
            if words[before].text in _TOWARDS and before not in taken:
                before -= 1  # «не на пожар звоню»
            if before < 0 or before in taken or words[before].text not in _DENIED_BEFORE:
                continue
            if all(word.text not in _FEARED_BEFORE for word in words[max(0, before - 2) : before]):
                return True
        genitive = {place for place in places if self._is_genitive(words[place].text)}
        if not genitive:
            return False
        for place in places:
            before = place - 1
            # «Нет пульса», but not «нет, беременная я, двадцать недель».
            if place in genitive and before not in taken and words[before].text in _NO:
                return True
            after = [p for p in range(place + 1, min(place + 3, len(words))) if p not in taken]
            if any(self._says_no(p, words) for p in after):
                return True
        return False

    def _says_no(self, at: int, words: list[Word]) -> bool:
        """Whether word `at` denies what stands before it («нет», «не было»)."""
        following = words[at + 1].text if at + 1 < len(words) else ""
        if words[at].text in _NO:
            return following not in _LACKING
        return words[at].text == "не" and following in _DENIED_AFTER


@dataclass(slots=True)
class _Reading:
    """One text while it is judged; remembers where a context was found."""

    words: list[Word]
    masks: list[int]
    clauses: list[int]
    mask: int
    _found: dict[Bits, list[Places]] = field(default_factory=dict)

    def matches(self, bits: Bits) -> list[Places]:
        """Where `bits` matches, by first word; each with its words in order."""
        if bits.needed & ~self.mask:
            return []
        if bits not in self._found:
            self._found[bits] = sorted(tuple(sorted(places)) for places in bits.find(self.masks))
        return self._found[bits]

    def near(self, bits: Bits, first: int, last: int) -> bool:
        """Whether `bits` matches beginning among the words `first`..`last`."""
        found = self.matches(bits)
        at = bisect_left(found, (first,))
        return at < len(found) and found[at][0] <= last

    def shares(self, bits: Bits, places: Places) -> bool:
        """Whether a match of `bits` has a word of `places`."""
        found = self.matches(bits)
        at = bisect_left(found, (min(places) - AROUND,))
        while at < len(found) and found[at][0] <= max(places):
            if set(found[at]) & set(places):
                return True
            at += 1
        return False

    def span(self, places: Places) -> tuple[int, int]:
        """First character of the words at `places`, and one past their last."""
        words = [self.words[p] for p in places if self.words[p].text not in (BEGIN, END)]
        return min(word.start for word in words), max(word.end for word in words)

    def clause_of(self, place: int) -> tuple[int, int]:
        """First and last word of the clause that word `place` stands in."""
        clause = self.clauses[place]
        after = bisect_left(self.clauses, clause + 1)
        return bisect_left(self.clauses, clause), after - 1
