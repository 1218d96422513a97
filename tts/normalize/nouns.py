"""Nouns in the form that a number asks for, and what a word's form says about its number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pymorphy3

from tts.normalize.cases import Case, Gender

if TYPE_CHECKING:
    from pymorphy3.analyzer import Parse

_GRAMMEMES: Final = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_CASES: Final = dict(zip(_GRAMMEMES, Case, strict=True)) | {"gen2": Case.GEN, "loc2": Case.LOC}
_GENDERS: Final = {"masc": Gender.MALE, "femn": Gender.FEMALE, "neut": Gender.NEUTER}
_IRREGULAR: Final = {  # a second plural after numbers
    ("год", "gent", "plur"): "лет",
    ("человек", "gent", "plur"): "человек",
    ("человек", "nomn", "plur"): "человека",
}


@dataclass(frozen=True)
class NounForm:
    """What a word is in a sentence: «группы» is группа, genitive, female."""

    lemma: str
    case: Case
    gender: Gender
    cases: tuple[Case, ...]
    """All cases that this form can be of the same noun: «группе» is dative or locative."""


@lru_cache(maxsize=1)
def morphology() -> pymorphy3.MorphAnalyzer:
    """The analyser; loading takes a fifth of a second, so one serves all."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=4096)
def inflect(lemma: str, case: Case, *, plural: bool = False) -> str:
    """A noun in `case`, or as it is where that form does not exist."""
    number = "plur" if plural else "sing"
    irregular = _IRREGULAR.get((lemma, _GRAMMEMES[case], number))
    if irregular is not None:
        return irregular
    parsed = next((p for p in _parses(lemma) if p.normal_form == lemma), None)
    form = parsed.inflect({_GRAMMEMES[case], number}) if parsed is not None else None
    return lemma if form is None else str(form.word)


def count_noun(lemma: str, count: int, case: Case = Case.NOM) -> str:
    """The form of a noun after a whole number: два рубля, пять рублей, о двух рублях."""
    last, tens = abs(count) % 10, abs(count) % 100
    if last == 1 and tens != 11:
        return inflect(lemma, case)
    if case in (Case.NOM, Case.ACC):
        few = 2 <= last <= 4 and not 12 <= tens <= 14
        return inflect(lemma, Case.GEN, plural=not few)
    return inflect(lemma, case, plural=True)


@lru_cache(maxsize=1024)
def gender_of(lemma: str) -> Gender:
    """Gender of a noun; male where it has none."""
    return next(
        (_GENDERS[p.tag.gender] for p in _parses(lemma) if p.tag.gender in _GENDERS), Gender.MALE
    )


@lru_cache(maxsize=4096)
def noun_forms(word: str) -> tuple[NounForm, ...]:
    """Every reading of `word` as a singular noun, the likeliest first."""
    nouns = [
        (parse.normal_form, _CASES[parse.tag.case], _GENDERS[parse.tag.gender])
        for parse in _parses(word.lower())
        if parse.tag.POS == "NOUN"
        and parse.tag.number == "sing"
        and parse.tag.gender in _GENDERS
        and parse.tag.case in _CASES
    ]
    return tuple(
        NounForm(lemma, case, gender, tuple(other[1] for other in nouns if other[0] == lemma))
        for lemma, case, gender in nouns
    )


@lru_cache(maxsize=4096)
def is_word(word: str) -> bool:
    """Whether the dictionary knows `word` as an ordinary word, not as an abbreviation."""
    known = [p for p in _parses(word.lower()) if p.is_known]
    return bool(known) and not any("Abbr" in p.tag for p in known)


def _parses(word: str) -> list[Parse]:
    return list(morphology().parse(word))
