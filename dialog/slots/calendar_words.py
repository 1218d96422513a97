"""Words of the calendar: weekdays, months, days named from today; also a little misheard."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

_WEEKDAYS: Final = (
    "понедельник понедельника понедельнику понедельником понедельнике пн панедельник",
    "вторник вторника вторнику вторником вторнике вт фторник",
    "среда среды среде среду средой ср середу",
    "четверг четверга четвергу четвергом четверге чт читверг четверьг",
    "пятница пятницы пятнице пятницу пятницей пт пятницо",
    "суббота субботы субботе субботу субботой сб субота суботу субботний",
    "воскресенье воскресенья воскресенью воскресеньем воскресение воскресения воскресению вс",
)
_MONTHS: Final = (
    "январь января январе январю январем",
    "февраль февраля феврале февралю февралем",
    "март марта марте марту мартом",
    "апрель апреля апреле апрелю апрелем",
    "май мая мае маю маем",
    "июнь июня июне июню июнем",
    "июль июля июле июлю июлем",
    "август августа августе августу августом",
    "сентябрь сентября сентябре сентябрю сентябрем",
    "октябрь октября октябре октябрю октябрем",
    "ноябрь ноября ноябре ноябрю ноябрем",
    "декабрь декабря декабре декабрю декабрем",
)
_FROM_TODAY: Final = {
    "сегодня": 0, "седня": 0, "сегодняшний": 0, "сегодняшнее": 0, "сегодняшнего": 0, "севодня": 0,
    "седни": 0, "сегодне": 0, "сеодня": 0, "сегодняшнюю": 0,
    "завтра": 1, "завтро": 1, "завтрашний": 1, "завтрашнее": 1, "завтрева": 1, "завтрашнего": 1,
    "послезавтра": 2, "послезавтро": 2, "послезавтрашний": 2, "послепослезавтра": 3,
    "вчера": -1, "вчерась": -1, "вчерашний": -1, "вчерашнего": -1, "позавчера": -2,
    "позапозавчера": -3,
}  # fmt: skip
_NEAR: Final = 84.0
_NEAR_LENGTH: Final = 6
_OTHERS: Final = ("завтрак", "четверт", "четверо", "недельник", "октябрьск", "декабрист")
"""Words near to those of the calendar that mean something else."""
_AMBIGUOUS: Final = frozenset({"вс", "ср", "сб", "пт", "чт", "вт", "пн", "маю", "мае", "марте"})


def _by_form(rows: tuple[str, ...]) -> dict[str, int]:
    return {form: index for index, forms in enumerate(rows) for form in forms.split()}


_DAYS: Final = _by_form(_WEEKDAYS)
_MONTH_FORMS: Final = _by_form(_MONTHS)
_NEAR_FORMS: Final = tuple(
    word
    for word in (*_DAYS, *_MONTH_FORMS, *_FROM_TODAY)
    if len(word) >= _NEAR_LENGTH and word not in _AMBIGUOUS
)


@lru_cache(maxsize=10_000)
def _meant(word: str) -> str:
    """The calendar's word nearest to `word`, or the word itself."""
    if word in _DAYS or word in _MONTH_FORMS or word in _FROM_TODAY:
        return word
    if not _NEAR_LENGTH <= len(word) <= 16:
        return word
    near = process.extract(word, _NEAR_FORMS, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=2)
    if not near or word.startswith(_OTHERS):
        return word
    return str(near[0][0])


def weekday(word: str) -> int | None:
    """0 for Monday to 6 for Sunday, or None."""
    return _DAYS.get(_meant(word))


def month(word: str) -> int | None:
    """1 for January to 12 for December, or None."""
    index = _MONTH_FORMS.get(_meant(word))
    return None if index is None else index + 1


def days_from_today(word: str) -> int | None:
    """«завтра» is 1, «вчера» is -1; None for other words."""
    return _FROM_TODAY.get(_meant(word))


def is_exact(word: str) -> bool:
    """Whether `word` is one of the calendar's words as they are spelled."""
    return _meant(word) == word
