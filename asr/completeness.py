"""Is what was heard so far a whole answer? Judged by the words alone, for what was asked.

Cautious on purpose: an answer cut short costs the caller a repetition, a longer wait a moment.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from asr.endpoint import Expectation
from asr.phrase import (
    ends_with_noun,
    is_full_name,
    is_half,
    is_part_of_name,
    is_whole,
    only_greets,
)


class Completeness(StrEnum):
    """How whole a phrase is."""

    COMPLETE = "complete"
    """Nothing is missing and nothing is likely to follow."""
    FINISHED = "finished"
    """Whole, though more may come."""
    UNKNOWN = "unknown"
    HALF = "half"
    """More is likely to come: nothing was asked or told yet, or a verb lacks its object."""
    UNFINISHED = "unfinished"
    """More must come: it ends with a preposition, a conjunction, a filler, a part of a number."""


def completeness(text: str, expectation: Expectation) -> Completeness:
    """Judge `text` (lower-case words, no punctuation) as an answer to what was asked."""
    text = _COURTESY.sub("", text)
    words = text.split()
    if not words:
        return Completeness.UNKNOWN
    if expectation is Expectation.YES_NO and _is_verdict(words):
        return Completeness.COMPLETE
    if words[-1] in _GOES_ON or " ".join(words[-2:]) in _GOES_ON:
        return Completeness.UNFINISHED
    if _COMPLETE_ANYWHERE.fullmatch(text):
        return Completeness.COMPLETE
    if only_greets(words):
        return Completeness.UNFINISHED
    if _SKIPS.fullmatch(text):
        return Completeness.FINISHED
    if expectation is Expectation.DIGITS:
        return _number(words)
    if _finished(words, expectation):
        return Completeness.FINISHED
    return Completeness.HALF if _half(words, expectation) else Completeness.UNKNOWN


def _half(words: list[str], expectation: Expectation) -> bool:
    if expectation is Expectation.NAME:
        return is_part_of_name(words)
    return expectation in (Expectation.OPEN, Expectation.CHOICE) and is_half(words)


def _finished(words: list[str], expectation: Expectation) -> bool:
    match expectation:
        case Expectation.DATE:
            return any(word in _DAYS or _MONTH.match(word) for word in words)
        case Expectation.CHOICE:
            return ends_with_noun(words)
        case Expectation.NAME:
            return is_full_name(words)
        case Expectation.ADDRESS:
            return len(words) > 2 and words[-1].isdigit()
        case _:
            return is_whole(words)


def _is_verdict(words: list[str]) -> bool:
    """Yes or no, politely or not, and nothing else; "да не" goes on, "да не надо" does not."""
    return (
        words[-1] in _VERDICT | _AFTER_VERDICT
        and not _VERDICT.isdisjoint(words)
        and all(word in _YES_NO for word in words)
    )


def _number(words: list[str]) -> Completeness:
    """A dictated number is whole when it has as many digits as a number that people have."""
    digits = count_digits(words)
    if not digits:
        return Completeness.UNKNOWN
    return Completeness.FINISHED if digits in _WHOLE_NUMBERS else Completeness.UNFINISHED


def count_digits(words: list[str]) -> int | None:
    """How many digits are dictated, or None where there are other words too.

    Groups are read as they are dictated: "девятьсот двенадцать" is 912, three digits.
    """
    count = 0
    room = 0  # how many digits the group that is being said can still take in
    for word in words:
        digits, opens = (len(word), 0) if word.isdigit() else _NUMERALS.get(word, (0, 0))
        if not digits:
            return None
        if digits > room:
            count += digits
        room = opens
    return count


_WHOLE_NUMBERS: Final = frozenset((11, 16))
"""Telephone with 8 and SNILS: 11; compulsory insurance policy: 16."""

_COMPLETE_ANYWHERE: Final = re.compile(
    r"(соедините( меня)? (с )?)?(пожалуйста )?(оператор[а-я]*|с оператором)( пожалуйста)?"
    r"|((нет|все|всё|понятно|хорошо) )?(большое )?спасибо( вам)?( большое)?( до свидания)?"
    r"|до свидания"
    r"|(повторите|ещё раз|еще раз)( пожалуйста)?"
)

_SKIPS: Final = re.compile(r"((нет|не надо|давайте|лучше) )?пропуст(им|ить|ите)( пожалуйста)?")
_COURTESY: Final = re.compile(r" (если (можно|не трудно|не сложно)|будьте добры)$")
"""Said after a whole answer; "можно" alone opens a request."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_VERDICT: Final = _words(
    "да нет ага угу неа верно правильно неверно неправильно конечно согласен согласна хорошо "
    "подтверждаю точно хочу надо нужно буду давайте"
)
_AFTER_VERDICT: Final = _words("пожалуйста спасибо всё все так")
_YES_NO: Final = _VERDICT | _AFTER_VERDICT | _words("не именно это же уже ну ой")

_PREPOSITIONS: Final = _words(
    "в во на к ко с со о об обо от до по под подо над для без из изо за у при про через перед "
    "между около кроме насчёт насчет из-за"
)
_OPENINGS: Final = _words(
    "и а но или либо что чтобы если когда потому как какой какая какое какие который которая чей "
    "где куда не бы"
)
_FILLERS: Final = _words("э ээ эээ эм мм ммм ну вот значит типа короче")
_HALF_THOUGHTS: Final = _words(
    "мой моя моё мое моего моей хочу хотел хотела хотелось можно нужно надо"
)
_GOES_ON: Final = (
    _PREPOSITIONS
    | _OPENINGS
    | _FILLERS
    | _HALF_THOUGHTS
    | {"потому что", "так как", "то есть", "как бы", "это самое", "сейчас скажу"}
)

_DAYS: Final = _words(
    "сегодня завтра послезавтра понедельник вторник среда среду четверг пятница пятницу суббота "
    "субботу воскресенье"
)
_MONTH: Final = re.compile(
    r"январ|феврал|март|апрел|ма[йя]$|июн|июл|август|сентябр|октябр|ноябр|декабр"
)

_ONES: Final = _words("ноль нуль один одна два две три четыре пять шесть семь восемь девять")
_TEENS: Final = _words(
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать "
    "восемнадцать девятнадцать"
)
_TENS: Final = _words(
    "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"
)
_HUNDREDS: Final = _words(
    "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"
)
_NUMERALS: Final = {
    # word: (digits that it writes, digits at its end that the next word may fill)
    **dict.fromkeys(_ONES, (1, 0)),
    **dict.fromkeys(_TEENS, (2, 0)),
    **dict.fromkeys(_TENS, (2, 1)),
    **dict.fromkeys(_HUNDREDS, (3, 2)),
}
