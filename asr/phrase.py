"""Is a Russian phrase whole? Judged by its last word and by whether it says or asks anything.

"Как вызвать врача" and "муж упал" are whole; "запишите" wants an object, "к участковому" a noun,
"здравствуйте" a request. Words alone decide: the recognizer gives no intonation. Word classes are
OpenCorpora's, through pymorphy3.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import pymorphy3


def is_whole(words: Sequence[str]) -> bool:
    """Whether `words` (lower case) hold a request, question or report with nothing missing.

    Cautious: False means "not surely", never "surely not".
    """
    core = _without_courtesy(words)
    if len(core) < _SHORTEST:
        return False
    if _asks_what_to_do(core):
        return True
    last = _classes(core[-1])
    if not last & _CAN_END or last & _WANT_MORE or core[-1] in _OPEN_ENDS:
        return False
    if last == {"VERB-intr"} and not any("NOUN" in _classes(word) for word in core):
        return False  # "до скольки работает …" lacks its subject
    return any(word in _QUESTIONS or _classes(word) & _PREDICATES for word in core)


def is_half(words: Sequence[str]) -> bool:
    """Whether more is likely to come: "подскажите", "хочу записать", "у меня муж", "к детскому"."""
    core = _without_courtesy(words)
    if not core or _asks_what_to_do(core):
        return False
    if core[-1] in _ALONE or _classes(core[-1]) <= _WANT_MORE:
        return True
    return core[0] in _SUBJECTS and not any(_classes(word) & _PREDICATES for word in core)


def only_greets(words: Sequence[str]) -> bool:
    """Whether `words` only open a conversation: the request is still to come."""
    return bool(words) and all(word in _GREETINGS for word in words)


def ends_with_noun(words: Sequence[str]) -> bool:
    """Whether the last word names something: "к окулисту", "в Перми", but not "к детскому"."""
    core = _without_courtesy(words)
    if not core or core[-1] in _OPEN_ENDS:
        return False
    classes = _classes(core[-1])
    return "NOUN" in classes and not classes & _WANT_MORE


def is_full_name(words: Sequence[str]) -> bool:
    """Whether `words` hold a surname, a name and a patronymic, in any order."""
    kinds = [_kinds_of_name(word) for word in words]
    return all(any(kind in each for each in kinds) for kind in _NAME_PARTS)


def is_part_of_name(words: Sequence[str]) -> bool:
    """Whether `words` end with a part of a name."""
    return bool(words) and bool(_kinds_of_name(words[-1]))


def preload() -> None:
    """Load the dictionary now (0.2 s, 20 MB), and not in the first pause of the first caller."""
    _analyzer()


def _without_courtesy(words: Sequence[str]) -> list[str]:
    """`words` without greetings and fillers in front and thanks behind."""
    core = list(words)
    while core and core[0] in _OPENERS:
        core.pop(0)
    while core and core[-1] in _CLOSERS:
        core.pop()
    return core


def _asks_what_to_do(core: Sequence[str]) -> bool:
    """ "Что мне делать", "куда обращаться": the infinitive has what it wants."""
    last = _classes(core[-1])
    if last == {"INFN-tran"}:
        return "что" in core
    return last == {"INFN-intr"} and not _WHITHER.isdisjoint(core)


@cache
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()


def _classes(word: str) -> frozenset[str]:
    """Word classes of the likely readings, verbs with their transitivity and mood."""
    classes: set[str] = set()
    for reading in _analyzer().parse(word)[:_READINGS]:
        if classes and reading.score < _UNLIKELY:
            break
        tag = reading.tag
        if word.isdigit():
            classes.add("NUMR")
        elif "Anum" in tag or "Apro" in tag:
            classes.add("ADJF")
        elif tag.POS in ("VERB", "INFN"):
            classes.add(f"{tag.POS}-{'tran' if tag.transitivity == 'tran' else 'intr'}")
        elif tag.POS is not None:
            classes.add(tag.POS)
    return frozenset(classes)


def _kinds_of_name(word: str) -> frozenset[str]:
    readings = _analyzer().parse(word)
    return frozenset(kind for r in readings for kind in _NAME_PARTS if kind in r.tag)


_READINGS: Final = 3
_UNLIKELY: Final = 0.15
"""Share of a word's uses below which a reading of it is not thought of."""
_SHORTEST: Final = 2

_PREDICATES: Final = frozenset(
    ("VERB-tran", "VERB-intr", "INFN-tran", "INFN-intr", "PRED", "ADJS", "PRTS")
)
_CAN_END: Final = frozenset(("NOUN", "ADVB", "PRED", "VERB-intr"))
_WANT_MORE: Final = frozenset(
    ("PREP", "CONJ", "ADJF", "PRTF", "NUMR", "VERB-tran", "INFN-tran", "INFN-intr", "PRCL", "INTJ")
)
"""Classes after which another word is likely: "к детскому", "двадцать", "хочу записаться"."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GREETINGS: Final = _words(
    "здравствуйте здрасте здрасьте здравствуй добрый доброе доброго день дня вечер вечера утро "
    "утра алло алё але девушка простите извините скажите подскажите пожалуйста слушайте меня "
    "слышно вы слышите ну вот"
)
_OPENERS: Final = _GREETINGS | {"да", "а"}
_CLOSERS: Final = _words("пожалуйста спасибо будьте добры если можно большое вам")
_OPEN_ENDS: Final = _words(
    "приём прием врач врачу врача доктор доктору доктора вопрос проблема поводу город городе "
    "района районе село селе посёлок поселок посёлке поселке деревня деревне"
)
"""Nouns that a second half mostly follows: "на приём … к терапевту", "в городе … Кунгуре"."""
_ALONE: Final = _words("мне меня я мы нам он она они ему ей его её ее их мой моя моему моей")
_SUBJECTS: Final = _ALONE | {"у"}
_NAME_PARTS: Final = ("Surn", "Name", "Patr")
_WHITHER: Final = _words("куда кому")
_QUESTIONS: Final = _words(
    "где куда когда как сколько скока почему кто что чего чем какой какая какое какие каком какую"
)
