"""Word stress: the region's own list first, then a model for the rest.

The model (silero-stress, MIT) knows the common language and resolves homographs from context, but
misreads local names («+Оханск»); editors put those into ``nlu_data/lists/stress.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import yaml

from tts.speakable import STRESS, VOWELS

StressList = Mapping[str, str]
"""Spoken form in lower case without marks (``оханске``) -> the same with ``+`` (``ох+анске``).

A form of several words («в Перм+и») goes before those of one word («П+ерми»).
"""

_WORD: Final = re.compile(r"[а-яё+]+(?:-[а-яё+]+)*", re.IGNORECASE)
_MARKED: Final = re.compile(rf"\+[{VOWELS}]|ё", re.IGNORECASE)
_VOWEL: Final = re.compile(rf"[{VOWELS}]", re.IGNORECASE)


class _Accentor(Protocol):
    def __call__(
        self,
        sentence: str,
        *,
        stress_single_vowel: bool,
        words_to_ignore: list[str] | None,
    ) -> str: ...


def load_stress_list(path: Path) -> StressList:
    """Read the editors' list.

    Raises:
        ValueError: the file is broken; the message names it, the item and the mend.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: не читается ({error})") from error
    words = content.get("words") if isinstance(content, dict) else None
    if not isinstance(words, list):
        raise ValueError(f"{path}: нужен список «words:» со словами вида «Ох+анск»")
    known: dict[str, str] = {}
    for item in words:
        for form in _forms(path, item):
            known[form.replace(STRESS, "")] = form
            known[form.replace(STRESS, "").replace("ё", "е")] = form
    return known


class Stresser:
    """Marks stress in normalised text; marks that are already there always win.

    Args:
        own: see `load_stress_list`.
        with_model: use silero-stress where it is installed; without it the voice's own rules
            decide.
    """

    def __init__(self, own: StressList, *, with_model: bool = True) -> None:
        self._own = own
        self._accentor = _load_accentor() if with_model else None
        phrases = sorted((form for form in own if " " in form), key=len, reverse=True)
        pattern = rf"(?<![а-яё])(?:{'|'.join(map(re.escape, phrases))})(?![а-яё])"
        self._phrases = re.compile(pattern, re.IGNORECASE) if phrases else None

    def mark(self, text: str) -> str:
        """Return `text` with ``+`` before stressed vowels and ``ё`` where it is certain."""
        marked = text
        if self._phrases is not None:
            marked = self._phrases.sub(lambda match: self._mark_phrase(match.group()), marked)
        marked = _WORD.sub(lambda match: self._mark_own(match.group()), marked)
        if self._accentor is None:
            return marked
        return "\n".join(self._mark_by_model(line) for line in marked.split("\n"))

    def _mark_phrase(self, phrase: str) -> str:
        marked = self._own[phrase.lower()].split()
        return " ".join(map(_with_case_of, phrase.split(), marked))

    def _mark_own(self, word: str) -> str:
        if STRESS in word:
            return word
        form = self._own.get(word.lower())
        if form is not None:
            return _with_case_of(word, form)
        if "-" in word:
            return "-".join(self._mark_own(part) for part in word.split("-"))
        return word

    def _mark_by_model(self, line: str) -> str:
        assert self._accentor is not None
        if not _VOWEL.search(line):
            return line
        try:
            marked = self._accentor(line, stress_single_vowel=False, words_to_ignore=None)
        except Exception:  # the model's own code: a word without stress is better than no word
            return line
        return marked if _same_words(line, marked) else line


def _load_accentor() -> _Accentor | None:
    try:
        from silero_stress import load_accentor
    except ImportError:
        return None
    accentor: _Accentor = load_accentor()
    return accentor


def _forms(path: Path, item: object) -> list[str]:
    """The marked forms of one item: a string, or ``{forms: [...], sure: false}``."""
    forms = item.get("forms") if isinstance(item, dict) else [item]
    if not isinstance(forms, list) or not forms:
        raise ValueError(f"{path}: в «{item}» нужен список форм: {{forms: [Ох+анск, Ох+анска]}}")
    for form in forms:
        if not isinstance(form, str) or not _MARKED.search(form):
            raise ValueError(f"{path}: в «{form}» поставьте «+» перед ударной гласной: «Ох+анск»")
    return [str(form).lower() for form in forms]


def _with_case_of(word: str, form: str) -> str:
    if not word[0].isupper():
        return form
    return form[:2].upper() + form[2:] if form.startswith(STRESS) else form[0].upper() + form[1:]


def _same_words(before: str, after: str) -> bool:
    """Whether the model only added marks and dots over ``е``, as it should."""

    def plain(text: str) -> str:
        return "".join(text.replace(STRESS, "").lower().replace("ё", "е").split())

    return plain(before) == plain(after)
